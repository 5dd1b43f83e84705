import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpDate } from '../../../src/http/date.ts';
import { reasonPhrase } from '../../../src/http/reason-phrase.ts';
import { isInvalidResponse, planResponse } from '../../../src/http/response-head.ts';
import type { ResponsePlan } from '../../../src/http/response-head.ts';

const LIMITS = { headerBytesMax: 1000 };

function plan(fields: readonly string[], status = 200, reason = 'OK'): ResponsePlan {
  const result = planResponse(status, reason, fields, LIMITS);
  if (isInvalidResponse(result)) throw new Error(result.invalid);
  return result;
}

function invalid(fields: readonly string[], status = 200, reason = 'OK'): string {
  const result = planResponse(status, reason, fields, LIMITS);
  assert.ok(isInvalidResponse(result), 'accepted');
  return result.invalid;
}

test('A response head is written in the order and spelling of the application.', () => {
  const head = plan(['Content-Type', 'text/plain', 'set-cookie', 'a=b', 'Set-Cookie', ' c="\xe9" ']);
  assert.equal(
    head.headText,
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nset-cookie: a=b\r\nSet-Cookie: c="\xe9"\r\n',
  );
  assert.deepEqual([head.contentLength, head.noBody, head.closeWanted], [-1, false, false]);
});

test('What is ours to say, or only between two hops, is left out.', () => {
  const names = [
    'Connection',
    'Date',
    'Keep-Alive',
    'Proxy-Connection',
    'SERVER',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
  ];
  assert.equal(plan(names.flatMap((name) => [name, 'x'])).headText, 'HTTP/1.1 200 OK\r\n');
});

test('Headers that Connection names are left out, wherever they stand.', () => {
  const head = plan(['X-Hop', '1', 'Connection', 'x-hop, Close', 'X-Stay', '2']);
  assert.equal(head.headText, 'HTTP/1.1 200 OK\r\nX-Stay: 2\r\n');
  assert.equal(head.closeWanted, true);
});

test('Content-Length is taken out and given as a number.', () => {
  assert.equal(plan(['content-length', ' 12 ']).contentLength, 12);
  assert.equal(plan(['Content-Length', '12']).headText, 'HTTP/1.1 200 OK\r\n');
});

test('Content-Length that is not one number is refused.', () => {
  for (const value of ['', 'x', '-1', '+1', '1.0', '1, 1', '0x1', '9007199254740992', '1'.repeat(17)]) {
    assert.match(invalid(['Content-Length', value]), /not a number/);
  }
  assert.match(invalid(['Content-Length', '1', 'content-length', '1']), /more than one/);
});

test('1xx, 204 and 304 have no body; only 304 keeps a Content-Length.', () => {
  for (const status of [100, 103, 204, 304]) {
    const head = plan(['Content-Length', '5'], status);
    assert.equal(head.noBody, true);
    assert.equal(head.contentLength, status === 304 ? 5 : -1);
  }
});

test('Header injection is refused wherever it is tried.', () => {
  for (const value of ['a\r\nB: c', 'a\n', 'a\rb', 'a\0', 'a\x0bb', 'a\x7f', '\u0100']) {
    assert.match(invalid(['X', value]), /value of X/, JSON.stringify(value));
    assert.match(invalid([], 200, value), /reason/);
  }
  for (const name of ['', 'A B', 'A:', 'A\r\n', '\xe9', 'A\0', ' A'])
    assert.match(invalid([name, 'x']), /name/);
  assert.match(invalid(['Server', 'a\r\nB: c']), /value of Server/);
});

test('Statuses are three digits.', () => {
  for (const status of [0, 99, 1000, 200.5, Number.NaN, -200]) assert.match(invalid([], status), /status/);
  assert.equal(plan([], 599, '').headText, 'HTTP/1.1 599 \r\n');
});

test('Response headers have a limit.', () => {
  assert.match(invalid(['X', 'a'.repeat(1000)]), /large/);
});

test('Dates are IMF-fixdate and change with the second.', () => {
  assert.equal(httpDate(784_111_777_999), 'Sun, 06 Nov 1994 08:49:37 GMT');
  assert.equal(httpDate(784_111_777_000), 'Sun, 06 Nov 1994 08:49:37 GMT');
  assert.equal(httpDate(784_111_778_000), 'Sun, 06 Nov 1994 08:49:38 GMT');
});

test('Statuses have their usual words.', () => {
  assert.equal(reasonPhrase(404), 'Not Found');
  assert.equal(reasonPhrase(299), '');
});
