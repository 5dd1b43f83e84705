import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byterangesBody, contentRange, unsatisfiedRange } from '../../../src/http/byteranges.ts';

const FILE = '0123456789';
const RANGES = [
  { first: 1, last: 2 },
  { first: 9, last: 9 },
];

test('several ranges are the multipart body of RFC 9110 14.6', () => {
  const body = byterangesBody(RANGES, FILE.length, 'text/plain', 'B');
  assert.equal(body.contentType, 'multipart/byteranges; boundary=B');
  const text = RANGES.map((range, i) => `${body.before[i]}${FILE.slice(range.first, range.last + 1)}`).join(
    '',
  );
  assert.equal(
    text + body.closing,
    '--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 1-2/10\r\n\r\n12' +
      '\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 9-9/10\r\n\r\n9\r\n--B--\r\n',
  );
  assert.equal(body.contentLength, (text + body.closing).length);
});

test('the length counts what lies beyond any memory, and no type makes no line', () => {
  const size = 2 ** 50;
  const body = byterangesBody(
    [
      { first: 0, last: size - 2 },
      { first: size - 1, last: size - 1 },
    ],
    size,
    '',
  );
  assert.equal(body.contentLength, size + body.before.join('').length + body.closing.length);
  assert.doesNotMatch(body.before.join(''), /content-type/i);
});

test('boundaries are never the same', () => {
  const seen = new Set(Array.from({ length: 50 }, () => byterangesBody(RANGES, 10, '').contentType));
  assert.equal(seen.size, 50);
  for (const type of seen) assert.match(type, /^multipart\/byteranges; boundary=[0-9a-f-]{36}$/);
});

test('Content-Range says the range, or only the size', () => {
  assert.equal(contentRange({ first: 0, last: 0 }, 1), 'bytes 0-0/1');
  assert.equal(unsatisfiedRange(7), 'bytes */7');
});
