import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadReader } from '../../../src/http/head-reader.ts';
import { Random } from '../../fuzz/random.ts';

const LIMITS = { requestLineBytesMax: 100, headerBytesMax: 200, headerCountMax: 5 };

/** Feeds the text in pieces of a size; what came out, and how many bytes were used. */
function feed(text: string, pieceBytes: number): { reader: HeadReader; used: number } {
  const reader = new HeadReader(LIMITS);
  const bytes = Buffer.from(text, 'latin1');
  let used = 0;
  for (let at = 0; at < bytes.length && reader.head === null && reader.fault === null; at += pieceBytes) {
    // In a larger buffer with other bytes around, as a read buffer that is used again has.
    const piece = bytes.subarray(at, at + pieceBytes);
    const chunk = Buffer.concat([
      Buffer.from('\r\n\r\nX'),
      piece,
      Buffer.from('\r\n\r\nGET / HTTP/1.1\r\n\r\n'),
    ]);
    used += reader.read(chunk, 5, 5 + piece.length) - 5;
  }
  return { reader, used };
}

const GOOD = 'GET /a HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n';

test('A head is found however it is cut, and no byte after it is used.', () => {
  for (const text of [GOOD, `\r\n${GOOD}`, 'GET / HTTP/1.0\r\n\r\n']) {
    for (let size = 1; size <= text.length + 6; size++) {
      const { reader, used } = feed(`${text}POST /`, size);
      assert.equal(used, text.length, `pieces of ${size}`);
      assert.equal(reader.fault, null);
      assert.ok(reader.head);
    }
  }
});

// What is refused before the head is complete: bytes, status, word.
const EARLY: readonly (readonly [string, string, number, RegExp])[] = [
  ['TLS hello', '\x16', 400, /TLS/],
  ['a byte no method has', '\x80', 400, /not an HTTP request/],
  ['a space', ' ', 400, /not an HTTP request/],
  ['NUL', '\0', 400, /not an HTTP request/],
  ['LF before the request', '\n', 400, /LF without CR/],
  ['CR before the request', '\rG', 400, /CR without LF/],
  ['two empty lines before the request', '\r\n\r\n', 400, /more than one empty line/],
  ['LF in the request line', 'GET / HTTP/1.1\n', 400, /LF without CR in the request line/],
  ['CR in the request line', 'GET /\rx', 400, /CR without LF in the request line/],
  ['NUL in the request line', 'GET /\0', 400, /NUL/],
  ['HTTP/0.9', 'GET /\r\n', 400, /0\.9/],
  ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n', 400, /HTTP\/2/],
  ['long request line', `GET /${'a'.repeat(96)}`, 414, /too long/],
  ['LF in the headers', 'GET / HTTP/1.1\r\nHost: a\n', 400, /LF without CR in the headers/],
  ['CR in the headers', 'GET / HTTP/1.1\r\nHost: a\rx', 400, /CR without LF in the headers/],
  ['NUL in the headers', 'GET / HTTP/1.1\r\nHost: \0', 400, /NUL/],
  ['long headers', `GET / HTTP/1.1\r\nA: ${'b'.repeat(198)}`, 431, /large/],
  ['many headers', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(5)}A`, 431, /many/],
];

for (const [name, text, status, reason] of EARLY) {
  test(`This is refused without waiting for the end of the head: ${name}.`, () => {
    for (let size = 1; size <= text.length; size++) {
      const { reader } = feed(text, size);
      assert.equal(reader.fault?.status, status, `pieces of ${size}`);
      assert.match(reader.fault?.reason ?? '', reason);
      assert.equal(reader.head, null);
    }
    if (text.length > 1) assert.equal(feed(text.slice(0, -1), 1).reader.fault, null, 'one byte too early');
  });
}

test('A bad head has the same fault whole and in pieces.', () => {
  const bad = [
    'GET / HTTP/1.1\r\n\r\n',
    'get /\n HTTP/1.1\r\nHost: a\r\n\r\n',
    'get / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nno colon\r\nX: \0\r\n\r\n',
    `GET / HTTP/1.1\r\nHost : a\r\n${'A: b\r\n'.repeat(6)}\r\n`,
    `GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(3)}A: ${'b'.repeat(200)}\r\n\r\n`,
  ];
  for (const text of bad) {
    const whole = feed(text, text.length).reader.fault;
    assert.ok(whole, JSON.stringify(text));
    for (let size = 1; size < text.length; size++)
      assert.deepEqual(feed(text, size).reader.fault, whole, `${text} ${size}`);
  }
});

test('A request has started with its first byte, not with the empty line before it.', () => {
  assert.equal(new HeadReader(LIMITS).started, false);
  assert.equal(feed('\r\n', 1).reader.started, false);
  assert.equal(feed('\r\nG', 1).reader.started, true);
  assert.equal(feed('G', 1).reader.started, true);
  const { reader } = feed(GOOD, 100);
  assert.equal(reader.started, true);
  reader.reset();
  assert.equal(reader.started, false);
});

test('On one connection a repeated header text gives the same block, however the heads arrive.', () => {
  const reader = new HeadReader(LIMITS);
  const blocks = new Set();
  for (const [path, pieceBytes] of [
    ['/a', 100],
    ['/a', 100],
    ['/b', 1],
    ['/c', 100],
  ] as const) {
    const bytes = Buffer.from(GOOD.replace('/a', path));
    for (let at = 0; at < bytes.length; at += pieceBytes)
      reader.read(bytes, at, Math.min(bytes.length, at + pieceBytes));
    assert.equal(reader.head?.target.path, path);
    blocks.add(reader.head.block);
    reader.reset();
  }
  assert.equal(blocks.size, 1);
  const other = Buffer.from(GOOD.replace('A: b', 'A: c'));
  reader.read(other, 0, other.length);
  blocks.add(reader.head?.block);
  assert.equal(blocks.size, 2);
});

test('Whatever was read before, and however often, a head means what it means to a new reader.', () => {
  const random = new Random(23);
  const texts = [
    GOOD,
    GOOD.replace('/a', '/b'),
    GOOD.replace('GET', 'PUT'),
    GOOD.replace('A: b', 'A: c'),
    GOOD.replace('1.1', '1.0'),
    GOOD.replace('A: b', 'A:b\t'),
    `\r\n${GOOD}`,
    // Bad ones, as long as the good.
    GOOD.replace('/a', '\0a'),
    GOOD.replace('A: b', 'A b:'),
    GOOD.replace('Host', 'Hosx'),
  ];
  let reader = new HeadReader(LIMITS);
  let text = GOOD;
  for (let step = 0; step < 4000; step += 1) {
    if (!random.chance(60)) text = random.pick(texts);
    // Alone, in pieces, or with more behind it.
    const bytes = Buffer.from(text + random.pick(['', '', '', 'X', GOOD]), 'latin1');
    const pieceBytes = random.chance(80) ? bytes.length : 1 + random.below(40);
    const alone = new HeadReader(LIMITS);
    for (const each of [reader, alone]) {
      for (let at = 0; at < bytes.length && each.head === null && each.fault === null; )
        at = each.read(bytes, at, Math.min(bytes.length, at + pieceBytes));
    }
    assert.deepEqual([reader.head, reader.fault], [alone.head, alone.fault], JSON.stringify(text));
    if (reader.fault !== null) reader = new HeadReader(LIMITS);
    reader.reset();
  }
});

test('Requests that follow each other in one chunk are read one after the other.', () => {
  const reader = new HeadReader(LIMITS);
  const bytes = Buffer.from(GOOD.repeat(3));
  let at = 0;
  let count = 0;
  while (at < bytes.length) {
    at = reader.read(bytes, at, bytes.length);
    assert.ok(reader.head);
    reader.reset();
    count++;
  }
  assert.equal(count, 3);
});
