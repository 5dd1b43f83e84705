import type { Random } from './random.ts';

const METHODS = [
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'FOO',
  'get',
  'CONNECT',
  'M-SEARCH',
];
const TARGETS = [
  '/',
  '/a',
  '/a/../b?c=d',
  '*',
  'http://h/',
  'http://h:80/x',
  '/%41%2e',
  '/%zz',
  '//x',
  '/\xe9',
  '/a#b',
  '/..',
  'h:80',
  '/"x"',
];
const VERSIONS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.1 ',
];
const HEADERS = [
  ...[
    'Accept: */*',
    'X-A: b',
    'X-A:b',
    'X-A:\tb\t',
    'X_A: b',
    'Cookie: a=b; c="d"',
    'X-A: \xe9',
    'X-A:',
    'A: b\r\n c',
    'A : b',
  ],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: upgrade',
    'Upgrade: websocket',
    'Connection: Content-Length',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: x',
    'TE: trailers',
    'Trailer: X-Sum',
    'Proxy-Connection: close',
    'Keep-Alive: 5',
    ': x',
  ],
  ...[
    'Host: h',
    'Host: h:80',
    'Host: i',
    'Host: h/x',
    'Host:',
    'Authorization: a',
    'Content-Type: a/b',
    'If-Match: "a"',
    'A: b\x0bc',
  ],
  ...['A: b\0', 'A: b\x7f', 'A\x0b: b', 'A: b\nB: c', 'A: b\rB: c', 'no colon', '\tfold'],
];
const FRAMINGS = [
  ...[
    'Content-Length: #',
    'Content-Length: #',
    'content-length:#',
    'Content-Length: # ',
    'Content-Length: +#',
    'Content-Length: #, #',
  ],
  ...[
    'Content-Length: 0#',
    'Content-Length: 0x#',
    'Content-Length: #\r\nContent-Length: #',
    'Content-Length: #_0',
    'Content-Length : #',
  ],
  ...[
    'Content-Length: #\x0b',
    'Content-Length: \t#',
    'Content-Length: -#',
    'Content-Length: 99999999999999999999',
    'Content_Length: #',
  ],
  ...[
    'Content-Length: # #',
    'Content-Length:\r\n #',
    'Content-Length: #\r\nContent-Length: 9',
    'Content-Length:',
  ],
];
const CHUNKINGS = [
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked',
    'transfer-encoding:CHUNKED',
  ],
  ...[
    'Transfer-Encoding: identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
  ],
  ...[
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: xchunked',
  ],
  ...[
    'Transfer-Encoding:\x0bchunked',
    'Transfer-Encoding: chunked ',
    'Transfer-Encoding: \tchunked',
    'Transfer-Encoding: "chunked"',
  ],
  ...[
    'Transfer_Encoding: chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: chunked;a=b',
    'Transfer-Encoding:',
  ],
  ...[
    'X: y\nTransfer-Encoding: chunked',
    'X: y\rTransfer-Encoding: chunked',
    'Transfer-Encoding\0: chunked',
    'TRANSFER-ENCODING: Chunked',
  ],
];
const BODIES = [
  '',
  'a',
  'hello',
  '0\r\n\r\n',
  'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n',
  '\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
];
const EXTENSIONS = [
  '',
  '',
  '',
  '',
  ';a',
  ';a=b',
  '; a',
  ';a="b"',
  ';a="\\""',
  ';a ',
  ' ',
  '\t',
  ' ;a',
  ';',
  ';a=',
  ';a =b',
  ';\x01',
  ';a\n',
  ';a="\n"',
];
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '', '\r\n\r\n', '\r\r\n'];
const TRAILERS = [
  '',
  '',
  '',
  'X-Sum: 1\r\n',
  'Content-Length: 5\r\n',
  'X : y\r\n',
  'X: y\r\n z\r\n',
  'GET /t HTTP/1.1\r\n',
  'X: y\n',
];
const SPICE = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '5',
  '\x0b',
  '\x0c',
  '\x7f',
  '\x80',
  '\xff',
  '_',
  '-',
  '+',
  '"',
  '#',
  '%',
  '/',
  'x',
];

/** Bytes (as latin-1 text) of one connection: one to three requests, some well formed, some nearly, some torn apart. */
export function generateConnection(random: Random): string {
  let text = random.chance(5) ? random.pick(['\r\n', '\n', '\r\n\r\n', ' ', '\r']) : '';
  const count = 1 + random.below(3);
  // Most connections have few faults, so that what follows the first fault is reached too.
  const wildness = random.pick([0, 0, 3, 10, 40]);
  for (let i = 0; i < count; i++) text += generateRequest(random, wildness);
  const mutations = random.chance(40) ? 1 + random.below(3) : 0;
  for (let i = 0; i < mutations; i++) text = mutate(random, text);
  return text;
}

function generateRequest(random: Random, wildness: number): string {
  const wild = (): boolean => random.chance(wildness);
  const method = wild() ? random.pick(METHODS) : random.pick(METHODS.slice(0, 8));
  const target = wild() ? random.pick(TARGETS) : random.pick(['/', '/a', '/b?c']);
  const version = wild() ? random.pick(VERSIONS) : random.chance(90) ? 'HTTP/1.1' : 'HTTP/1.0';
  const lines = [`${method} ${target} ${version}`];
  if (!wild()) lines.push('Host: h');
  for (let i = random.below(3); i > 0; i--)
    lines.push(wild() ? random.pick(HEADERS) : random.pick(HEADERS.slice(0, 7)));
  let body = '';
  const kind = random.below(10);
  if (kind < 4) {
    const content = random.pick(BODIES);
    const length = wild() ? random.below(60) : content.length;
    lines.push((wild() ? random.pick(FRAMINGS) : 'Content-Length: #').replaceAll('#', String(length)));
    body = content;
  } else if (kind < 8) {
    lines.push(wild() ? random.pick(CHUNKINGS) : 'Transfer-Encoding: chunked');
    body = generateChunks(random, wild);
  }
  if (wild()) lines.push(random.pick([...FRAMINGS, ...CHUNKINGS]).replaceAll('#', String(body.length)));
  const ends = lines.map((line) => line + (random.chance(wildness / 5) ? random.pick(ENDS) : '\r\n'));
  return `${ends.join('')}${random.chance(wildness / 5) ? random.pick(ENDS) : '\r\n'}${body}`;
}

function generateChunks(random: Random, wild: () => boolean): string {
  let text = '';
  for (let i = random.below(3); i > 0; i--) {
    const content = random.pick(BODIES.slice(1));
    const size = wild() ? random.below(20) : content.length;
    let hex = size.toString(16);
    if (random.chance(20)) hex = hex.toUpperCase().padStart(random.below(5), '0');
    if (wild())
      hex = random.pick([
        `0x${hex}`,
        `+${hex}`,
        ` ${hex}`,
        `${hex}_0`,
        `00000000000000000${hex}`,
        'fffffffffffffffff',
        '',
      ]);
    text += `${hex}${wild() ? random.pick(EXTENSIONS) : ''}${wild() ? random.pick(ENDS) : '\r\n'}`;
    text += `${content}${wild() ? random.pick(ENDS) : '\r\n'}`;
  }
  const end = `0${wild() ? random.pick(EXTENSIONS) : ''}\r\n${wild() ? random.pick(TRAILERS) : ''}`;
  return `${text}${end}${wild() ? random.pick(ENDS) : '\r\n'}`;
}

function mutate(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const span = 1 + random.below(4);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + random.pick(SPICE) + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + span);
    case 2:
      return text.slice(0, at) + random.pick(SPICE) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + text.slice(at, at + span * 8) + text.slice(at);
    case 4:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    default:
      return text.slice(0, at);
  }
}
