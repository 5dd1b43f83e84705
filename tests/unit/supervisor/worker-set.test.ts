import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { appRecipe, fakeSet, settle } from './fake-workers.ts';

test('as many workers are started as are wanted, with the lowest numbers', () => {
  const { set, spawned, pool } = fakeSet(appRecipe({ workers: 3 }));
  assert.deepEqual(
    spawned.map(({ number }) => number),
    [0, 1, 2],
  );
  assert.equal(pool.length, 3);
  assert.ok(set.allReady);
});

test('a worker that dies is replaced at once, one that dies again soon after a while', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, lines } = fakeSet();
  spawned[0]?.exit({ code: null, signal: 'SIGKILL' });
  assert.equal(spawned.length, 3);
  assert.equal(spawned[2]?.number, 0);
  spawned[2]?.load();
  spawned[2]?.exit({ code: 1 });
  assert.equal(spawned.length, 3);
  assert.match(lines.at(-1) ?? '', /starting another in 0\.25 s/);
  mock.timers.tick(250);
  assert.equal(spawned.length, 4);
  mock.timers.reset();
});

test('a failure during the first start is told, and nobody is started anew', () => {
  const { spawned, events } = fakeSet(appRecipe(), false);
  spawned[0]?.fail('no module');
  assert.deepEqual(events, ['failed to boot: no module']);
  assert.equal(spawned.length, 2);
});

test('a worker that is not loaded within boot_timeout is asked where it is, and killed', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { spawned, events } = fakeSet(appRecipe({ workers: 1 }), false);
  mock.timers.tick(1000);
  assert.deepEqual(spawned[0]?.told, ['boot_stack']);
  assert.deepEqual(events, []);
  spawned[0]?.tellBootStack('Thread MainThread:');
  assert.deepEqual(spawned[0]?.told, ['boot_stack', 'SIGKILL']);
  assert.match(events[0] ?? '', /not loaded within 1 s \(boot_timeout\)/);
  spawned[0]?.tellBootStack('again');
  mock.timers.tick(10_000);
  assert.equal(events.length, 1);
});

test('one that cannot say where it is gets a signal that writes its stack, and is killed all the same', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { spawned, events } = fakeSet(appRecipe({ workers: 1 }), false);
  mock.timers.tick(1000);
  mock.timers.tick(1000);
  assert.deepEqual(spawned[0]?.told, ['boot_stack', 'SIGABRT']);
  assert.match(events[0] ?? '', /not loaded within 1 s \(boot_timeout\)/);
  mock.timers.tick(500);
  assert.deepEqual(spawned[0]?.told, ['boot_stack', 'SIGABRT', 'SIGKILL']);
});

test('one that is loaded while it is asked where it is is in time', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { set, spawned, events } = fakeSet(appRecipe({ workers: 1 }), false);
  mock.timers.tick(1000);
  spawned[0]?.load();
  spawned[0]?.tellBootStack('Thread MainThread:');
  mock.timers.tick(10_000);
  assert.deepEqual(events, []);
  assert.equal(set.serving.length, 1);
});

test('a successor serves before the one it follows leaves', async () => {
  const { set, spawned, pool, states } = fakeSet(appRecipe({ workers: 1 }));
  const old = set.all[0] ?? null;
  const replaced = set.replace(old, set.recipe, 1);
  assert.deepEqual(states(), ['100:ready', '101:starting']);
  spawned[1]?.load();
  await settle();
  assert.deepEqual(states(), ['100:stopping', '101:ready']);
  assert.deepEqual(
    pool.map(({ pid }) => pid),
    [100, 101],
    'the first was linked nowhere, so nobody had to let it go',
  );
  assert.equal((await replaced).ok, true);
  spawned[0]?.exit();
  assert.deepEqual(states(), ['101:ready']);
  assert.equal(spawned.length, 2);
});

test('one who leaves is stopped only when each gateway has let it go', async () => {
  const { set, spawned, pool } = fakeSet(appRecipe({ workers: 1 }));
  const [old] = spawned;
  old?.linkedGateways.add(0).add(1);
  const replaced = set.replace(old ?? null, set.recipe, 1);
  spawned[1]?.load();
  await replaced;
  assert.equal(old?.state, 'draining');
  assert.deepEqual(
    pool.map(({ pid }) => pid),
    [101],
  );
  set.released(100, 0);
  assert.deepEqual(old?.told, []);
  set.released(100, 1);
  assert.deepEqual(old?.told, ['stop 30000']);
});

test('when a successor cannot start the old worker stays', async () => {
  const { set, spawned, states, events } = fakeSet(appRecipe({ workers: 1 }));
  const replaced = set.replace(set.all[0] ?? null, set.recipe, 1);
  spawned[1]?.fail('broken');
  const result = await replaced;
  assert.ok(!result.ok && result.failure.title === 'broken');
  assert.deepEqual(states(), ['100:ready']);
  assert.deepEqual(events, [], 'it is the business of who asked for it');
});

test('a successor takes the place of a worker that dies meanwhile: no third one is started', async () => {
  const { set, spawned, states } = fakeSet(appRecipe({ workers: 1 }));
  const replaced = set.replace(set.all[0] ?? null, set.recipe, 1);
  spawned[0]?.exit({ signal: 'SIGSEGV', code: null });
  assert.deepEqual(states(), ['101:starting']);
  spawned[1]?.load();
  assert.equal((await replaced).ok, true);
  assert.deepEqual(states(), ['101:ready']);
});

test('with fewer wanted the oldest generation leaves first, then the highest number', async () => {
  const { set, spawned, states } = fakeSet(appRecipe({ workers: 3 }));
  const replaced = set.replace(spawned[1] ?? null, set.recipe, 2);
  spawned[3]?.load();
  await replaced;
  spawned[1]?.exit();
  set.want(2);
  assert.deepEqual(states(), ['100:ready', '102:stopping', '103:ready']);
  spawned[2]?.exit();
  set.want(1);
  assert.deepEqual(states(), ['100:stopping', '103:ready']);
  assert.equal(spawned.length, 4);
});

test('what a worker does not finish within graceful_timeout is cut: killed, or cancelled where that is possible', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { set, spawned } = fakeSet(appRecipe({ workers: 2 }));
  const [wsgi, asgi] = spawned;
  for (const worker of spawned) worker.linkedGateways.add(0);
  if (asgi !== undefined) asgi.interface = 'asgi';
  set.want(0);
  mock.timers.tick(30_000);
  assert.deepEqual(wsgi?.told, ['SIGKILL']);
  assert.deepEqual(asgi?.told, ['stop 0']);
  mock.timers.tick(5_000);
  assert.deepEqual(asgi?.told, ['stop 0', 'SIGKILL']);
  mock.timers.reset();
});

test('each worker has a number of requests of its own', () => {
  const limits = { ...appRecipe().limits, requestsMax: 100, requestsJitter: 50 };
  const { spawned } = fakeSet(appRecipe({ workers: 20, limits }));
  assert.ok(spawned.every(({ maxRequests }) => maxRequests >= 100 && maxRequests <= 150));
  assert.ok(new Set(spawned.map(({ maxRequests }) => maxRequests)).size > 1);
});

test('a stop in the middle of a replacement ends it', async () => {
  const { set, spawned, events } = fakeSet(appRecipe({ workers: 1 }));
  const replaced = set.replace(set.all[0] ?? null, set.recipe, 1);
  set.stopAll(1000);
  for (const worker of spawned) worker.exit();
  assert.equal((await replaced).ok, false);
  assert.deepEqual(events, ['empty']);
  assert.equal(spawned.length, 2);
});
