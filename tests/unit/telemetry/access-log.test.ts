import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccessEntry, accessFormatter } from '../../../src/telemetry/access-log.ts';

const ENTRY: AccessEntry = {
  address: '192.0.2.1',
  method: 'GET',
  target: '/a?b',
  protocol: 'HTTP/1.1',
  status: 200,
  bytes: 12,
  referer: 'http://r/',
  userAgent: 'ua/1',
  requestId: 'x-1',
  totalMs: 1234.56,
  queueMs: 0.4,
  appMs: 1000,
  upstream: null,
};

const combined = accessFormatter('combined');

test('the combined form ends with id and the three times in seconds', () => {
  assert.match(
    combined(ENTRY),
    /^192\.0\.2\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/a\?b HTTP\/1\.1" 200 12 "http:\/\/r\/" "ua\/1" x-1 1\.235 0\.000 1\.000\n$/,
  );
});

test('what is absent is a dash', () => {
  const line = combined({ ...ENTRY, address: '', bytes: 0, referer: '', userAgent: '' });
  assert.match(line, /^- - - \[/);
  assert.match(line, / 200 - "-" "-" x-1 /);
});

test('quotes, backslashes, control and 8-bit bytes are escaped', () => {
  const line = combined({ ...ENTRY, target: '/"\\', userAgent: 'a\nb\x00\x1b\xe9\x7f', referer: '"' });
  assert.match(line, /"GET \/\\x22\\x5C HTTP\/1\.1"/);
  assert.match(line, /"\\x22" "a\\x0Ab\\x00\\x1B\\xE9\\x7F"/);
  assert.equal(line.indexOf('\n'), line.length - 1);
});

test('the JSON form is one line with seconds as numbers', () => {
  const line = accessFormatter('json')({ ...ENTRY, target: '/"\n', totalMs: 1234.6 });
  assert.equal(line.indexOf('\n'), line.length - 1);
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  assert.ok(!Number.isNaN(Date.parse(String(time))));
  assert.deepEqual(rest, {
    remote_addr: '192.0.2.1',
    method: 'GET',
    uri: '/"\n',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 12,
    referer: 'http://r/',
    user_agent: 'ua/1',
    request_id: 'x-1',
    request_time: 1.235,
    queue_time: 0,
    app_time: 1,
  });
});
