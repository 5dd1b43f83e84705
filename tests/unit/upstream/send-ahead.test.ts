import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AppPool } from '../../../src/upstream/app-pool.ts';
import { SendAhead } from '../../../src/upstream/send-ahead.ts';
import { Flag, FrameType, ResetReason } from '../../../src/wire/frame.ts';
import { FakeWorker, HandBody, Recorder, request, SILENT } from './fake-worker.ts';

test('as many are sent ahead as are answered within a millisecond', () => {
  const ahead = new SendAhead();
  ahead.begin(0);
  assert.equal(ahead.count, 0);
  let now = 0;
  for (let i = 0; i < 200; i += 1) ahead.answered(1, (now += 0.1));
  assert.ok(ahead.count >= 9 && ahead.count <= 10, String(ahead.count));
  for (let i = 0; i < 200; i += 1) ahead.answered(16, (now += 0.4));
  assert.equal(ahead.count, 32);
});

test('with requests of milliseconds nothing is sent ahead, and one of them is enough to stop it', () => {
  const ahead = new SendAhead();
  let now = 0;
  for (let i = 0; i < 100; i += 1) ahead.answered(1, (now += 3));
  assert.equal(ahead.count, 0);
  for (let i = 0; i < 200; i += 1) ahead.answered(1, (now += 0.05));
  assert.ok(ahead.count > 10);
  ahead.answered(1, (now += 10));
  assert.equal(ahead.count, 0);
});

test('what was given back stops it at once, and so does silence', () => {
  const ahead = new SendAhead();
  let now = 0;
  for (let i = 0; i < 200; i += 1) ahead.answered(1, (now += 0.05));
  assert.ok(ahead.isLively(now + 1));
  assert.ok(!ahead.isLively(now + 2));
  ahead.refused();
  assert.equal(ahead.count, 0);
});

/** Time goes on by 0.02 ms with each request, and not by itself. */
function fastWorker(t: TestContext): {
  pool: AppPool;
  worker: FakeWorker;
  other: () => FakeWorker;
  warm: () => Promise<void>;
} {
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  let next = new FakeWorker();
  const worker = next;
  const pool = new AppPool('app', { queueMax: 100, queueTimeoutMs: 1000 }, SILENT, (_path, receive) =>
    next.dial(receive),
  );
  pool.add(0, 100, '/socket');
  worker.hello(1);
  const warm = async (): Promise<void> => {
    for (let i = 0; i < 100; i += 1) {
      pool.submit(request(), new Recorder());
      now += 0.02;
      worker.respond((await worker.requests()).at(-1) ?? 0);
    }
  };
  const other = (): FakeWorker => {
    next = new FakeWorker();
    pool.add(1, 101, '/other');
    next.hello(1);
    return next;
  };
  return { pool, worker, other, warm };
}

test('a fast worker is sent requests ahead, marked as such, but none whose body is still to come', async (t) => {
  const { pool, worker, warm } = fastWorker(t);
  await warm();
  const before = (await worker.requests()).length;
  for (let i = 0; i < 3; i += 1) pool.submit(request(), new Recorder());
  pool.submit(request({ body: new HandBody() }), new Recorder());
  pool.submit(request(), new Recorder());
  const sent = (await worker.seen(FrameType.REQUEST)).slice(before);
  assert.equal(sent.length, 3);
  assert.ok(sent.every(({ flags }) => (flags & Flag.AHEAD) !== 0));
  assert.equal(pool.queued, 2);
});

test('what is given back goes to another worker, or waits before all others', async (t) => {
  const { pool, worker, other, warm } = fastWorker(t);
  await warm();
  const recorders = [new Recorder(), new Recorder(), new Recorder()];
  for (const [index, recorder] of recorders.entries()) pool.submit(request({ id: `r${index}` }), recorder);
  const ids = (await worker.requests()).slice(-3);
  const second = other();
  const late = new Recorder();
  for (const id of ids.slice(1)) worker.send(FrameType.RESET, id, String.fromCharCode(ResetReason.REFUSED));
  pool.submit(request({ id: 'late' }), late);
  assert.equal((await second.requests()).length, 1);
  assert.equal(pool.queued, 2);
  for (let i = 0; i < 3; i += 1) second.respond((await second.requests()).at(-1) ?? 0);
  assert.deepEqual(
    [...recorders.slice(1), late].map(({ told }) => told.at(-1)),
    ['end', 'end', 'end'],
  );
  assert.ok((recorders[2]?.told.length ?? 0) > (late.told.length ?? 0));
});

test('requests that were sent ahead of a death are answered by another worker', async (t) => {
  const { pool, worker, other, warm } = fastWorker(t);
  await warm();
  const recorders = [new Recorder(), new Recorder()];
  for (const recorder of recorders) pool.submit(request(), recorder);
  const second = other();
  worker.leave();
  await worker.requests();
  assert.equal(recorders[0]?.failure?.kind, 'worker_died');
  second.respond((await second.requests()).at(-1) ?? 0);
  assert.equal(recorders[1]?.told.at(-1), 'end');
});
