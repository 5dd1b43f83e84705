import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthPaths, nothingElse } from '../../../src/handlers/health.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

function ask(handler: Handler, target: string, method = 'GET'): FakeSink {
  const sink = new FakeSink();
  handler(new FakeExchange(`${method} ${target} HTTP/1.1\r\nHost: whoever`), sink);
  return sink;
}

function probed(target: string, reasons: readonly string[] = [], method = 'GET'): FakeSink {
  return ask(healthPaths({ reasons })(nothingElse), target, method);
}

test('/-/live is 200 whatever the server is about to do', () => {
  const sink = probed('/-/live', ['the server is stopping']);
  assert.deepEqual([sink.head?.status, JSON.parse(sink.text)], [200, { status: 'live' }]);
});

test('/-/ready is 200, or 503 with the reasons, and is never kept', () => {
  const ready = probed('/-/ready?from=balancer');
  assert.deepEqual([ready.head?.status, JSON.parse(ready.text)], [200, { status: 'ready' }]);
  const reasons = ['no worker of app is ready'];
  const not = probed('/-/ready', reasons);
  assert.deepEqual([not.head?.status, JSON.parse(not.text)], [503, { status: 'not ready', reasons }]);
  for (const { head } of [ready, not])
    assert.deepEqual(head?.fields.slice(-2), ['Cache-Control', 'no-store']);
});

test('HEAD gets the same without a body, other methods 405', () => {
  const head = probed('/-/ready', [], 'HEAD');
  assert.deepEqual([head.head?.status, head.text], [200, '']);
  assert.equal(head.head?.fields[3], '19');
  const post = probed('/-/live', [], 'POST');
  assert.deepEqual([post.head?.status, post.head?.fields.slice(-2)], [405, ['Allow', 'GET, HEAD']]);
});

test('all other paths are for somebody else', () => {
  const asked: string[] = [];
  const app: Handler = (exchange) => void asked.push(exchange.head.target.path);
  for (const path of ['/', '/-/', '/-/ready/', '/-/Live', '/x/-/live'])
    ask(healthPaths({ reasons: [] })(app), path);
  assert.deepEqual(asked, ['/', '/-/', '/-/ready/', '/-/Live', '/x/-/live']);
  assert.equal(probed('/').head?.status, 404);
});
