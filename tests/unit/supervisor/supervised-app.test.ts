import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { type AppRecipe } from '../../../src/supervisor/app-recipe.ts';
import { Scaling } from '../../../src/supervisor/scaling.ts';
import { SupervisedApp } from '../../../src/supervisor/supervised-app.ts';
import { Workers } from '../../../src/supervisor/workers.ts';
import type { AppLoad } from '../../../src/wire/gateway-control.ts';
import { appRecipe, fakeOptions, settle } from './fake-workers.ts';

function supervised(t: TestContext, changes: Partial<AppRecipe> = {}) {
  const recipe = appRecipe(changes);
  const fake = fakeOptions();
  const unavailable: string[] = [];
  const app = new SupervisedApp({
    ...fake.options,
    recipe,
    onUnavailable: (name) => unavailable.push(name),
    scalerTimes: { waitMs: 100, calmMs: 1000 },
  });
  app.set.start();
  for (const worker of fake.spawned) worker.load();
  app.booted();
  t.after(() => app.end());
  const load = (changed: Partial<AppLoad>): void =>
    app.load(0, { app: 'app', queued: 0, oldestMs: 0, inFlight: 0, requests: 0, workers: [], ...changed });
  const workers = new Workers([app]);
  return { app, load, unavailable, workers, recipe, ...fake };
}

test('a worker that wants to leave is told that it was heard, and replaced', async (t) => {
  const { spawned } = supervised(t);
  spawned[0]?.leave('max_requests');
  assert.deepEqual(spawned[0]?.told, ['heard']);
  spawned[2]?.load();
  await settle();
  assert.equal(spawned[0]?.state, 'stopping');
});

test('the load makes workers, up to the most', (t) => {
  const { load, spawned, app } = supervised(t, { workers: 1, workersMax: 2 });
  load({ queued: 3, oldestMs: 150, inFlight: 1 });
  assert.equal(spawned.length, 2);
  spawned[1]?.load();
  load({ queued: 3, oldestMs: 300, inFlight: 2 });
  assert.equal(app.set.wanted, 2);
});

test('a number that was told by hand is no range: the queue changes nothing', (t) => {
  const { load, workers, app } = supervised(t, { workers: 4, workersMax: 4 });
  workers.scaleBy('app', -1);
  assert.equal(app.set.wanted, 3);
  load({ queued: 9, oldestMs: 900, inFlight: 3 });
  assert.equal(app.set.wanted, 3);
});

test('with a range the fewest are told by hand', (t) => {
  const { load, workers, app } = supervised(t, { workers: 1, workersMax: 4 });
  load({ queued: 3, oldestMs: 150, inFlight: 1 });
  assert.equal(app.set.wanted, 2);
  workers.scaleBy('app', 1);
  assert.equal(app.set.wanted, 2);
  workers.scaleBy('app', 1);
  assert.equal(app.set.wanted, 3);
  assert.deepEqual([app.status().min, app.status().max], [3, 4]);
});

test('an app at rest whose workers cannot start answers 503 at once, and is not tried again too soon', (t) => {
  t.mock.method(performance, 'now', () => 5_000_000);
  const { load, unavailable, spawned, lines } = supervised(t, { cheap: true, workers: 2 });
  assert.equal(spawned.length, 0);
  load({ queued: 1 });
  assert.equal(spawned.length, 2);
  spawned[0]?.fail('no key');
  assert.deepEqual(unavailable, ['app']);
  assert.equal(spawned[1]?.state, 'stopping');
  assert.match(lines.join(''), /could not start: no key\na traceback/);
  spawned[1]?.exit();
  // At once the first time, then after pauses.
  load({ queued: 1 });
  assert.equal(spawned.length, 4);
  spawned[2]?.fail('no key');
  spawned[3]?.exit();
  load({ queued: 1 });
  assert.equal(spawned.length, 4);
  assert.deepEqual(unavailable, ['app', 'app', 'app']);
});

test('a reload keeps a number that was told by hand, unless the configuration changes it', async (t) => {
  const { workers, spawned, app, recipe } = supervised(t, { workers: 1, workersMax: 1 });
  workers.scaleBy('app', 1);
  const reload = async (next: AppRecipe): Promise<void> => {
    const result = workers.replaceAll([next], () => undefined);
    for (let round = 0; round < 10; round += 1) {
      await settle();
      for (const worker of spawned) if (worker.state === 'starting') worker.load();
    }
    assert.equal(await result, null);
  };
  await reload({ ...recipe });
  assert.equal(app.set.wanted, 2);
  await reload({ ...recipe, workers: 3, workersMax: 3 });
  assert.equal(app.set.wanted, 3);
  await reload({ ...recipe, workers: 1, workersMax: 1 });
  assert.deepEqual([app.set.wanted, app.status().min], [1, 1]);
});

test('wrong numbers and unknown apps are refused in words', (t) => {
  const { workers } = supervised(t);
  const unknown = workers.scaleTo('other', 2);
  assert.ok(!unknown.ok && unknown.title === 'There is no app other.' && unknown.hint === 'Apps: app');
  const { workers: ranged } = supervised(t, { workers: 1, workersMax: 4 });
  const beyond = ranged.scaleTo('app', 5);
  assert.match(beyond.ok ? '' : beyond.title, /workers_max is 4/);
  assert.equal(ranged.scaleTo('app', 4).ok, true);
  for (const count of [0, 1025, 1.5, Number.NaN]) assert.equal(workers.scaleTo('app', count).ok, false);
});

test('the status has what gateways tell of each worker', (t) => {
  const { load, app, spawned } = supervised(t, { workers: 1 });
  load({ inFlight: 1, requests: 8, workers: [[100, 7]] });
  const status = app.status();
  assert.equal(status.inFlight, 1);
  assert.deepEqual(
    status.workers.map(({ number, pid, state, generation, requests }) => [
      number,
      pid,
      state,
      generation,
      requests,
    ]),
    [[0, 100, 'ready', 1, 7]],
  );
  assert.equal(spawned.length, 1);
});

test('a worker that is sent TERM before it serves makes room for another', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { spawned, app } = supervised(t, { workers: 1 });
  spawned[0]?.exit({ code: null, signal: 'SIGKILL' });
  const second = spawned[1];
  second?.leave('signal');
  assert.equal(second?.state, 'stopping');
  second?.exit();
  assert.equal(spawned.length, 3);
  assert.equal(app.set.members.length, 1);
});

test('a signal that cannot be followed is answered in the log', (t) => {
  const { workers, options, lines } = supervised(t, { workers: 2, workersMax: 3 });
  const scaling = new Scaling(workers, options.log, () => null);
  scaling.signalled(1);
  assert.equal(lines.join('').includes('No worker more'), false);
  scaling.signalled(1);
  assert.match(lines.join(''), /No worker more \(TTIN\): There can't be 4 workers: workers_max is 3\./);
  for (let count = 0; count < 3; count += 1) scaling.signalled(-1);
  assert.match(lines.join(''), /No worker less \(TTOU\): There can't be 0 workers\./);
});

test('who follows a server takes over what that one was told, where both are configured alike', (t) => {
  const { workers, options } = supervised(t, { workers: 2, workersMax: 2 });
  const { log } = options;
  const old = new Scaling(workers, log, () => null);
  assert.deepEqual(old.told, []);
  old.by('app', 1);
  assert.deepEqual(old.told, [{ app: 'app', configured: 2, wanted: 3 }]);
  const same = supervised(t, { workers: 2, workersMax: 2 });
  new Scaling(same.workers, log, () => null).inherit(old.told);
  assert.equal(same.app.set.wanted, 3);
  const other = supervised(t, { workers: 5, workersMax: 5 });
  new Scaling(other.workers, log, () => null).inherit([
    ...old.told,
    { app: 'gone', configured: 1, wanted: 2 },
  ]);
  assert.equal(other.app.set.wanted, 5);
});

test('why a worker could not start is told until one has started', (t) => {
  const { app, load, spawned } = supervised(t, { cheap: true, workers: 1 });
  assert.equal(app.status().fault, null);
  load({ queued: 1 });
  spawned[0]?.fail('no key');
  assert.match(app.status().fault?.title ?? '', /no key/);
  spawned[0]?.exit();
  load({ queued: 1 });
  spawned[1]?.load();
  assert.equal(app.status().fault, null);
});

test('other limits leave the workers as they are', async (t) => {
  const { app, recipe, spawned, workers } = supervised(t, { workers: 2, workersMax: 2 });
  workers.limit([{ ...recipe, workers: 3, workersMax: 5 }]);
  assert.equal(spawned.length, 3);
  spawned[2]?.load();
  await settle();
  assert.deepEqual([app.status().min, app.status().max], [3, 5]);
  assert.deepEqual(
    spawned.map(({ state, generation }) => [state, generation]),
    [
      ['ready', 1],
      ['ready', 1],
      ['ready', 1],
    ],
  );
  workers.limit([{ ...recipe, workers: 1, workersMax: 1 }]);
  assert.equal(spawned.filter(({ state }) => state === 'ready').length, 1);
});

test('an async app whose event loop is behind gets workers, up to the most', (t) => {
  const { load, spawned, app, lines } = supervised(t, { workers: 1, workersMax: 2 });
  assert.deepEqual(spawned[0]?.told, ['report_lag']);
  assert.ok(app.set.readyMessage !== null);
  load({ inFlight: 5 });
  spawned[0]?.press(400, 1);
  assert.equal(app.set.wanted, 1, 'a WSGI app has no event loop');
  app.set.readyMessage = { ...app.set.readyMessage, interface: 'asgi' };
  spawned[0]?.press(410, 1);
  assert.equal(app.set.wanted, 2);
  assert.match(lines.join(''), /An event loop is 410 ms behind: from 1 to 2 workers/);
  spawned[1]?.load();
  spawned[0]?.press(500, 1);
  assert.equal(app.set.wanted, 2);
  assert.deepEqual(spawned[1]?.told, ['report_lag']);
});

test('workers tell of their event loops only while their number follows that', (t) => {
  const { app, spawned, recipe } = supervised(t, { workers: 1, workersMax: 1 });
  assert.deepEqual(spawned[0]?.told, []);
  app.limit({ ...recipe, workersMax: 3 });
  assert.deepEqual(spawned[0]?.told, ['report_lag']);
  app.limit({ ...recipe, workersMax: 1 });
  assert.deepEqual(spawned[0]?.told, ['report_lag', 'no report_lag']);
});
