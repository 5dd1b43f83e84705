import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceGeneration } from '../../../src/supervisor/generation.ts';
import { appRecipe, fakeSet, settle } from './fake-workers.ts';

const ONE = appRecipe({ workers: 1, workersMax: 1 });

test('for a developer a worker that cannot start is not started again before a reload', async () => {
  const { set, spawned, events } = fakeSet(ONE, false, true);
  spawned[0]?.fail('a fault');
  assert.deepEqual(events, ['fault: a fault']);
  assert.equal(set.allReady, true, 'the server listens all the same');
  set.booted();
  assert.equal(spawned.length, 1);

  const again = replaceGeneration([{ set, recipe: ONE }], () => undefined);
  await settle();
  spawned[1]?.fail('another');
  assert.equal((await again)?.title, 'another');
  await settle();
  assert.equal(spawned.length, 2, 'nor after a reload that failed');

  const mended = replaceGeneration([{ set, recipe: ONE }], () => undefined);
  await settle();
  spawned[2]?.load();
  assert.equal(await mended, null);
  assert.equal(set.serving.length, 1);
  spawned[2]?.exit({ code: 1 });
  assert.equal(spawned.length, 4, 'one that served and died is replaced');
});

test('while a developer looks at a fault, the worker of before stays', async () => {
  const { set, spawned } = fakeSet(ONE, true, true);
  const reload = replaceGeneration([{ set, recipe: ONE }], () => undefined);
  await settle();
  spawned[1]?.fail('a fault');
  assert.equal((await reload)?.title, 'a fault');
  assert.deepEqual(set.serving.length, 1);
  assert.equal(spawned.length, 2);
});
