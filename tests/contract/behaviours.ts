// The one list of what is promised to an application and to its clients. A test file runs it over an interface and a transport.
import { connectionBehaviours } from './connection.ts';
import { environBehaviours } from './environ.ts';
import { faultBehaviours } from './faults.ts';
import { lifeBehaviours } from './life.ts';
import { logBehaviours } from './logs.ts';
import { requestBehaviours } from './request.ts';
import { responseBehaviours } from './response.ts';
import type { Behaviour } from './subject.ts';

export const behaviours: readonly Behaviour[] = [
  ...environBehaviours,
  ...requestBehaviours,
  ...responseBehaviours,
  ...lifeBehaviours,
  ...faultBehaviours,
  ...connectionBehaviours,
  ...logBehaviours,
];
