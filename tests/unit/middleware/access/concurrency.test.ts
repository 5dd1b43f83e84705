import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concurrency, RunningRequests } from '../../../../src/middleware/access/concurrency.ts';
import type { Refuse } from '../../../../src/middleware/access/refuse.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

const refuse: Refuse = (_exchange, sink, status) =>
  sink.start({ status, reason: '', fields: [], memo: null }, 0);

test('a client has so many requests at a time, and each that is done makes room', () => {
  const running = new RunningRequests();
  let passed = 0;
  const done: number[] = [];
  const handler = concurrency(
    { counter: 'a', key: 'client', requestsMax: 2 },
    running,
    refuse,
  )(() => {
    passed += 1;
  });
  const ask = (address: string) => {
    const sink = new FakeSink();
    const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a', { client: { address } });
    exchange.onDone = ({ status }) => done.push(status);
    handler(exchange, sink);
    return { exchange, status: sink.head?.status };
  };
  const first = ask('192.0.2.1');
  ask('192.0.2.1');
  assert.equal(passed, 2);
  assert.equal(ask('192.0.2.1').status, 429);
  ask('192.0.2.2');
  assert.equal(passed, 3);
  first.exchange.onDone?.(first.exchange);
  assert.equal(done.length, 1, 'who wanted to hear of the end does');
  ask('192.0.2.1');
  assert.equal(passed, 4);
  assert.equal(running.size, 2);
});
