import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServedSocket } from '../../../src/supervisor/listening-sockets.ts';
import { reloadChanges } from '../../../src/supervisor/reload-changes.ts';
import { appRecipe } from './fake-workers.ts';

const socket = (url: string): ServedSocket => ({ url }) as ServedSocket;

test('a reload tells of other addresses and another number of workers, and of nothing that stays', () => {
  const before = {
    plan: { apps: [appRecipe({ workers: 1 })] },
    sockets: [socket('http://a:1'), socket('http://a:2')],
  };
  const after = {
    plan: { apps: [appRecipe({ workers: 3 })] },
    sockets: [socket('http://a:2'), socket('http://a:3')],
  };
  assert.deepEqual(reloadChanges(before, after), [
    'Listening on http://a:3',
    'No longer listening on http://a:1',
    'app: workers from 1 to 3',
  ]);
  assert.deepEqual(reloadChanges(before, before), []);
  assert.deepEqual(reloadChanges({ ...before, plan: { apps: [] } }, before), ['New application: app']);
  assert.deepEqual(reloadChanges(before, { ...before, plan: { apps: [] } }), ['No longer served: app']);
});
