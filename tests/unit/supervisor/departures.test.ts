import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Recycler } from '../../../src/supervisor/recycler.ts';
import { StackPace } from '../../../src/children/stack-pace.ts';
import { appRecipe, fakeSet, settle } from './fake-workers.ts';

function linked(workers: number) {
  const fake = fakeSet(appRecipe({ workers }));
  for (const worker of fake.spawned) worker.linkedGateways.add(0);
  return { ...fake, recycler: new Recycler(fake.set, fake.log) };
}

test('a worker that has nothing left but what was given up is ended at once', () => {
  const { set, spawned, lines } = linked(1);
  const [worker] = spawned;
  assert.ok(worker);
  worker.linkedGateways.add(1);
  set.retire(worker);
  set.released(worker.pid, 0, false, true);
  assert.deepEqual(worker.told, [], 'another gateway waits for something');
  set.released(worker.pid, 1, false, false);
  assert.deepEqual(worker.told, ['SIGKILL']);
  assert.match(lines.join(''), /is ended: all that it still runs has had its time/);
});

test('an async one of that kind puts its things away first', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { set, spawned } = linked(1);
  const [worker] = spawned;
  assert.ok(worker);
  worker.interface = 'asgi';
  set.retire(worker);
  set.released(worker.pid, 0, false, true);
  assert.deepEqual(worker.told, ['stop 0']);
  mock.timers.tick(5000);
  assert.deepEqual(worker.told, ['stop 0', 'SIGKILL']);
  mock.timers.reset();
});

test('of workers that are stuck no more are on their way out than are wanted: the first of them is ended', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, recycler, set } = linked(2);
  for (let index = 0; index < 4; index += 1) {
    const worker = spawned[index];
    assert.ok(worker);
    recycler.ask(worker, 'is stuck', true);
    assert.equal(spawned.length, index + 3);
    assert.deepEqual(spawned[0]?.told, index < 2 ? [] : ['SIGKILL']);
    if (index >= 2) spawned[index - 2]?.exit({ code: null, signal: 'SIGKILL' });
    spawned.at(-1)?.linkedGateways.add(0);
    spawned.at(-1)?.load();
    await settle();
    mock.timers.tick(0);
    assert.ok(set.departures.count <= 2, String(set.departures.count));
    if (index === 2) assert.equal(spawned.length, 5);
    if (index === 3) assert.deepEqual(spawned[1]?.told, ['SIGKILL']);
  }
  mock.timers.reset();
});

test('whoever still works serves on while as many as are wanted are on their way out', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, recycler } = linked(1);
  const [first] = spawned;
  assert.ok(first);
  recycler.ask(first, 'has had enough');
  const second = spawned[1];
  assert.ok(second);
  second.linkedGateways.add(0);
  second.load();
  await settle();
  mock.timers.tick(0);
  recycler.ask(second, 'has had enough');
  mock.timers.tick(1000);
  assert.equal(spawned.length, 2);
  assert.equal(second.state, 'ready');
  first.exit();
  mock.timers.tick(250);
  assert.equal(spawned.length, 3);
  mock.timers.reset();
});

test('one stack of a worker is written a second, and what is left out is counted', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, log, lines } = linked(2);
  const [one, other] = spawned;
  assert.ok(one);
  assert.ok(other);
  const pace = new StackPace(log);
  assert.deepEqual(
    [one, one, other, one].map((worker) => pace.allows(worker)),
    [true, false, true, false],
  );
  mock.timers.tick(1000);
  assert.match(lines.at(-1) ?? '', /Worker 0 \(pid 100\): the stacks of 2 more requests are left out/);
  assert.ok(pace.allows(one));
  mock.timers.reset();
});
