// Bytes that servers have read in different ways, and the one meaning that they may have.

export interface Meaning {
  readonly method: string;
  /** Decoded. */
  readonly target: string;
  readonly body: string;
}

export interface Case {
  readonly what: string;
  readonly bytes: string;
  /** What the server behind gets of it, in order; nothing: it is refused. */
  readonly means: readonly Meaning[];
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n';
const CHUNKED = '5\r\nhello\r\n0\r\n\r\n';

const post = (body: string, target = '/p/a'): Meaning => ({ method: 'POST', target, body });
const get = (target = '/p/a'): Meaning => ({ method: 'GET', target, body: '' });

/** A POST with these header lines and this text after the head. */
function request(lines: readonly string[], rest: string, line = 'POST /p/a HTTP/1.1'): string {
  return [line, 'Host: site.test', ...lines, '', rest].join('\r\n');
}

function refused(what: string, bytes: string): Case {
  return { what, bytes, means: [] };
}

const TRANSFER_ENCODINGS: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ['an unknown coding', ['Transfer-Encoding: xchunked']],
  ['a coding before chunked', ['Transfer-Encoding: gzip, chunked']],
  ['identity after chunked', ['Transfer-Encoding: chunked, identity']],
  ['chunked twice', ['Transfer-Encoding: chunked, chunked']],
  ['two headers', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ['two headers that differ', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
  ['a tab before the colon', ['Transfer-Encoding\t: chunked']],
  ['a tab before the value', ['Transfer-Encoding:\tchunked']],
  ['a vertical tab', ['Transfer-Encoding: \x0bchunked']],
  ['a form feed', ['Transfer-Encoding: chunked\x0c']],
  ['a NUL', ['Transfer-Encoding: chunked\0']],
  ['quotes', ['Transfer-Encoding: "chunked"']],
  ['a parameter', ['Transfer-Encoding: chunked;a=b']],
  ['a comma in front', ['Transfer-Encoding: ,chunked']],
  ['a folded line', ['Transfer-Encoding:', ' chunked']],
  ['a line that begins with a space', [' Transfer-Encoding: chunked']],
  ['a bare CR', ['X: y\rTransfer-Encoding: chunked']],
  ['a bare LF', ['X: y\nTransfer-Encoding: chunked']],
  ['a length besides', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
  ['a length before it', ['Content-Length: 50', 'Transfer-Encoding: chunked']],
  ['a length besides an unknown coding', ['Content-Length: 5', 'Transfer-Encoding: x']],
  ['an empty value', ['Transfer-Encoding:']],
];

const LENGTHS: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ['two that differ', ['Content-Length: 5', 'Content-Length: 6']],
  ['two that agree', ['Content-Length: 5', 'Content-Length: 5']],
  ['a list', ['Content-Length: 5, 5']],
  ['a sign', ['Content-Length: +5']],
  ['a minus', ['Content-Length: -5']],
  ['a hexadecimal number', ['Content-Length: 0x5']],
  ['a fraction', ['Content-Length: 5.0']],
  ['an exponent', ['Content-Length: 5e0']],
  ['a space inside', ['Content-Length: 5 5']],
  ['a tab behind', ['Content-Length: 5\t']],
  ['a number too large', ['Content-Length: 18446744073709551621']],
  ['leading zeros beyond a number', ['Content-Length: 00000000000000000005']],
  ['an underscore in the number', ['Content-Length: 5_0']],
  ['nothing', ['Content-Length:']],
  ['a space before the colon', ['Content-Length : 5']],
  ['a digit of another script', ['Content-Length: \xb2']],
];

const CHUNKS: readonly (readonly [what: string, rest: string])[] = [
  ['a bare LF after the size', `5\nhello\r\n0\r\n\r\n`],
  ['a bare CR after the size', `5\rhello\r\n0\r\n\r\n`],
  ['a bare LF after the data', `5\r\nhello\n0\r\n\r\n`],
  ['no line end after the data', `5\r\nhello0\r\n\r\n`],
  ['two bytes that are no line end', `5\r\nhelloXX0\r\n\r\n`],
  ['a size with 0x', `0x5\r\nhello\r\n0\r\n\r\n`],
  ['a negative size', `-5\r\nhello\r\n0\r\n\r\n`],
  ['a signed size', `+5\r\nhello\r\n0\r\n\r\n`],
  ['a size of 2^64 and 5', `10000000000000005\r\nhello\r\n0\r\n\r\n`],
  ['a space before the size', ` 5\r\nhello\r\n0\r\n\r\n`],
  ['an underscore in the size', `0_5\r\nhello\r\n0\r\n\r\n`],
  ['an LF in an extension', `5;a\n\r\nhello\r\n0\r\n\r\n`],
  ['a CR in an extension', `5;a\rb\r\nhello\r\n0\r\n\r\n`],
  ['an empty size', `\r\nhello\r\n0\r\n\r\n`],
  ['a bare LF in the trailers', `5\r\nhello\r\n0\r\nX: y\n\r\n`],
  ['a trailer without a colon', `5\r\nhello\r\n0\r\nnonsense\r\n\r\n`],
];

/** Whoever is in front means what follows as a part of the body; nobody may take it for a request. */
const GOOD: readonly Case[] = [
  {
    what: 'a request in a body with a length',
    bytes: request([`Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    means: [post(SMUGGLED)],
  },
  {
    what: 'a request in a chunk',
    bytes: request(
      ['Transfer-Encoding: chunked'],
      `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    ),
    means: [post(SMUGGLED)],
  },
  {
    what: 'the end of a chunked body in a body with a length',
    bytes: request([`Content-Length: ${5 + SMUGGLED.length}`], `0\r\n\r\n${SMUGGLED}`),
    means: [post(`0\r\n\r\n${SMUGGLED}`)],
  },
  {
    what: 'a GET with a body',
    bytes: request([`Content-Length: ${SMUGGLED.length}`], SMUGGLED, 'GET /p/a HTTP/1.1'),
    means: [{ ...get(), body: SMUGGLED }],
  },
  {
    what: 'a DELETE with a chunked body',
    bytes: request(['Transfer-Encoding: chunked'], CHUNKED, 'DELETE /p/a HTTP/1.1'),
    means: [{ method: 'DELETE', target: '/p/a', body: 'hello' }],
  },
  {
    what: 'a length that Connection names',
    bytes: request([`Content-Length: ${SMUGGLED.length}`, 'Connection: Content-Length'], SMUGGLED),
    means: [post(SMUGGLED)],
  },
  {
    what: 'a coding that Connection names',
    bytes: request(['Transfer-Encoding: chunked', 'Connection: Transfer-Encoding'], CHUNKED),
    means: [post('hello')],
  },
  {
    what: 'a host that Connection names',
    bytes: request(['Connection: Host, close'], '', 'GET /p/a HTTP/1.1'),
    means: [get()],
  },
  {
    what: 'headers with underscores',
    bytes: request(['Content-Length: 2', 'Content_Length: 50', 'Transfer_Encoding: chunked'], 'hi'),
    means: [post('hi')],
  },
  {
    what: 'trailers',
    bytes: request(
      ['Transfer-Encoding: chunked', 'Trailer: X-Sum'],
      '5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: evil\r\n\r\n',
    ),
    means: [post('hello')],
  },
  {
    what: 'sizes in capitals, with zeros and extensions',
    bytes: request(['Transfer-Encoding: CHUNKED'], `00B;a=b;c="d e"\r\nhello world\r\n0;last\r\n\r\n`),
    means: [post('hello world')],
  },
  {
    what: 'two requests one after the other',
    bytes: `${request(['Content-Length: 2'], 'hi')}${request([], '', 'GET /p/b?c HTTP/1.1')}`,
    means: [post('hi'), get('/p/b?c')],
  },
  {
    what: 'a chunked one and another behind it',
    bytes: `${request(['Transfer-Encoding: chunked'], CHUNKED)}${request([], '', 'GET /p/b HTTP/1.1')}`,
    means: [post('hello'), get('/p/b')],
  },
  {
    what: 'a path with line ends in percent codes',
    bytes: request([], '', 'GET /p/a%20HTTP/1.1%0D%0AX:%20y HTTP/1.1'),
    means: [get('/p/a HTTP/1.1\r\nX: y')],
  },
  {
    what: 'an upgrade to HTTP/2 without TLS',
    bytes: request(
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
      '',
      'GET /p/a HTTP/1.1',
    ),
    means: [get()],
  },
  {
    what: 'an expectation, and the body at once',
    bytes: request(['Content-Length: 5', 'Expect: 100-continue'], 'hello'),
    means: [post('hello')],
  },
  {
    what: 'HTTP/1.0 with a length and keep-alive',
    bytes: request(['Content-Length: 5', 'Connection: keep-alive'], 'hello', 'POST /p/a HTTP/1.0'),
    means: [post('hello')],
  },
  {
    what: 'the absolute form',
    bytes: request([], '', 'GET http://site.test/p/a HTTP/1.1'),
    means: [get()],
  },
];

export const CORPUS: readonly Case[] = [
  ...TRANSFER_ENCODINGS.map(([what, lines]) =>
    refused(`Transfer-Encoding: ${what}`, request(lines, `${CHUNKED}${SMUGGLED}`)),
  ),
  ...LENGTHS.map(([what, lines]) => refused(`Content-Length: ${what}`, request(lines, `hello${SMUGGLED}`))),
  ...CHUNKS.map(([what, rest]) =>
    refused(`chunks: ${what}`, request(['Transfer-Encoding: chunked'], rest + SMUGGLED)),
  ),
  refused(
    'Transfer-Encoding on HTTP/1.0',
    request(['Transfer-Encoding: chunked'], CHUNKED, 'POST /p/a HTTP/1.0'),
  ),
  refused(
    'trailers that look like framing',
    request(
      ['Transfer-Encoding: chunked', 'Trailer: Content-Length'],
      '5\r\nhello\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n',
    ),
  ),
  refused('two hosts', request(['Host: evil'], '', 'GET /p/a HTTP/1.1')),
  refused('a host with a path', 'GET /p/a HTTP/1.1\r\nHost: site.test/evil\r\n\r\n'),
  refused('a host with a user', 'GET /p/a HTTP/1.1\r\nHost: a@site.test\r\n\r\n'),
  refused('no host', 'GET /p/a HTTP/1.1\r\n\r\n'),
  refused('a target of another host', request([], '', 'GET http://evil/p/a HTTP/1.1')),
  refused('a space in the target', request([], '', 'GET /p/a b HTTP/1.1')),
  refused('a tab between the parts', request([], '', 'GET\t/p/a\tHTTP/1.1')),
  refused('a version of two digits', request([], '', 'GET /p/a HTTP/1.10')),
  refused('a version with a space', request([], '', 'GET /p/a HTTP/ 1.1')),
  refused('an LF alone after the request line', 'GET /p/a HTTP/1.1\nHost: site.test\r\n\r\n'),
  refused('an LF alone at the end of the head', 'GET /p/a HTTP/1.1\r\nHost: site.test\r\n\n'),
  refused('a header without a name', request([': x'], '', 'GET /p/a HTTP/1.1')),
  refused('a header without a colon', request(['nonsense'], '', 'GET /p/a HTTP/1.1')),
  refused('a name with a byte of 8 bits', request(['X\xe9: y'], '', 'GET /p/a HTTP/1.1')),
  refused('another expectation', request(['Content-Length: 5', 'Expect: 200-ok'], 'hello')),
  ...GOOD,
];
