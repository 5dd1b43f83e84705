import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessEntry } from '../../../src/telemetry/access-log.ts';
import { runserverFormatter } from '../../../src/telemetry/runserver-line.ts';

const ENTRY: AccessEntry = {
  address: '127.0.0.1',
  method: 'GET',
  target: '/a?b=\x1b[31m"',
  protocol: 'HTTP/1.1',
  status: 200,
  bytes: 1234,
  referer: '',
  userAgent: '',
  requestId: '1',
  totalMs: 1,
  queueMs: 0,
  appMs: 1,
  upstream: null,
};

test('a line is as runserver has it, and what a client sent drives no terminal', () => {
  assert.match(
    runserverFormatter(false)(ENTRY),
    /^\[\d\d\/[A-Z][a-z]{2}\/\d{4} \d\d:\d\d:\d\d\] "GET \/a\?b=\\x1B\[31m\\x22 HTTP\/1\.1" 200 1234\n$/,
  );
});

test('colours are those of the status', () => {
  const codes = [100, 200, 302, 304, 400, 404, 500].map(
    (status) => /\x1b\[([\d;]+)m/.exec(runserverFormatter(true)({ ...ENTRY, status }))?.[1] ?? '',
  );
  assert.deepEqual(codes, ['1', '', '32', '36', '31;1', '33', '35;1']);
});
