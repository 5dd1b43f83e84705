import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AppInterface, AppPool } from '../../../src/upstream/app-pool.ts';
import type { Waiter } from '../../../src/upstream/waiting-room.ts';
import type { UpstreamFailure, WorkerStream } from '../../../src/upstream/worker-stream.ts';
import { Flag, FrameType, ResetReason } from '../../../src/wire/frame.ts';
import { FakeWorker, Recorder, request } from './fake-worker.ts';

function pooled({ queueMax = 10, queueTimeoutMs = 1000 } = {}) {
  const told: string[] = [];
  let next = new FakeWorker();
  const pool = new AppPool(
    'app',
    { queueMax, queueTimeoutMs },
    {
      starved: () => told.push('starved'),
      linked: (worker, pid) => told.push(`linked ${worker} ${pid}`),
      released: (worker, pid, reason, hung) =>
        told.push(`released ${worker} ${pid}: ${reason}${hung ? ', hung' : ''}`),
      late: ({ worker, method, path, waited }) =>
        told.push(`late ${worker} ${method} ${path}${waited ? '' : ', nobody waits'}`),
      stuck: ({ worker, requestId }) => told.push(`stuck ${worker} ${requestId}`),
    },
    (_path, receive) => next.dial(receive),
  );
  let count = 0;
  const add = (threads = 1, hello = true, speaks: AppInterface = 'wsgi'): FakeWorker => {
    const worker = new FakeWorker();
    next = worker;
    pool.add(count, 100 + count, '/socket', speaks);
    count += 1;
    if (hello) worker.hello(threads);
    return worker;
  };
  const submit = (limitMs = Infinity): { events: Recorder; stream: WorkerStream } => {
    const events = new Recorder();
    return { events, stream: pool.submit(request(), events, null, limitMs) };
  };
  return { pool, told, add, submit };
}

test('a request goes to the least busy worker, and equals take turns', async () => {
  const { add, submit } = pooled();
  const [a, b] = [add(3), add(3)];
  const all = Array.from({ length: 4 }, () => submit());
  assert.deepEqual(
    all.map(({ events }) => events.told[0]),
    ['dispatched 0', 'dispatched 1', 'dispatched 0', 'dispatched 1'],
  );
  b.respond((await b.requests())[0] ?? 0);
  assert.equal(submit().events.told[0], 'dispatched 1');
  a.respond((await a.requests())[0] ?? 0);
  a.respond((await a.requests())[1] ?? 0);
  assert.equal(submit().events.told[0], 'dispatched 0');
});

test('beyond the threads requests wait, and start in the order they came', async () => {
  const { pool, add, submit } = pooled();
  const worker = add(1);
  const all = Array.from({ length: 4 }, () => submit());
  assert.equal(pool.queued, 3);
  for (let i = 0; i < 4; i += 1) {
    assert.equal(all[i]?.events.told[0], 'dispatched 0');
    assert.deepEqual(all[i + 1]?.events.told ?? [], []);
    worker.respond((await worker.requests())[i] ?? 0);
  }
  assert.equal(pool.queued + pool.inFlight, 0);
});

test('requests wait while there is no worker, and start when one has said hello', () => {
  const { told, add, submit } = pooled();
  const { events } = submit();
  const worker = add(1, false);
  assert.deepEqual(events.told, []);
  worker.hello();
  assert.deepEqual(events.told, ['dispatched 0']);
  assert.deepEqual(told, ['starved', 'linked 0 100']);
});

test('a full queue refuses at once', () => {
  const { submit } = pooled({ queueMax: 2 });
  const all = Array.from({ length: 3 }, () => submit());
  assert.deepEqual(
    all.map(({ events }) => events.told),
    [[], [], ['failed queue_full']],
  );
});

test('clients that have left keep nobody out of a full queue', () => {
  const { submit } = pooled({ queueMax: 2 });
  const [first] = Array.from({ length: 2 }, submit);
  first?.stream.cancel();
  assert.deepEqual(submit().events.told, []);
  assert.deepEqual(submit().events.told, ['failed queue_full']);
});

test('who waits too long is refused, the others go on waiting', () => {
  const { pool, add, submit } = pooled({ queueTimeoutMs: 1000 });
  assert.equal(pool.deadline, Infinity);
  const first = submit();
  const second = submit();
  assert.equal(pool.deadline, first.stream.queuedAt + 1000);
  pool.expire(first.stream.queuedAt + 999);
  assert.deepEqual(first.events.told, []);
  pool.expire(second.stream.queuedAt + 1001);
  assert.deepEqual(first.events.failure?.kind, 'queue_timeout');
  assert.deepEqual(second.events.failure?.kind, 'queue_timeout');
  assert.equal(pool.deadline, Infinity);
  add();
  assert.equal(submit().events.told[0], 'dispatched 0');
});

test('what was cancelled in the queue is never started', async () => {
  const { add, submit } = pooled();
  const worker = add(1);
  submit();
  const cancelled = submit();
  const next = submit();
  cancelled.stream.cancel();
  worker.respond((await worker.requests())[0] ?? 0);
  assert.deepEqual(cancelled.events.told, []);
  assert.deepEqual(next.events.told, ['dispatched 0']);
});

test('a thread is free after DONE when END said BUSY, and the client did not wait for it', async () => {
  const { pool, add, submit } = pooled();
  const worker = add(1);
  const first = submit();
  const second = submit();
  const [id = 0] = await worker.requests();
  worker.respond(id, 'ok', Flag.END | Flag.BUSY);
  assert.deepEqual(first.events.told, ['dispatched 0', 'response 200 2', 'body ok', 'end']);
  assert.deepEqual(second.events.told, []);
  assert.equal(pool.inFlight, 1);
  worker.send(FrameType.DONE, id);
  assert.deepEqual(second.events.told, ['dispatched 0']);
});

test('a worker that is taken out gets nothing more, and is released after its last request', async () => {
  const { pool, told, add, submit } = pooled();
  const worker = add(2);
  const running = submit();
  pool.remove(0, 100);
  const waiting = submit();
  assert.deepEqual(waiting.events.told, []);
  assert.ok(!told.some((line) => line.startsWith('released')));
  worker.respond((await worker.requests())[0] ?? 0, 'bye');
  assert.deepEqual(running.events.told.at(-1), 'end');
  assert.ok(worker.closed);
  assert.deepEqual(told, ['linked 0 100', 'starved', 'released 0 100: drained']);
  add();
  assert.deepEqual(waiting.events.told, ['dispatched 1']);
});

test('a pool is idle when no worker has a request any more, even if its worker has left', async () => {
  const { pool, told, add, submit } = pooled();
  const [a, b] = [add(), add()];
  const [running] = [submit(), submit()];
  pool.whenIdle(() => told.push('idle'));
  running.stream.cancel();
  assert.ok(!told.includes('idle'), 'its app has not said that it has come to its end');
  a.respond((await a.requests())[0] ?? 0);
  assert.ok(!told.includes('idle'));
  b.leave();
  await b.seen();
  assert.deepEqual(told.slice(2), ['released 1 101: the connection to it was lost', 'idle']);
  pool.whenIdle(() => told.push('idle at once'));
  assert.equal(told.at(-1), 'idle at once');
});

test('an idle worker, and one nobody knows, are released at once', () => {
  const { pool, told, add } = pooled();
  add();
  pool.remove(0, 100);
  pool.remove(7, 7);
  assert.deepEqual(told, ['linked 0 100', 'released 0 100: drained', 'released 7 7: not linked']);
});

test('a worker that is gone fails what it ran, and what waits goes to another', async () => {
  const { told, add, submit } = pooled();
  const worker = add(1);
  const [running, waiting] = [submit(), submit()];
  worker.leave();
  await worker.seen();
  assert.equal(running.events.failure?.kind, 'worker_died');
  assert.match(told[1] ?? '', /^released 0 100: the connection to it was lost$/);
  add();
  assert.deepEqual(waiting.events.told, ['dispatched 1']);
});

test('giving up every link fails what runs', () => {
  const { pool, add, submit } = pooled();
  const workers = [add(), add()];
  const all = [submit(), submit()];
  pool.destroy('stopping');
  assert.ok(workers.every((worker) => worker.closed));
  assert.ok(all.every(({ events }) => events.failure?.kind === 'worker_died'));
});

test('other limits hold from now on, and turn nobody away who waits', async () => {
  const { pool, add, submit } = pooled({ queueMax: 3, queueTimeoutMs: 1000 });
  const waiting = [submit(), submit(), submit()];
  pool.limit({ queueMax: 1, queueTimeoutMs: 5000 });
  assert.deepEqual(submit().events.told, ['failed queue_full']);
  assert.equal(pool.queued, 3);
  pool.limit({ queueMax: 4, queueTimeoutMs: 5000 });
  assert.deepEqual(submit().events.told, []);
  assert.deepEqual(submit().events.told, ['failed queue_full']);
  pool.expire(performance.now() + 2000);
  assert.equal(pool.queued, 4);
  const worker = add(10);
  assert.equal((await worker.requests()).length, 4);
  assert.deepEqual(
    waiting.map(({ events }) => events.told[0]),
    ['dispatched 0', 'dispatched 0', 'dispatched 0'],
  );
});

test('a pool is abandoned without workers and without anybody who waits', () => {
  const { pool, add, submit } = pooled();
  assert.equal(pool.abandoned, true);
  const { stream } = submit();
  assert.equal(pool.abandoned, false);
  stream.cancel();
  pool.expire(performance.now());
  assert.equal(pool.abandoned, true);
  add();
  assert.equal(pool.abandoned, false);
});

test('a request that has had its time fails, its worker is told, and given up when it does not end', async () => {
  const { pool, told, add, submit } = pooled();
  const worker = add(2);
  const late = submit(1000);
  const other = submit();
  assert.ok(pool.deadline <= performance.now() + 1000);
  const [stream = 0] = await worker.requests();
  const over = late.stream.deadline;
  pool.expire(over - 1);
  assert.equal(late.events.failure, null);
  pool.expire(over);
  assert.deepEqual(late.events.failure, { kind: 'request_timeout', limitMs: 1000 });
  assert.deepEqual(
    (await worker.seen(FrameType.RESET)).map(({ stream: id, payload }) => [id, payload]),
    [[stream, String.fromCharCode(ResetReason.TIMEOUT)]],
  );
  assert.deepEqual(told.slice(1), ['late 0 GET /']);
  // Its thread is not free.
  assert.equal(pool.inFlight, 2);
  pool.expire(over + 999);
  assert.equal(told.length, 2);
  pool.expire(over + 1000);
  assert.deepEqual(told.slice(2), ['stuck 0 r-1']);
  assert.equal(pool.deadline, Infinity);
  assert.equal(other.events.failure, null);
});

test('an app that ends after it was told keeps its worker', async () => {
  const { pool, told, add, submit } = pooled();
  const worker = add();
  const { stream } = submit(1000);
  pool.expire(stream.deadline);
  const [id = 0] = await worker.requests();
  worker.send(FrameType.RESET, id, String.fromCharCode(ResetReason.CLIENT_GONE));
  assert.equal(pool.inFlight, 0);
  pool.expire(Infinity);
  assert.deepEqual(told.slice(1), ['late 0 GET /']);
});

test('an async app has longer to obey than a thread, which cannot', async () => {
  const { pool, told, add, submit } = pooled();
  add(1, true, 'asgi');
  const { stream } = submit(1000);
  const over = stream.deadline;
  pool.expire(over);
  pool.expire(over + 4999);
  assert.equal(told.length, 2);
  pool.expire(over + 5000);
  assert.equal(told[2], 'stuck 0 r-1');
});

test('a worker that still runs a request after its client has left is found, too', async () => {
  const { pool, told, add, submit } = pooled();
  const worker = add();
  const { events, stream } = submit(1000);
  stream.cancel();
  pool.expire(stream.deadline);
  assert.equal(events.failure, null);
  assert.deepEqual(told.slice(1), ['late 0 GET /, nobody waits']);
  pool.expire(stream.deadline);
  assert.equal(told[2], 'stuck 0 r-1');
  assert.equal((await worker.seen(FrameType.RESET)).length, 2);
});

test('different times on one link are each kept, the earliest first', () => {
  const { pool, add, submit } = pooled();
  add(3);
  const [long, short, none] = [submit(5000), submit(1000), submit()];
  assert.equal(pool.deadline, short.stream.deadline);
  pool.expire(short.stream.deadline);
  assert.equal(short.events.failure?.kind, 'request_timeout');
  assert.deepEqual(long.events.told, ['dispatched 0']);
  assert.equal(pool.deadline, short.stream.deadline);
  pool.expire(short.stream.deadline);
  assert.equal(pool.deadline, long.stream.deadline);
  pool.expire(long.stream.deadline);
  assert.equal(long.events.failure?.kind, 'request_timeout');
  assert.equal(none.events.failure, null);
});

test('a worker that is taken out, and the end of the gateway, do not wait for what was given up', async () => {
  const { pool, told, add, submit } = pooled();
  const worker = add(2);
  const stuck = submit(1000);
  const other = submit();
  pool.expire(stuck.stream.deadline);
  pool.remove(0, 100);
  let idle = false;
  pool.whenIdle(() => {
    idle = true;
  });
  pool.expire(stuck.stream.deadline);
  assert.ok(!worker.closed, 'the other request still runs');
  assert.equal(idle, false);
  worker.respond((await worker.requests())[1] ?? 0);
  assert.equal(other.events.told.at(-1), 'end');
  assert.ok(worker.closed);
  assert.ok(idle);
  assert.equal(told.at(-1), 'released 0 100: drained, hung');
});

class Waiting implements Waiter {
  readonly since = performance.now();
  gone = false;
  readonly told: string[] = [];

  begin(): void {
    this.told.push('begin');
  }

  failed(failure: UpstreamFailure): void {
    this.told.push(failure.kind);
  }
}

test('before anybody knows what the app speaks requests wait, up to the limit, and begin with the first worker', () => {
  const { pool, told, add } = pooled({ queueMax: 2 });
  const all = [new Waiting(), new Waiting(), new Waiting()];
  assert.equal(pool.interface, null);
  for (const waiting of all) pool.wait(waiting);
  assert.deepEqual(told, ['starved', 'starved']);
  assert.deepEqual(
    all.map((waiting) => waiting.told),
    [[], [], ['queue_full']],
  );
  assert.equal(pool.load(performance.now()).queued, 2);
  const [first] = all;
  if (first !== undefined) first.gone = true;
  add();
  assert.equal(pool.interface, 'wsgi');
  assert.deepEqual(
    all.map((waiting) => waiting.told),
    [[], ['begin'], ['queue_full']],
  );
});

test('who waits for the first worker waits no longer than anybody else', () => {
  const { pool } = pooled({ queueTimeoutMs: 1000 });
  const waiting = new Waiting();
  pool.wait(waiting);
  assert.equal(pool.deadline, waiting.since + 1000);
  pool.expire(waiting.since + 1001);
  assert.deepEqual(waiting.told, ['queue_timeout']);
  assert.equal(pool.deadline, Infinity);
});

test('when no worker can be started those who wait are told', () => {
  const { pool, submit } = pooled();
  const waiting = new Waiting();
  pool.wait(waiting);
  const { events } = submit();
  pool.refuseAll();
  assert.deepEqual(waiting.told, ['no_worker']);
  assert.deepEqual(events.told, ['failed no_worker']);
  assert.equal(pool.queued, 0);
});

test('those who wait are not refused while there is a worker', () => {
  const { pool, add, submit } = pooled();
  add(1);
  submit();
  const { events } = submit();
  pool.refuseAll();
  assert.deepEqual(events.told, []);
});

test('the load names what waits, since when, and what each worker was given', () => {
  const { pool, add, submit } = pooled();
  add(1);
  submit();
  submit();
  const now = performance.now();
  const load = pool.load(now + 50);
  assert.deepEqual(
    { ...load, oldestMs: load.oldestMs >= 50 && load.oldestMs < 1000 },
    { queued: 1, oldestMs: true, inFlight: 1, requests: 1, workers: [[100, 1]] },
  );
});

test('a request that was written for another interface goes to a worker that still has it, or is told', async () => {
  const { pool, add, submit } = pooled();
  const old = add(1);
  submit();
  const [second, third] = [submit(), submit()];
  add(1, true, 'asgi');
  assert.deepEqual(second.events.told, [], 'not to the new one');
  old.respond((await old.requests())[0] ?? 0);
  await Promise.resolve();
  assert.equal(second.events.told[0], 'dispatched 0');
  assert.equal(submit().events.told[0], 'dispatched 1');
  pool.remove(0, 100);
  assert.deepEqual(third.events.told, ['failed no_worker']);
});
