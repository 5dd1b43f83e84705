import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bandwidth } from '../../../../src/middleware/access/bandwidth.ts';
import { Pacer } from '../../../../src/middleware/access/pacer.ts';
import type { ResponseSink } from '../../../../src/http/exchange.ts';
import { FakeExchange } from '../../handlers/fake-exchange.ts';
import { ByteSink } from '../byte-sink.ts';

function paced(bytesPerSecond: number, handler: (sink: ResponseSink) => void) {
  const inner = new ByteSink();
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a');
  bandwidth(bytesPerSecond, new Pacer())((_, sink) => handler(sink))(exchange, inner);
  return { inner, exchange };
}

test('a small response is sent at once', () => {
  const { inner } = paced(40_000, (sink) => {
    sink.start({ status: 200, reason: '', fields: [], memo: null }, 5);
    sink.write(Buffer.from('hello'), 0, 5);
    sink.end(null);
  });
  assert.equal(inner.bytes.toString(), 'hello');
  assert.equal(inner.ended, null);
});

test('a large one takes its time, in order and whole, and its handler waits', async () => {
  const data = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 251));
  const began = performance.now();
  let drained = 0;
  let pending = 0;
  const { inner } = paced(100_000, (sink) => {
    const own = Buffer.from(data);
    sink.write(own, 0, 40_000);
    own.fill(0, 0, 40_000);
    pending = sink.pending;
    sink.onDrain = () => {
      drained += 1;
      sink.onDrain = null;
      sink.writeShared(data, 40_000, 60_000);
      sink.end(null);
    };
  });
  assert.ok(pending > 10_000, `${pending} wait`);
  await inner.complete();
  const tookMs = performance.now() - began;
  assert.equal(drained, 1);
  assert.ok(inner.bytes.equals(data));
  assert.ok(tookMs > 300 && tookMs < 3000, `${tookMs} ms for what takes 350`);
});

test('nothing is sent to a client that has left', async () => {
  const { inner, exchange } = paced(10_000, (sink) => {
    sink.write(Buffer.alloc(20_000), 0, 20_000);
    sink.end(null);
  });
  const before = inner.bytes.length;
  exchange.onDone?.(exchange);
  await sleep(120);
  assert.equal(inner.bytes.length, before);
  assert.equal(inner.ended, undefined);
});
