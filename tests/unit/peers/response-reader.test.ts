import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerHead } from '../../../src/peers/peer-head.ts';
import { type ResponseEvents, ResponseReader } from '../../../src/peers/response-reader.ts';

/** Writes down what it is told. */
class Told implements ResponseEvents {
  lines: string[] = [];
  interim({ head }: PeerHead): void {
    this.lines.push(`interim ${head.status}`);
  }
  response({ head }: PeerHead): void {
    this.lines.push(`response ${head.status}`);
  }
  data(chunk: Buffer, start: number, end: number): void {
    const last = this.lines.at(-1) ?? '';
    const text = chunk.toString('latin1', start, end);
    if (last.startsWith('data ')) this.lines[this.lines.length - 1] = last + text;
    else this.lines.push(`data ${text}`);
  }
  complete(trailers: readonly string[] | null): void {
    this.lines.push(trailers === null ? 'complete' : `complete ${trailers.join('=')}`);
  }
  switched({ head }: PeerHead): void {
    this.lines.push(`switched ${head.status}`);
  }
}

function read(
  text: string,
  { isHead = false, upgrade = false, step = text.length, max = 1000 } = {},
): { told: string[]; fault: string; rest: string; ended: boolean } {
  const told = new Told();
  const reader = new ResponseReader(told, max);
  reader.begin(isHead, upgrade);
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  while (at < bytes.length && reader.fault === '') {
    const end = Math.min(bytes.length, at + step);
    const next = reader.read(bytes, at, end);
    if (next < end) {
      at = next;
      break;
    }
    at = end;
  }
  return { told: told.lines, fault: reader.fault, rest: text.slice(at), ended: reader.end() };
}

const GOOD: readonly [name: string, text: string, told: string[], rest?: string, options?: object][] = [
  [
    'a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    ['response 200', 'data hello', 'complete'],
  ],
  ['nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ['response 200', 'complete']],
  [
    'chunks and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n',
    ['response 200', 'data abcde', 'complete X-Sum=5'],
  ],
  ['no reason', 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', ['response 404', 'complete']],
  ['204 with what follows it', 'HTTP/1.1 204 No Content\r\n\r\nHTTP', ['response 204', 'complete'], 'HTTP'],
  [
    '304 with the length of what is not sent',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    ['response 304', 'complete'],
  ],
  [
    'an answer to HEAD',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    ['response 200', 'complete'],
    '',
    { isHead: true },
  ],
  [
    'hints before the answer, and the 100 that is not for the client',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    ['interim 103', 'response 200', 'data x', 'complete'],
  ],
  [
    'bytes after the end',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n',
    ['response 200', 'data x', 'complete'],
    'HTTP/1.1 200 OK\r\n',
  ],
  [
    'another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes',
    ['switched 101'],
    'bytes',
    { upgrade: true },
  ],
];

for (const [name, text, told, rest = '', options = {}] of GOOD) {
  test(`a response is read the same however its bytes are cut: ${name}`, () => {
    for (const step of [text.length, 1, 2, 3, 7]) {
      const found = read(text, { ...options, step });
      assert.deepEqual([found.fault, found.told, found.rest], ['', told, rest], `in steps of ${step}`);
    }
  });
}

test('a body without a length ends with the connection, and any other does not', () => {
  const open = read('HTTP/1.1 200 OK\r\n\r\nabc');
  assert.deepEqual([open.told, open.ended], [['response 200', 'data abc', 'complete'], true]);
  const cut = read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc');
  assert.equal(cut.ended, false);
});

const HEAD = 'HTTP/1.1 200 OK\r\n';
const BAD: readonly [fault: RegExp, text: string][] = [
  [/both/, `${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`],
  [/more than one Content-Length/, `${HEAD}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
  [/not a number/, `${HEAD}Content-Length: 3, 3\r\n\r\nabc`],
  [/not a number/, `${HEAD}Content-Length: +3\r\n\r\nabc`],
  [/not a number/, `${HEAD}Content-Length: 0x3\r\n\r\nabc`],
  [/not a number/, `${HEAD}Content-Length: \r\n\r\nabc`],
  [/not a number/, `${HEAD}Content-Length: 99999999999999999\r\n\r\nabc`],
  [/other than chunked/, `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  [/other than chunked/, `${HEAD}Transfer-Encoding: xchunked\r\n\r\n`],
  [/more than one Transfer/, `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
  [/HTTP\/1\.0/, 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  [/version/, 'HTTP/2.0 200 OK\r\n\r\n'],
  [/not an HTTP/, 'ICY 200 OK\r\n\r\n'],
  [/not an HTTP/, 'SSH-2.0-OpenSSH\r\n'],
  [/status line/, 'HTTP/1.1 20 OK\r\n\r\n'],
  [/status line/, 'HTTP/1.1 0200 OK\r\n\r\n'],
  [/status line/, 'HTTP/1.1 200\tOK\r\n\r\n'],
  [/status line|version/, 'HTTP/1.1  200 OK\r\n\r\n'],
  [/by itself/, 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  [/folded|by itself/, `${HEAD}X: a\r\n b\r\n\r\n`],
  [/space before the colon/, `${HEAD}Content-Length : 3\r\n\r\nabc`],
  [/without a colon/, `${HEAD}nonsense\r\n\r\n`],
  [/control byte|by itself/, `${HEAD}X: a\0b\r\n\r\n`],
  [/control byte|by itself/, `${HEAD}X: a\rb\r\n\r\n`],
  [/chunk size/, `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
  [/chunk size/, `${HEAD}Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n`],
  [/chunk data/, `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n`],
  [/trailers/, `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n`],
  [/nobody had asked/, 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  [/interim/, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(33)],
];

for (const [fault, text] of BAD) {
  test(`a response that could be read in two ways is none: ${JSON.stringify(text.slice(0, 70))}`, () => {
    for (const step of [text.length, 1, 3]) {
      const found = read(text, { step });
      assert.match(found.fault, fault, `in steps of ${step}`);
      assert.ok(!found.told.includes('complete'));
    }
  });
}

test('a head above the limit is refused by name, at once', () => {
  const text = `${HEAD}X: ${'a'.repeat(2000)}`;
  for (const step of [text.length, 1]) assert.match(read(text, { step }).fault, /response_header_bytes_max/);
  const whole = `${HEAD}X: ${'a'.repeat(2000)}\r\n\r\n`;
  assert.match(read(whole).fault, /response_header_bytes_max/);
});

test('a head that comes again is the same object, so that what was made of it is kept', () => {
  const seen: PeerHead[] = [];
  const told = new Told();
  told.response = (head) => void seen.push(head);
  const reader = new ResponseReader(told, 1000);
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  for (let i = 0; i < 2; i++) {
    reader.begin(false, false);
    reader.read(bytes, 0, bytes.length);
  }
  assert.equal(seen.length, 2);
  assert.equal(seen[0], seen[1]);
});
