// The same promises as to WSGI applications where they mean something, and ASGI's own, over TCP and Unix sockets.
import { join } from 'node:path';
import { test } from 'node:test';
import { apps } from '../helpers/paths.ts';
import { asgiBehaviours } from './asgi-behaviours.ts';
import { behaviours } from './behaviours.ts';
import { groupsFor, runGroup, type Way } from './run.ts';

const way: Way = {
  interface: 'asgi',
  target: 'app:application',
  folder: 'asgi',
  pythonpath: join(apps, 'asgi'),
};

for (const [title, group] of groupsFor('asgi', [...behaviours, ...asgiBehaviours])) {
  test(title, (t) => runGroup(t, group, way));
}
