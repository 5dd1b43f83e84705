import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Http2Head, Http2HeadReader, readHttp2Head } from '../../../src/http/http2-head.ts';
import { type HeaderBlock, isFault } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 8190, headerBytesMax: 1000, headerCountMax: 5 };

function list(fields: readonly string[], changed: Readonly<Record<string, string | null>> = {}): string[] {
  const pseudo: Record<string, string | null> = {
    ':method': 'GET',
    ':scheme': 'https',
    ':authority': 'example.test',
    ':path': '/a%20b?c=d',
    ...changed,
  };
  return [
    ...Object.entries(pseudo).flatMap(([name, value]) => (value === null ? [] : [name, value])),
    ...fields,
  ];
}

function good(fields: readonly string[], hasBody = false, previous: HeaderBlock | null = null): Http2Head {
  const read = readHttp2Head(fields, hasBody, previous, LIMITS);
  assert.ok(!isFault(read), isFault(read) ? read.reason : '');
  return read;
}

test('a request of HTTP/2 is what the same request of HTTP/1.1 is', () => {
  const { head, protocol } = good(list(['user-agent', 'x', 'accept', '*/*']));
  assert.equal(protocol, '');
  assert.equal(head.method, 'GET');
  assert.deepEqual(
    { path: head.target.path, query: head.target.query, raw: head.target.raw },
    { path: '/a b', query: 'c=d', raw: '/a%20b?c=d' },
  );
  const { block } = head;
  assert.equal(block.host, 'example.test');
  assert.deepEqual(block.fields, ['Host', 'example.test', 'user-agent', 'x', 'accept', '*/*']);
  assert.deepEqual([block.minor, block.close, block.chunked, block.contentLength], [1, false, false, -1]);
});

test('a body without a length counts as chunked, and nobody sees a header of it', () => {
  const { block } = good(list(['x-a', '1'], { ':method': 'POST' }), true).head;
  assert.ok(block.chunked);
  assert.deepEqual(block.fields, ['Host', 'example.test', 'x-a', '1']);
  assert.deepEqual(block.lower, ['host', 'x-a']);
  const known = good(list(['content-length', '3'], { ':method': 'POST' }), true).head.block;
  assert.deepEqual([known.chunked, known.contentLength], [false, 3]);
});

test('crumbs of a cookie are one header again', () => {
  const { block } = good(list(['cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2'])).head;
  assert.deepEqual(block.fields, ['Host', 'example.test', 'x-a', '1', 'cookie', 'a=1; b=2']);
});

test('headers that come again are the block of before', () => {
  const first = good(list(['x-a', '1'])).head.block;
  assert.equal(good(list(['x-a', '1'], { ':path': '/other' }), false, first).head.block, first);
  assert.notEqual(good(list(['x-a', '2']), false, first).head.block, first);
  assert.notEqual(good(list(['x-a', '1'], { ':authority': 'b.test' }), false, first).head.block, first);
});

test('without :authority the host header counts, and both may say the same', () => {
  assert.equal(good(list(['host', 'h.test'], { ':authority': null })).head.block.host, 'h.test');
  assert.equal(good(list(['host', 'Example.test:443'])).head.block.host, 'example.test');
});

test('an extended CONNECT is the GET of a handshake', () => {
  const { head, protocol } = good(
    list(['sec-websocket-version', '13'], { ':method': 'CONNECT', ':protocol': 'websocket' }),
    true,
  );
  assert.deepEqual([head.method, protocol, head.block.chunked], ['GET', 'websocket', false]);
});

const REFUSED: readonly (readonly [
  what: string,
  fields: readonly string[],
  status: number,
  reason: RegExp,
])[] = [
  ['a line end in a value', list(['x-a', '1\r\nhost: evil']), 400, /control byte/],
  ['a line end in :path', list([], { ':path': '/ HTTP/1.1\r\nX: y' }), 400, /control byte/],
  ['a line end in :authority', list([], { ':authority': 'a\r\nX: y' }), 400, /control byte/],
  ['a NUL in a value', list(['x-a', 'a\0']), 400, /control byte/],
  ['a colon in a name', list(['x:a', '1']), 400, /header name/],
  ['a space in a name', list(['x a', '1']), 400, /header name/],
  ['an empty name', list(['', '1']), 400, /header name/],
  ['an upper-case letter in a name', list(['X-A', '1']), 400, /upper-case/],
  ['Connection', list(['connection', 'close']), 400, /connection is no header/],
  ['Transfer-Encoding', list(['transfer-encoding', 'chunked']), 400, /transfer-encoding is no header/],
  ['Upgrade', list(['upgrade', 'websocket']), 400, /upgrade is no header/],
  ['TE', list(['te', 'gzip']), 400, /TE other/],
  ['two hosts', list(['host', 'other.test']), 400, /another host/],
  ['a host twice', list(['host', 'example.test', 'host', 'example.test']), 400, /repeated host/],
  ['no host at all', list([], { ':authority': null }), 400, /without a Host/],
  ['a host that is none', list([], { ':authority': 'a/b' }), 400, /invalid Host/],
  [
    'Content-Length twice',
    list(['content-length', '1', 'content-length', '1']),
    400,
    /repeated content-length/,
  ],
  ['a pseudo-header twice', list([':path', '/']), 400, /repeated pseudo/],
  ['an unknown pseudo-header', list([], { ':status': '200' }), 400, /unknown pseudo/],
  ['another scheme', list([], { ':scheme': 'ftp' }), 400, /:scheme/],
  ['a URL as path', list([], { ':path': 'http://a/' }), 400, /:path/],
  ['no path', list([], { ':path': null }), 400, /:path/],
  ['a path above the root', list([], { ':path': '/../a' }), 400, /above the root/],
  ['a method in lower case', list([], { ':method': 'get' }), 400, /lower-case/],
  ['a method that is no token', list([], { ':method': 'GET /x' }), 400, /method/],
  ['TRACE', list([], { ':method': 'TRACE' }), 405, /TRACE/],
  ['CONNECT', list([], { ':method': 'CONNECT' }), 405, /CONNECT/],
  ['a protocol without CONNECT', list([], { ':protocol': 'websocket' }), 400, /:protocol/],
  ['a long path', list([], { ':path': `/${'x'.repeat(8190)}` }), 414, /too long/],
  ['large headers', list(['x-a', 'x'.repeat(980)]), 431, /too large/],
  ['many headers', list(Array.from({ length: 7 }, () => ['x-a', '1']).flat()), 431, /too many/],
];

for (const [what, fields, status, reason] of REFUSED) {
  test(`${what} is refused with ${status}`, () => {
    const read = readHttp2Head(fields, false, null, LIMITS);
    assert.ok(isFault(read));
    assert.equal(read.status, status);
    assert.match(read.reason, reason);
  });
}

test('a list that differs in its path only is read as one that was never seen', () => {
  const reader = new Http2HeadReader(LIMITS);
  const lists = [
    list(['x-a', '1']),
    list(['x-a', '1'], { ':path': '/other?d=e' }),
    list(['x-a', '1'], { ':path': '/%zz' }),
    list(['x-a', '1'], { ':path': '/a b' }),
    list(['x-a', '1'], { ':path': '/a\r\nb' }),
    list(['x-a', '1'], { ':path': `/${'x'.repeat(8190)}` }),
    list(['x-a', '1'], { ':path': '/../x' }),
    list(['x-a', '1'], { ':path': 'x' }),
    list(['x-a', '1'], { ':path': '' }),
    list(['x-a', '2'], { ':path': '/other' }),
    list(['x-a', '2'], { ':method': 'HEAD' }),
    list(['x-b', '2'], { ':method': 'HEAD' }),
    list(['x-b', '2'], { ':authority': 'b.test' }),
    list(['content-length', '3'], { ':method': 'POST' }),
    list([], { ':method': 'POST' }),
  ];
  for (const hasBody of [false, true, false])
    for (const fields of lists)
      assert.deepEqual(reader.read(fields, hasBody), readHttp2Head(fields, hasBody, null, LIMITS));
});

test('what a list has in common with the one before is the very same', () => {
  const reader = new Http2HeadReader(LIMITS);
  const read = (path: string): Http2Head => {
    const result = reader.read(list(['x-a', '1'], { ':path': path }), false);
    assert.ok(!isFault(result));
    return result;
  };
  assert.equal(read('/a').head.block, read('/b').head.block);
});
