import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamCarrier, WorkerStream } from '../../../src/upstream/worker-stream.ts';
import { STREAM_CREDIT } from '../../../src/wire/frame.ts';
import { HandBody, Recorder, streamOf } from './fake-worker.ts';

class Carrier implements StreamCarrier {
  credits: number[] = [];
  bodies: (Buffer | null)[] = [];
  resets = 0;
  messages = 0;
  credit(_stream: WorkerStream, bytes: number): void {
    this.credits.push(bytes);
  }
  sendBody(_stream: WorkerStream, chunk: Buffer | null): void {
    this.bodies.push(chunk);
  }
  sendMessage(): void {
    this.messages += 1;
  }
  sendClose(): void {
    this.messages += 1;
  }
  reset(): void {
    this.resets += 1;
  }
  answerFile(): void {
    this.messages += 1;
  }
}

function running(body: HandBody | null = null, limitMs = Infinity) {
  const carrier = new Carrier();
  const events = new Recorder();
  const stream = streamOf({ body }, events, limitMs);
  stream.attach(carrier, 1, performance.now());
  stream.pump();
  return { carrier, events, stream };
}

test('credit is given back in quarters of what there is', () => {
  const { carrier, stream } = running();
  stream.consumed(STREAM_CREDIT / 4 - 1);
  assert.deepEqual(carrier.credits, []);
  stream.consumed(1);
  stream.consumed(STREAM_CREDIT);
  assert.deepEqual(carrier.credits, [STREAM_CREDIT / 4, STREAM_CREDIT]);
});

test('a worker may send exactly its credit, and as much more as was given back', () => {
  const { stream } = running();
  assert.ok(stream.received(STREAM_CREDIT));
  assert.ok(!stream.received(1));
  const other = running().stream;
  assert.ok(other.received(STREAM_CREDIT));
  other.consumed(STREAM_CREDIT);
  assert.ok(other.received(STREAM_CREDIT));
  assert.ok(!other.received(1));
});

test('a body is asked for as far as credit goes, one piece at a time', () => {
  const body = new HandBody();
  const { carrier, stream } = running(body);
  assert.deepEqual(body.asked, [STREAM_CREDIT]);
  stream.creditReceived(10);
  assert.equal(body.asked.length, 1, 'one read is under way');
  body.give(Buffer.alloc(STREAM_CREDIT));
  assert.deepEqual(body.asked, [STREAM_CREDIT, 10]);
  body.give(Buffer.alloc(10));
  assert.equal(body.asked.length, 2, 'no credit is left');
  stream.creditReceived(5);
  assert.deepEqual(body.asked.at(-1), 5);
  body.give(null);
  stream.creditReceived(100);
  assert.equal(body.asked.length, 3, 'the body is over');
  assert.deepEqual(
    carrier.bodies.map((chunk) => chunk?.length ?? null),
    [STREAM_CREDIT, 10, null],
  );
});

test('a body that fails ends the stream with its failure, and the worker hears of it', () => {
  const body = new HandBody();
  const { carrier, events, stream } = running(body);
  body.give(new Error('gone'));
  assert.deepEqual(events.failure, { kind: 'body_failed', message: 'gone' });
  assert.equal(carrier.resets, 1);
  assert.equal(stream.state, 'lingering');
  stream.fail({ kind: 'worker_died', message: 'later' });
  assert.deepEqual(events.told, ['failed body_failed']);
});

test('a piece that arrives after the client left is not sent', () => {
  const body = new HandBody();
  const { carrier, events, stream } = running(body);
  stream.cancel();
  body.give(Buffer.from('late'));
  assert.deepEqual(carrier.bodies, []);
  assert.equal(carrier.resets, 1);
  assert.equal(body.closed, 1);
  assert.deepEqual(events.told, []);
});

test('a request keeps its body as long as it may be sent again, and no longer', () => {
  const stream = streamOf({ body: null, inlineBody: 'body' }, new Recorder());
  stream.attach(new Carrier(), 1, performance.now());
  assert.ok(stream.takeBack());
  assert.equal(stream.request.inlineBody, 'body');
  stream.attach(new Carrier(), 2, performance.now());
  stream.close();
  assert.equal(stream.request.inlineBody, null);
});

test('cancelling twice resets once, and credit is not given back any more', () => {
  const { carrier, stream } = running();
  stream.cancel();
  stream.cancel();
  stream.consumed(STREAM_CREDIT);
  assert.equal(carrier.resets, 1);
  assert.deepEqual(carrier.credits, []);
});

test('a request that waits is cancelled without a word to anybody', () => {
  const events = new Recorder();
  const stream = streamOf({}, events);
  stream.cancel();
  stream.fail({ kind: 'queue_timeout', waitedMs: 1 });
  assert.equal(stream.state, 'closed');
  assert.deepEqual(events.told, []);
});

test('the time in which a body is on its way is not the app’s, but that in which the app does not take it is', () => {
  const body = new HandBody();
  const { stream, carrier } = running(body, 1000);
  const first = stream.deadline;
  assert.equal(stream.overdue(first), false);
  assert.equal(stream.deadline, first + 1000);
  stream.deadline = 1;
  body.give(Buffer.alloc(STREAM_CREDIT));
  assert.ok(stream.deadline > first - 1000, 'the time begins anew with each part');
  // The credit is used up: the gateway does not read on.
  assert.equal(stream.overdue(stream.deadline), true);
  assert.equal(carrier.resets, 1);
});

test('the time in which a file is opened for the app is not the app’s', () => {
  const { stream, events } = running(null, 1000);
  stream.offered = true;
  assert.equal(stream.overdue(stream.deadline), false);
  assert.equal(events.failure, null);
});

test('a request without a limit has no deadline', () => {
  assert.equal(running().stream.deadline, Infinity);
});
