import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, parseRequestHead } from '../../../src/http/request.ts';
import type { RequestHead } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 200, headerBytesMax: 1000, headerCountMax: 10 };

function accept(text: string): RequestHead {
  const head = parseRequestHead(text, null, LIMITS);
  if (isFault(head)) throw new Error(`refused with ${head.status}: ${head.reason}`);
  return head;
}

function get(headers: string, target = '/'): string {
  return `GET ${target} HTTP/1.1\r\nHost: a${headers === '' ? '' : `\r\n${headers}`}`;
}

// What is refused: head, status, a word of the reason.
const REFUSED: readonly (readonly [string, string, number, RegExp])[] = [
  // The request line.
  ['no version', 'GET /', 400, /0\.9/],
  ['only a method', 'GET', 400, /version/],
  ['nothing', '', 400, /version/],
  ['no target', 'GET HTTP/1.1\r\nHost: a', 400, /method target version/],
  ['two spaces', 'GET  / HTTP/1.1\r\nHost: a', 400, /target/],
  ['space before the version', 'GET /  HTTP/1.1\r\nHost: a', 400, /space/],
  ['space at the end', 'GET / HTTP/1.1 \r\nHost: a', 400, /version/],
  ['tabs', 'GET\t/\tHTTP/1.1\r\nHost: a', 400, /version/],
  ['tab before the version', 'GET /\tHTTP/1.1\r\nHost: a', 400, /version|target/],
  ['space in the target', 'GET /a b HTTP/1.1\r\nHost: a', 400, /space/],
  ['version 2.0', 'GET / HTTP/2.0\r\nHost: a', 505, /version/],
  ['version 1.2', 'GET / HTTP/1.2\r\nHost: a', 505, /version/],
  ['version 0.9', 'GET / HTTP/0.9\r\nHost: a', 505, /version/],
  ['version 1.10', 'GET / HTTP/1.10\r\nHost: a', 400, /version/],
  ['version 1', 'GET / HTTP/1\r\nHost: a', 400, /version/],
  ['lower-case version', 'GET / http/1.1\r\nHost: a', 400, /version/],
  ['another protocol', 'GET / FTP/1.1\r\nHost: a', 400, /version/],
  ['HTTP/2 preface', 'PRI * HTTP/2.0', 400, /HTTP\/2 preface/],
  ['PROXY protocol', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2', 400, /PROXY/],
  ['colon in the method', 'G:T / HTTP/1.1\r\nHost: a', 400, /method/],
  ['byte above 127 in the method', 'GET\xdf / HTTP/1.1\r\nHost: a', 400, /method/],
  ['NUL in the method', 'GET\0 / HTTP/1.1\r\nHost: a', 400, /method/],
  ['empty method', ' / HTTP/1.1\r\nHost: a', 400, /method/],
  ['lower-case method', 'get / HTTP/1.1\r\nHost: a', 400, /lower-case/],
  ['long method', `${'M'.repeat(33)} / HTTP/1.1\r\nHost: a`, 400, /too long/],
  ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80', 405, /CONNECT/],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a', 405, /TRACE/],
  ['PRI', 'PRI / HTTP/1.1\r\nHost: a', 405, /PRI/],
  ['long line', `GET /${'a'.repeat(200)} HTTP/1.1\r\nHost: a`, 414, /too long/],
  // The target.
  ['* with GET', get('', '*'), 400, /OPTIONS/],
  ['no slash', get('', 'a'), 400, /neither/],
  ['authority form', get('', 'a:80'), 400, /neither/],
  ['another scheme', get('', 'ftp://a/'), 400, /neither/],
  ['empty host', get('', 'http:///a'), 400, /host in the target/],
  ['user information', get('', 'http://u:p@a/'), 400, /host in the target/],
  ['target and Host differ', get('', 'http://b/'), 400, /another host/],
  ['target and Host differ in port', get('', 'http://a:81/'), 400, /another host/],
  ['bad percent code', get('', '/%'), 400, /percent/],
  ['half a percent code', get('', '/%4'), 400, /percent/],
  ['percent code of other letters', get('', '/%zz'), 400, /percent/],
  ['encoded NUL', get('', '/a%00b'), 400, /percent/],
  ['above the root', get('', '/..'), 400, /above the root/],
  ['above the root, encoded', get('', '/a/%2e%2E/%2e./x'), 400, /above the root/],
  ['above the root over encoded slashes', get('', '/a%2f..%2f..%2fx'), 400, /above the root/],
  ['control byte', get('', '/a\x01'), 400, /control/],
  ['DEL', get('', '/a\x7f'), 400, /control/],
  ['control byte in the query', get('', '/?\x1f'), 400, /control/],
  ['control byte in the fragment', get('', '/#\x1f'), 400, /control/],
  // Header lines.
  ['no colon', get('abc'), 400, /without a colon/],
  ['no name', get(': b'), 400, /without a name/],
  ['space before the colon', get('A : b'), 400, /before the colon/],
  ['tab before the colon', get('A\t: b'), 400, /before the colon/],
  ['space in a name', get('A B: c'), 400, /header name/],
  ['byte above 127 in a name', get('A\xff: c'), 400, /header name/],
  ['NUL in a name', get('A\0: c'), 400, /header name/],
  ['obs-fold', get('A: b\r\n c'), 400, /fold/],
  ['obs-fold with a tab', get('A: b\r\n\tc'), 400, /fold/],
  ['folded first line', 'GET / HTTP/1.1\r\n Host: a', 400, /fold/],
  ['bare LF', get('A: b\nC: d'), 400, /control/],
  ['bare CR', get('A: b\rC: d'), 400, /control/],
  ['NUL in a value', get('A: b\0'), 400, /control/],
  ['vertical tab in a value', get('A: b\x0bc'), 400, /control/],
  ['DEL in a value', get('A: b\x7f'), 400, /control/],
  ['empty line within', get('A: b\r\n\r\nC: d'), 400, /colon/],
  ['empty line at the start', 'GET / HTTP/1.1\r\n\r\nHost: a', 400, /colon|empty/],
  ['empty line at the end', get('A: b\r\n'), 400, /empty/],
  ['too many lines', get('A: b\r\n'.repeat(9) + 'A: b'), 431, /many/],
  ['too many bytes', get(`A: ${'b'.repeat(1000)}`), 431, /large/],
  // Headers that mean something.
  ['no Host', 'GET / HTTP/1.1', 400, /without a Host/],
  ['no Host but another header', 'GET / HTTP/1.1\r\nA: b', 400, /without a Host/],
  ['empty Host', 'GET / HTTP/1.1\r\nHost:', 400, /invalid Host/],
  ['two Hosts', get('Host: a'), 400, /repeated host/],
  ['two Hosts on HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nhost: b', 400, /repeated host/],
  ['Host with a path', 'GET / HTTP/1.1\r\nHost: a/b', 400, /invalid Host/],
  ['Host with a space', 'GET / HTTP/1.1\r\nHost: a b', 400, /invalid Host/],
  ['Host with user information', 'GET / HTTP/1.1\r\nHost: u@a', 400, /invalid Host/],
  ['Host list', 'GET / HTTP/1.1\r\nHost: a, b', 400, /invalid Host/],
  ['Content-Length twice', get('Content-Length: 1\r\nContent-Length: 1'), 400, /repeated content-length/],
  ['Content-Length list', get('Content-Length: 1, 1'), 400, /not a number/],
  ['Content-Length with a sign', get('Content-Length: +1'), 400, /not a number/],
  ['negative Content-Length', get('Content-Length: -0'), 400, /not a number/],
  ['Content-Length with _', get('Content-Length: 0_1'), 400, /not a number/],
  ['hexadecimal Content-Length', get('Content-Length: 0x1'), 400, /not a number/],
  ['empty Content-Length', get('Content-Length: '), 400, /not a number/],
  ['Content-Length with a space', get('Content-Length: 1 1'), 400, /not a number/],
  ['Content-Length of 17 digits', get('Content-Length: 00000000000000001'), 400, /not a number/],
  ['Content-Length of 2^53', get('Content-Length: 9007199254740992'), 400, /out of range/],
  ['Content-Length in other digits', get('Content-Length: \xb2'), 400, /not a number/],
  ['both framings', get('Content-Length: 1\r\nTransfer-Encoding: chunked'), 400, /both/],
  ['both framings, coding unknown', get('Transfer-Encoding: x\r\nContent-Length: 1'), 400, /both/],
  [
    'Transfer-Encoding twice',
    get('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'),
    400,
    /repeated/,
  ],
  ['Transfer-Encoding on HTTP/1.0', 'GET / HTTP/1.0\r\nTransfer-Encoding: chunked', 400, /1\.0/],
  ['identity', get('Transfer-Encoding: identity'), 501, /coding/],
  ['gzip, chunked', get('Transfer-Encoding: gzip, chunked'), 501, /coding/],
  ['chunked, chunked', get('Transfer-Encoding: chunked, chunked'), 501, /coding/],
  ['chunked with a parameter', get('Transfer-Encoding: chunked;a=b'), 501, /coding/],
  ['quoted chunked', get('Transfer-Encoding: "chunked"'), 501, /coding/],
  ['xchunked', get('Transfer-Encoding: xchunked'), 501, /coding/],
  ['chunked after 0xA0', get('Transfer-Encoding: \xa0chunked'), 501, /coding/],
  ['chunked and a tab', get('Transfer-Encoding: chunked\t'), 400, /tab/],
  ['tab before a Content-Length', get('Content-Length:\t1'), 400, /tab/],
  ['empty Transfer-Encoding', get('Transfer-Encoding:'), 501, /coding/],
  ['another expectation', get('Expect: 200-ok'), 417, /expectation/],
  ['two expectations', get('Expect: 100-continue\r\nExpect: 100-continue'), 400, /repeated expect/],
  ['two Authorizations', get('Authorization: a\r\nauthorization: b'), 400, /repeated authorization/],
  ['two Proxy-Authorizations', get('Proxy-Authorization: a\r\nProxy-Authorization: b'), 400, /repeated/],
  ['two Content-Types', get('Content-Type: a/b\r\nContent-Type: a/b'), 400, /repeated content-type/],
  ['two Content-Ranges', get('Content-Range: a\r\nContent-Range: a'), 400, /repeated content-range/],
  ['two If-Modified-Since', get('If-Modified-Since: a\r\nIf-Modified-Since: a'), 400, /repeated if-mod/],
  [
    'two If-Unmodified-Since',
    get('If-Unmodified-Since: a\r\nIf-Unmodified-Since: a'),
    400,
    /repeated if-unm/,
  ],
  ['two If-Range', get('If-Range: a\r\nIf-Range: a'), 400, /repeated if-range/],
];

for (const [name, text, status, reason] of REFUSED) {
  test(`A request head with this is refused with ${status}: ${name}.`, () => {
    const result = parseRequestHead(text, null, LIMITS);
    assert.ok(isFault(result), 'accepted');
    assert.equal(result.status, status, result.reason);
    assert.match(result.reason, reason);
    assert.match(result.reason, /^[\x20-\x7e]+$/);
  });
}

test('The parts of a request line are told apart.', () => {
  const head = accept('REPORT /a/b%20c?x=%zz&y=%00#frag?x HTTP/1.1\r\nHost: a');
  assert.equal(head.method, 'REPORT');
  assert.deepEqual(head.target, {
    form: 'origin',
    raw: '/a/b%20c?x=%zz&y=%00#frag?x',
    path: '/a/b c',
    query: 'x=%zz&y=%00',
    authority: '',
    scheme: '',
  });
});

test('Unknown methods of any token characters but lower-case letters pass.', () => {
  for (const method of ['X', '-BLARGH', 'M-SEARCH', "!#$%&'*+-.^_`|~09", 'M'.repeat(32)]) {
    assert.equal(accept(`${method} / HTTP/1.1\r\nHost: a`).method, method);
  }
});

test('Paths are decoded once, then dot segments are resolved; slashes are kept.', () => {
  const paths: Record<string, string> = {
    '/': '/',
    '/a/./b/../c': '/a/c',
    '/a/..': '/',
    '/a/.': '/a/',
    '/a/b/..': '/a/',
    '/%2e%2e%2f': '',
    '/a/%2e%2e/b': '/b',
    '/a%2F..%2Fb': '/b',
    '//a///b': '//a///b',
    '/a//../b': '/a/b',
    '/...': '/...',
    '/.a/..b': '/.a/..b',
    '/%252e%252e/': '/%2e%2e/',
    '/%C3%A9\xe9': '/\xc3\xa9\xe9',
    '/a%0d%0ab': '/a\r\nb',
    '/a;b=c/"d"|{}': '/a;b=c/"d"|{}',
    '/favicon.ico': '/favicon.ico',
  };
  for (const [raw, path] of Object.entries(paths)) {
    const head = parseRequestHead(get('', raw), null, LIMITS);
    if (path === '') assert.ok(isFault(head), raw);
    else assert.equal(isFault(head) ? head.reason : head.target.path, path, raw);
  }
});

test('An absolute target gives its host, scheme and path.', () => {
  const { target } = accept('GET HTTP://A:80/x/../y?z HTTP/1.1\r\nHost: a');
  assert.deepEqual(
    [target.form, target.authority, target.scheme, target.path, target.query],
    ['absolute', 'A:80', 'http', '/y', 'z'],
  );
  assert.equal(accept('GET https://a:443 HTTP/1.1\r\nHost: a').target.path, '/');
  assert.equal(accept('GET https://a?b HTTP/1.1\r\nHost: a').target.query, 'b');
  assert.equal(accept('GET http://b/ HTTP/1.0').target.authority, 'b');
});

test('OPTIONS * asks for the server itself.', () => {
  assert.deepEqual(accept('OPTIONS * HTTP/1.1\r\nHost: a').target.path, '*');
});

test('Header values are trimmed of spaces and tabs only, and otherwise kept.', () => {
  const { block } = accept(get('A: \t b \t c\t \r\nB:\xa0x\xa0\r\nC:\r\nD: \r\na: "\xe9"'));
  assert.deepEqual(block.fields, [
    'Host',
    'a',
    'A',
    'b \t c',
    'B',
    '\xa0x\xa0',
    'C',
    '',
    'D',
    '',
    'a',
    '"\xe9"',
  ]);
  assert.deepEqual(block.lower, ['host', 'a', 'b', 'c', 'd', 'a']);
});

test('Headers with an underscore are dropped and listed, even when they look like framing.', () => {
  const { block } = accept(
    get('Transfer_Encoding: x\r\nContent-Length: 3\r\nContent_Length: -1E23\r\nX_A: b'),
  );
  assert.deepEqual(block.dropped, ['Transfer_Encoding', 'Content_Length', 'X_A']);
  assert.deepEqual(block.lower, ['host', 'content-length']);
  assert.equal(block.contentLength, 3);
  assert.equal(block.chunked, false);
});

test('The same header text and version give the same block, another version does not.', () => {
  const first = accept('GET /a HTTP/1.1\r\nHost: a\r\nConnection: x');
  first.block.memo = 'kept';
  const again = parseRequestHead('POST /b HTTP/1.1\r\nHost: a\r\nConnection: x', first.block, LIMITS);
  assert.ok(!isFault(again));
  assert.equal(again.block, first.block);
  const older = parseRequestHead('POST /b HTTP/1.0\r\nHost: a\r\nConnection: x', first.block, LIMITS);
  assert.ok(!isFault(older));
  assert.notEqual(older.block, first.block);
  assert.equal(older.block.close, true);
});

test('A recognised block is still held against the host of an absolute target.', () => {
  const first = accept('GET /a HTTP/1.1\r\nHost: a');
  assert.ok(isFault(parseRequestHead('GET http://b/ HTTP/1.1\r\nHost: a', first.block, LIMITS)));
});

test('The limits themselves are allowed.', () => {
  const line = `GET /${'a'.repeat(200 - 14)} HTTP/1.1`;
  assert.equal(line.length, 200);
  accept(`${line}\r\nHost: a`);
  assert.ok(isFault(parseRequestHead(`${line.replace('/', '/a')}\r\nHost: a`, null, LIMITS)));
  const headers = `Host: a\r\nA: ${'b'.repeat(1000 - 12)}`;
  assert.equal(headers.length, 1000);
  accept(`GET / HTTP/1.1\r\n${headers}`);
  assert.ok(isFault(parseRequestHead(`GET / HTTP/1.1\r\n${headers}b`, null, LIMITS)));
  accept(get(`${'A: b\r\n'.repeat(8)}A: b`));
});
