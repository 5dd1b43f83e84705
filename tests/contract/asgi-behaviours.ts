// What is promised to ASGI applications only.
import { asgiLifeBehaviours } from './asgi-life.ts';
import { scopeBehaviours } from './asgi-scope.ts';
import type { Behaviour } from './subject.ts';

export const asgiBehaviours: readonly Behaviour[] = [...scopeBehaviours, ...asgiLifeBehaviours];
