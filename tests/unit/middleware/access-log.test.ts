import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessEntry } from '../../../src/telemetry/access-log.ts';
import { accessLog } from '../../../src/middleware/access-log.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

test('a line is written when the exchange is done, with what is known by then', () => {
  const entries: AccessEntry[] = [];
  const lines: string[] = [];
  const middleware = accessLog(
    (entry) => {
      entries.push(entry);
      return 'line\n';
    },
    (line) => lines.push(line),
  );
  const exchange = new FakeExchange('GET /p?q HTTP/1.0\r\nUser-Agent: ua\r\nREFERER: from');
  let passed = 0;
  middleware(() => {
    passed += 1;
  })(exchange, new FakeSink());
  assert.equal(passed, 1);
  assert.equal(lines.length, 0);
  Object.assign(exchange, { status: 201, bytesSent: 33, queueMs: 1, appMs: 2 });
  exchange.onDone?.(exchange);
  assert.deepEqual(lines, ['line\n']);
  const { totalMs, ...rest } = entries[0] as AccessEntry;
  assert.ok(totalMs >= 0);
  assert.deepEqual(rest, {
    address: '192.0.2.1',
    method: 'GET',
    target: '/p?q',
    protocol: 'HTTP/1.0',
    status: 201,
    bytes: 33,
    referer: 'from',
    userAgent: 'ua',
    requestId: 'id-1',
    queueMs: 1,
    appMs: 2,
    upstream: null,
  });
});
