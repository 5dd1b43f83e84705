// What is promised to ASGI applications only.
import type { Behaviour } from './subject.ts';

export const asgiBehaviours: readonly Behaviour[] = [];
