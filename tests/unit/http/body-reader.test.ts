import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyReader } from '../../../src/http/body-reader.ts';
import { isFault, parseRequestHead } from '../../../src/http/request.ts';
import type { HeaderBlock } from '../../../src/http/request.ts';

const HEAD_LIMITS = { requestLineBytesMax: 100, headerBytesMax: 1000, headerCountMax: 10 };
const LIMITS = { bodyBytesMax: 1000, headerBytesMax: 100, headerCountMax: 3 };

function block(header: string): HeaderBlock {
  const head = parseRequestHead(`POST / HTTP/1.1\r\nHost: a${header}`, null, HEAD_LIMITS);
  if (isFault(head)) throw new Error(head.reason);
  return head.block;
}

const CHUNKED = block('\r\nTransfer-Encoding: chunked');

interface Outcome {
  body: string;
  used: number;
  done: boolean;
  received: number;
  status: number;
  reason: string;
  trailers: string[];
}

function feed(headers: HeaderBlock, text: string, pieceBytes: number): Outcome {
  let body = '';
  const reader = new BodyReader(headers, LIMITS, {
    data: (chunk, start, end) => {
      assert.ok(end > start, 'empty data');
      body += chunk.toString('latin1', start, end);
    },
  });
  const bytes = Buffer.from(text, 'latin1');
  let used = 0;
  for (let at = 0; at < bytes.length && !reader.done && reader.fault === null; at += pieceBytes) {
    const end = Math.min(bytes.length, at + pieceBytes);
    used += reader.read(bytes, at, end) - at;
  }
  const { done, received, trailers } = reader;
  return {
    body,
    used,
    done,
    received,
    status: reader.fault?.status ?? 0,
    reason: reader.fault?.reason ?? '',
    trailers,
  };
}

function chunkedOk(text: string): Outcome {
  const whole = feed(CHUNKED, `${text}NEXT`, 10_000);
  assert.equal(whole.status, 0, `${JSON.stringify(text)}: ${whole.reason}`);
  assert.equal(whole.done, true);
  assert.equal(whole.used, text.length);
  for (let size = 1; size <= text.length; size++) assert.deepEqual(feed(CHUNKED, `${text}NEXT`, size), whole);
  return whole;
}

test('A body of a known length ends there.', () => {
  const five = block('\r\nContent-Length: 5');
  for (let size = 1; size < 12; size++) {
    const outcome = feed(five, 'hello GET /', size);
    assert.deepEqual([outcome.body, outcome.used, outcome.done, outcome.received], ['hello', 5, true, 5]);
  }
  assert.equal(feed(five, 'hell', 2).done, false);
});

test('No Content-Length, and a Content-Length of 0, are no body: done at once.', () => {
  for (const header of ['', '\r\nContent-Length: 0']) {
    const outcome = feed(block(header), 'GET /', 5);
    assert.deepEqual([outcome.done, outcome.used, outcome.body], [true, 0, '']);
  }
});

test('Chunks are joined, whatever the pieces they come in.', () => {
  assert.equal(chunkedOk('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n').body, 'hello world');
  assert.equal(chunkedOk('1E\r\nall your base are belong to us\r\n000\r\n\r\n').body.length, 30);
  assert.equal(chunkedOk('0\r\n\r\n').body, '');
  assert.equal(chunkedOk('0000000000000001\r\n\r\r\n0\r\n\r\n').body, '\r');
});

test('Chunk extensions that follow the grammar are ignored.', () => {
  for (const extension of [';a', ';a=b', '; a;\tb=c', ';a="b"', ';a="\\"\\\\;\xe9";b', ';a="";c']) {
    assert.equal(chunkedOk(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`).body, 'hello');
  }
});

test('Trailers are given, but not those that could change what the request means.', () => {
  const { trailers } = chunkedOk('0\r\nX-Sum: 1\r\nContent-Type: x\r\nX_Y: z\r\n\r\n');
  assert.deepEqual(trailers, ['X-Sum', '1']);
});

const BAD: readonly (readonly [string, number, RegExp])[] = [
  ['g\r\n', 400, /size/],
  ['\r\n', 400, /size/],
  [' 5\r\n', 400, /size/],
  ['5 \r\n', 400, /size/],
  ['5\t\r\n', 400, /size/],
  ['5 ;a\r\n', 400, /size/],
  ['0x5\r\n', 400, /size/],
  ['+5\r\n', 400, /size/],
  ['-5\r\n', 400, /size/],
  ['5_0\r\n', 400, /size/],
  [';a\r\n', 400, /size/],
  ['5\n', 400, /size/],
  ['5\rh', 400, /CRLF/],
  ['00000000000000005', 400, /too long/],
  ['ffffffffffffffff', 400, /range/],
  ['20000000000000', 400, /range/],
  ['5;\r\n', 400, /extension/],
  ['5;a=\r\n', 400, /extension/],
  ['5;a \r\n', 400, /extension/],
  ['5;a =b\r\n', 400, /extension/],
  ['5;a= b\r\n', 400, /extension/],
  ['5;a\n', 400, /extension/],
  ['5;a="b\r\n', 400, /extension/],
  ['5;a="b"c\r\n', 400, /extension/],
  ['5;=b\r\n', 400, /extension/],
  ['5;;a\r\n', 400, /extension/],
  ['5;a="\x01"', 400, /extension/],
  ['5\r\nhelloX', 400, /does not end in CRLF/],
  ['5\r\nhello\n', 400, /does not end in CRLF/],
  ['5\r\nhello\rX', 400, /does not end in CRLF/],
  ['5\r\nhello0\r\n\r\n', 400, /does not end in CRLF/],
  ['0\r\n\n', 400, /LF/],
  ['0\r\nX: y\n\r\n', 400, /LF/],
  ['0\r\nX: \0', 400, /NUL/],
  ['0\r\nX : y\r\n\r\n', 400, /colon/],
  ['0\r\nX: y\r\n z\r\n\r\n', 400, /fold/],
  ['0\r\nContent-Length: 5\r\n\r\n', 400, /framing/],
  ['0\r\nTransfer-encoding: chunked\r\n\r\n', 400, /framing/],
  ['0\r\nGET / HTTP/1.1\r\n\r\n', 400, /colon/],
  [`0\r\n${'X: y\r\n'.repeat(4)}`, 431, /many/],
  [`0\r\nX: ${'y'.repeat(100)}`, 431, /large/],
  ['3e9\r\n', 413, /limit/],
  [`3e8\r\n${'a'.repeat(1000)}\r\n1\r\n`, 413, /limit/],
];

for (const [text, status, reason] of BAD) {
  test(`A chunked body is refused with ${status} when it has this: ${JSON.stringify(text.slice(0, 30))}.`, () => {
    const whole = feed(CHUNKED, text, 10_000);
    assert.equal(whole.status, status, whole.reason);
    assert.match(whole.reason, reason);
    assert.equal(whole.done, false);
    const sizes = text.length > 200 ? [1, 2, 7] : Array.from(text, (_, index) => index + 1);
    for (const size of sizes) {
      const cut = feed(CHUNKED, text, size);
      assert.deepEqual([cut.status, cut.reason, cut.body], [whole.status, whole.reason, whole.body]);
    }
  });
}

test('Chunk extensions have a limit over the whole body.', () => {
  const piece = `1;${'a'.repeat(900)}\r\nx\r\n`;
  const outcome = feed(CHUNKED, piece.repeat(20), 10_000);
  assert.equal(outcome.status, 400);
  assert.match(outcome.reason, /too many chunk extensions/);
});

test('A Content-Length above the limit is refused before a byte is read.', () => {
  const reader = new BodyReader(block('\r\nContent-Length: 1001'), LIMITS, {
    data: () => assert.fail('data'),
  });
  assert.equal(reader.fault?.status, 413);
  assert.equal(
    new BodyReader(block('\r\nContent-Length: 1000'), LIMITS, { data: () => undefined }).fault,
    null,
  );
});
