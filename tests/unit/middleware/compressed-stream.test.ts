import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import zlib from 'node:zlib';
import type { Exchange, Middleware, ResponseHead, ResponseSink } from '../../../src/http/exchange.ts';
import { compress } from '../../../src/middleware/compress.ts';
import { OFFERED_CODINGS } from '../../../src/middleware/compressor.ts';
import { FakeExchange } from '../handlers/fake-exchange.ts';
import { ByteSink } from './byte-sink.ts';

const TEXT = 'It was a bright cold day in April, and the clocks were striking thirteen. '.repeat(40);

/** Bytes that do not become smaller. */
function noise(bytes: number): Buffer {
  let seed = 1;
  return Buffer.from(Array.from({ length: bytes }, () => (seed = Math.imul(seed, 69_069) + 1) >>> 24));
}

function head(): ResponseHead {
  return { status: 200, reason: 'OK', fields: ['Content-Type', 'text/plain'], memo: null };
}

function request(...lines: string[]): FakeExchange {
  const given = lines.length === 0 ? ['Accept-Encoding: gzip'] : lines;
  return new FakeExchange(['GET / HTTP/1.1', 'Host: a', ...given].join('\r\n'));
}

function make(
  options: { mode?: 'safe' | 'on'; compressionsMax?: number; faults?: string[] } = {},
): Middleware {
  return compress({
    mode: options.mode ?? 'safe',
    bytesMin: 1024,
    ...(options.compressionsMax === undefined ? {} : { compressionsMax: options.compressionsMax }),
    appFault: (_: Exchange, message: string) => void options.faults?.push(message),
  });
}

function open(
  middleware: Middleware,
  exchange = request(),
  inner = new ByteSink(),
): { exchange: FakeExchange; inner: ByteSink; sink: ResponseSink } {
  let sink: ResponseSink = inner;
  middleware((_, given) => {
    sink = given;
  })(exchange, inner);
  return { exchange, inner, sink };
}

function write(sink: ResponseSink, text: string): void {
  const chunk = Buffer.from(text);
  sink.write(chunk, 0, chunk.length);
  chunk.fill('#');
}

test('what was written comes out when the application pauses', async () => {
  for (const coding of OFFERED_CODINGS) {
    const { inner, sink } = open(make(), request(`Accept-Encoding: ${coding}`));
    sink.start(head(), -1);
    assert.equal(inner.started, true, 'the head is not held back');
    for (const text of ['a', 'bc', 'x'.repeat(70_000)]) {
      const before = inner.decoded();
      write(sink, text);
      await inner.until(() => inner.decoded() === before + text);
    }
    assert.equal(inner.ended, undefined);
    sink.end(null);
    await inner.complete();
    assert.equal(inner.decoded().length, 70_003);
  }
});

test('while the application goes on, nothing is cut into pieces', async () => {
  const { inner, sink } = open(make());
  sink.start(head(), -1);
  for (let i = 0; i < 200; i++) write(sink, `${i} `);
  sink.end(null);
  await inner.complete();
  assert.ok(inner.bytes.length < 450, String(inner.bytes.length));
  assert.match(inner.decoded(), /^0 1 .* 199 $/);
});

test('a small body that is not complete in its turn is streamed', async () => {
  const { inner, sink } = open(make());
  sink.start({ ...head(), fields: [...head().fields, 'Content-Length', String(TEXT.length)] }, -1);
  write(sink, TEXT.slice(0, 100));
  assert.equal(inner.started, false);
  await inner.until(() => inner.started && inner.decoded() === TEXT.slice(0, 100));
  assert.equal(inner.wholeBytes, -1);
  write(sink, TEXT.slice(100));
  sink.end(null);
  await inner.complete();
  assert.equal(inner.decoded(), TEXT);
});

test('a stream that ends before its Content-Length is not ended but cut', async () => {
  const faults: string[] = [];
  const { inner, sink } = open(make({ faults }));
  sink.start({ ...head(), fields: [...head().fields, 'Content-Length', '100000'] }, -1);
  write(sink, TEXT);
  sink.end(null);
  assert.equal(inner.aborted, 'short body');
  assert.equal(faults.length, 1);
  await turn();
  assert.equal(inner.ended, undefined);
});

test('a slow client makes the writer wait, and is told of when it goes on', async () => {
  const { inner, sink } = open(make());
  let drained = 0;
  sink.start(head(), -1);
  sink.onDrain = () => {
    drained += 1;
  };
  const data = noise(1_000_000);
  // The client takes nothing: every byte that the sink gets stays.
  inner.write = (chunk, start, end) => {
    inner.pieces.push(Buffer.from(chunk.subarray(start, end)));
    inner.pending += end - start;
  };
  sink.writeShared(data, 0, data.length);
  assert.ok(sink.pending >= data.length);
  await inner.until(() => inner.pending >= 65_536);
  for (let i = 0; i < 50; i++) await turn();
  assert.ok(inner.pending < 150_000, `the compressor gave ${inner.pending} to a client that takes nothing`);
  assert.ok(sink.pending >= data.length);
  assert.equal(drained, 0);
  sink.end(null);
  let last = -1;
  while (inner.ended === undefined) {
    await inner.until(
      () => inner.ended !== undefined || (inner.pending >= 65_536 && inner.pieces.length !== last),
    );
    last = inner.pieces.length;
    inner.pending = 0;
    inner.onDrain?.();
  }
  assert.ok(zlib.gunzipSync(inner.bytes).equals(data));
});

test('the writer is called when the compressor has done its work', async () => {
  const { inner, sink } = open(make());
  sink.start(head(), -1);
  const data = noise(500_000);
  const drained = new Promise<void>((resolve) => {
    sink.onDrain = resolve;
  });
  sink.writeShared(data, 0, data.length);
  await drained;
  assert.equal(sink.pending, 0);
  sink.end(null);
  await inner.complete();
});

test('what is handed over shared is still owned while it is pending', async () => {
  const { inner, sink } = open(make());
  sink.start(head(), -1);
  const data = Buffer.alloc(200_000, 'y');
  sink.writeShared(data, 0, data.length);
  await inner.until(() => sink.pending === 0);
  data.fill('#');
  sink.end(null);
  await inner.complete();
  assert.equal(inner.decoded(), 'y'.repeat(200_000));
});

test('a client that leaves frees the compressor, before the handler has ended and after', async () => {
  const middleware = make({ compressionsMax: 1 });
  for (const ended of [false, true]) {
    const { exchange, inner, sink } = open(middleware);
    let logged = 0;
    exchange.onDone = () => {
      logged += 1;
    };
    let gone = 0;
    exchange.onGone = () => {
      gone += 1;
    };
    sink.start(head(), -1);
    write(sink, TEXT);
    assert.equal(codingOfAnother(middleware), '', 'there is one place, and it is taken');
    if (ended) {
      exchange.onGone = null;
      sink.end(null);
    }
    exchange.onGone?.();
    exchange.onDone?.(exchange);
    assert.equal(logged, 1);
    assert.equal(gone, ended ? 0 : 1);
    assert.equal(codingOfAnother(middleware), 'gzip', 'the place is free again');
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(inner.ended, undefined);
    write(sink, 'too late');
    sink.end(null);
  }
});

/** The coding that another stream gets; it ends at once. */
function codingOfAnother(middleware: Middleware): string {
  const { inner, sink } = open(middleware);
  sink.start(head(), -1);
  sink.abort('enough');
  return inner.field('content-encoding');
}

test('a client that had left before the head costs no place', () => {
  const middleware = make({ compressionsMax: 1 });
  const inner = new ByteSink();
  inner.dead = true;
  const { sink } = open(middleware, request(), inner);
  sink.start(head(), -1);
  write(sink, TEXT);
  sink.end(null);
  assert.equal(inner.pieces.length, 0);
  assert.equal(codingOfAnother(middleware), 'gzip');
});

test('an abort ends compressor and response', () => {
  const middleware = make({ compressionsMax: 1 });
  const { inner, sink } = open(middleware);
  sink.start(head(), -1);
  write(sink, TEXT);
  sink.abort('the worker died');
  assert.equal(inner.aborted, 'the worker died');
  assert.equal(codingOfAnother(middleware), 'gzip');
});

test('when all places are taken, responses are sent as they are', async () => {
  const middleware = make({ compressionsMax: 1 });
  const first = open(middleware);
  first.sink.start(head(), -1);
  const { inner, sink } = open(middleware);
  sink.start({ ...head(), fields: [...head().fields, 'Content-Length', String(TEXT.length)] }, -1);
  write(sink, TEXT.slice(0, 1000));
  await inner.until(() => inner.started);
  assert.equal(inner.field('content-encoding'), '');
  assert.equal(inner.field('content-length'), String(TEXT.length));
  write(sink, TEXT.slice(1000));
  sink.end(null);
  assert.equal(inner.bytes.toString(), TEXT);
  assert.equal(inner.ended, null);
  // A body in one piece needs no place.
  const whole = open(middleware);
  whole.sink.start(head(), TEXT.length);
  write(whole.sink, TEXT);
  assert.equal(whole.inner.field('content-encoding'), 'gzip');
  first.sink.abort('enough');
});

test('a stream for a client with credentials begins with the padding', async () => {
  const lengths = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { inner, sink } = open(make({ mode: 'on' }), request('Accept-Encoding: br, gzip', 'Cookie: a=b'));
    sink.start(head(), -1);
    write(sink, TEXT);
    sink.end(null);
    await inner.complete();
    assert.equal(inner.field('content-encoding'), 'gzip');
    assert.equal(zlib.gunzipSync(inner.bytes).toString(), TEXT);
    lengths.add(inner.bytes.length);
  }
  assert.ok(lengths.size > 5);
});

test('an interim response passes', () => {
  const { inner, sink } = open(make());
  sink.inform({ status: 103, reason: 'Early Hints', fields: [], memo: null });
  assert.deepEqual(inner.informed, [103]);
});
