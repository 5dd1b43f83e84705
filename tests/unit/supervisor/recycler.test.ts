import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Recycler } from '../../../src/supervisor/recycler.ts';
import { WorkerWatch } from '../../../src/supervisor/worker-watch.ts';
import { appRecipe, fakeSet, settle } from './fake-workers.ts';

function recycled(workers: number) {
  const fake = fakeSet(appRecipe({ workers }));
  return { ...fake, recycler: new Recycler(fake.set, fake.log) };
}

test('however many ask at once, one is replaced after the other', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, recycler } = recycled(3);
  for (const worker of [...spawned]) recycler.ask(worker, 'has had enough');
  for (const count of [4, 5, 6]) {
    assert.equal(spawned.length, count);
    spawned[count - 1]?.load();
    await settle();
    mock.timers.tick(0);
  }
  assert.equal(spawned.length, 6);
  assert.deepEqual(
    spawned.map(({ state }) => state),
    ['stopping', 'stopping', 'stopping', 'ready', 'ready', 'ready'],
  );
  mock.timers.reset();
});

test('who asks twice is replaced once', () => {
  const { spawned, recycler } = recycled(1);
  const [worker] = spawned;
  assert.ok(worker);
  recycler.ask(worker, 'a');
  recycler.ask(worker, 'b');
  assert.equal(spawned.length, 2);
});

test('when a successor cannot start, that is told and tried again later, and later', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { spawned, recycler, lines } = recycled(1);
  const [worker] = spawned;
  assert.ok(worker);
  recycler.ask(worker, 'has had enough');
  spawned[1]?.fail('no disk');
  await settle();
  assert.equal(worker.state, 'ready');
  assert.match(lines.join(''), /goes on, because its successor could not start: no disk\na traceback/);
  assert.equal(spawned.length, 2);
  mock.timers.tick(1000);
  assert.equal(spawned.length, 3);
  spawned[2]?.load();
  await settle();
  assert.equal(worker.state, 'stopping');
  mock.timers.reset();
});

test('during a reload nobody is recycled', async () => {
  const { spawned, recycler } = recycled(1);
  const [worker] = spawned;
  assert.ok(worker);
  recycler.pause();
  recycler.ask(worker, 'has had enough');
  assert.equal(spawned.length, 1);
  recycler.resume();
  assert.equal(spawned.length, 2);
});

test('age is looked at with a little chance, memory softly and hard', () => {
  const limits = { ...appRecipe().limits, lifetimeMs: 1000, memoryBytesMax: 100, memoryBytesHard: 200 };
  const { set, spawned, log, lines } = fakeSet(appRecipe({ workers: 3, limits }));
  const asked: string[] = [];
  const recycler = {
    ask: (worker: { pid: number }, reason: string) => asked.push(`${worker.pid} ${reason}`),
  };
  const memory = new Map([
    [100, 50],
    [101, 101],
    [102, 201],
  ]);
  const watch = new WorkerWatch(
    set,
    recycler as unknown as Recycler,
    (pid) => memory.get(pid) ?? null,
    log,
    () => 0.5,
  );
  const [first] = spawned;
  assert.ok(first);
  first.livedMs = 1049;
  watch.look();
  assert.deepEqual(asked, ['101 has 0.0 MiB of memory, more than max_memory (0.0 MiB)']);
  assert.deepEqual(spawned[2]?.told, ['SIGKILL']);
  assert.match(lines.at(-1) ?? '', /max_memory_hard .* is killed/);
  first.livedMs = 1050;
  watch.look();
  assert.equal(asked.at(1), '100 is 1 s old (max_lifetime)');
});
