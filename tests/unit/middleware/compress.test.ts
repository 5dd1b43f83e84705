import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import type { Exchange, ResponseHead, ResponseSink } from '../../../src/http/exchange.ts';
import { compress, type CompressOptions } from '../../../src/middleware/compress.ts';
import { OFFERED_CODINGS } from '../../../src/middleware/compressor.ts';
import { FakeExchange } from '../handlers/fake-exchange.ts';
import { ByteSink } from './byte-sink.ts';

const TEXT = 'All happy families are alike; each unhappy family is unhappy in its own way. '.repeat(40);
const LONG = Array.from({ length: 40_000 }, (_, i) => `line ${i * i}\n`).join('');
const OPTIONS: CompressOptions = { mode: 'safe', bytesMin: 1024, offered: ['br', 'gzip'] };

function head(fields: readonly string[] = [], status = 200): ResponseHead {
  return { status, reason: 'R', fields: ['Content-Type', 'text/html', ...fields], memo: null };
}

function request(
  lines: readonly string[] = ['Accept-Encoding: gzip'],
  start = 'GET / HTTP/1.1',
): FakeExchange {
  return new FakeExchange([start, 'Host: a', ...lines].join('\r\n'));
}

interface Opened {
  readonly exchange: FakeExchange;
  readonly inner: ByteSink;
  readonly sink: ResponseSink;
  readonly write: (text: string) => void;
}

/** The sink that a handler behind the middleware gets. */
function open(
  exchange: FakeExchange,
  options: Partial<CompressOptions> = {},
  inner = new ByteSink(),
): Opened {
  let sink: ResponseSink = inner;
  compress({ ...OPTIONS, ...options })((_, given) => {
    sink = given;
  })(exchange, inner);
  const write = (text: string): void => {
    const chunk = Buffer.from(`<${text}>`);
    sink.write(chunk, 1, chunk.length - 1);
    // Valid only during the call.
    chunk.fill('#');
  };
  return { exchange, inner, sink, write };
}

/** Gives a whole body at once, as most applications do. */
function answer(
  exchange: FakeExchange,
  given: ResponseHead,
  text = TEXT,
  options: Partial<CompressOptions> = {},
): ByteSink {
  const { inner, sink, write } = open(exchange, options);
  sink.start(given, text.length);
  write(text);
  sink.end(null);
  return inner;
}

test('a small whole body is compressed in one go, with its new length', () => {
  for (const coding of OFFERED_CODINGS) {
    const inner = answer(
      request([`Accept-Encoding: ${coding}`]),
      head(['Content-Length', String(TEXT.length)]),
      TEXT,
      { offered: OFFERED_CODINGS },
    );
    assert.equal(inner.ended, null);
    assert.equal(inner.field('content-encoding'), coding);
    assert.equal(inner.field('content-length'), '');
    assert.equal(inner.field('vary'), 'Accept-Encoding');
    assert.equal(inner.wholeBytes, inner.bytes.length);
    assert.ok(inner.bytes.length < 300);
    assert.equal(inner.decoded(), TEXT);
  }
});

test('the client chooses the coding, and we among what it likes equally', () => {
  const codingFor = (value: string): string =>
    answer(request([`Accept-Encoding: ${value}`]), head()).field('content-encoding');
  assert.equal(codingFor('gzip, deflate, br, zstd'), 'br');
  assert.equal(codingFor('br;q=0.5, gzip'), 'gzip');
  assert.equal(codingFor('deflate'), '');
  assert.equal(codingFor('gzip;q=0'), '');
  assert.equal(
    answer(request(['Accept-Encoding: br;q=0', 'Accept-Encoding: gzip']), head()).field('content-encoding'),
    'gzip',
  );
});

const LEFT_ALONE: readonly (readonly [string, ResponseHead])[] = [
  ['a picture', { ...head(), fields: ['Content-Type', 'image/png'] }],
  ['no type', { ...head(), fields: [] }],
  ['events', { ...head(), fields: ['Content-Type', 'text/event-stream'] }],
  ['a coding', head(['content-encoding', 'br'])],
  ['the coding that is none', head(['Content-Encoding', 'identity'])],
  ['no-transform', head(['Cache-Control', 'private, No-Transform'])],
  ['no-transform on a second line', head(['Cache-Control', 'private', 'Cache-Control', 'no-transform'])],
  ['a part', head(['Content-Range', 'bytes 0-9/20'])],
  ['a checksum of these bytes', head(['Content-Digest', 'sha-256=:x:'])],
  ['204', head([], 204)],
  ['205', head([], 205)],
  ['206', head([], 206)],
  ['304', head([], 304)],
  ['a length that is none', head(['Content-Length', 'x'])],
  ['two lengths', head(['Content-Length', '3080', 'Content-Length', '3080'])],
];

test('what must not or need not be compressed passes untouched', () => {
  for (const [what, given] of LEFT_ALONE) {
    const inner = answer(request(), given);
    assert.equal(inner.head, given, what);
    assert.equal(inner.wholeBytes, TEXT.length, what);
    assert.equal(inner.bytes.toString(), TEXT, what);
    assert.equal(inner.ended, null);
  }
});

test('what could have been compressed says so, and is otherwise untouched', () => {
  const given = head(['Content-Length', String(TEXT.length), 'ETag', '"x"', 'Accept-Ranges', 'bytes']);
  const requests = [
    request([]),
    request(['Accept-Encoding: identity']),
    request(['Accept-Encoding: gzip', 'Cookie: a=b']),
    request(['Accept-Encoding: gzip', 'Authorization: Basic eDp5']),
    request(['Accept-Encoding: gzip'], 'GET / HTTP/1.0'),
  ];
  for (const exchange of requests) {
    const inner = answer(exchange, given);
    assert.deepEqual(inner.head?.fields, [...given.fields, 'Vary', 'Accept-Encoding']);
    assert.equal(inner.bytes.toString(), TEXT);
    assert.equal(inner.wholeBytes, TEXT.length);
  }
  const small = answer(request(), head(), 'x'.repeat(1023));
  assert.equal(small.field('vary'), 'Accept-Encoding');
  assert.equal(small.decoded().length, 1023);
  assert.equal(answer(request(), head(), 'x'.repeat(1024)).field('content-encoding'), 'gzip');
});

test('an empty body is never compressed, whatever the least length', () => {
  const inner = answer(request(), head(['Content-Length', '0']), '', { bytesMin: 0 });
  assert.equal(inner.field('content-encoding'), '');
  assert.equal(inner.field('content-length'), '0');
});

test('a strong entity tag becomes weak, a weak one stays, ranges are not offered', () => {
  assert.equal(answer(request(), head(['ETag', '"x"'])).field('etag'), 'W/"x"');
  assert.equal(answer(request(), head(['etag', 'W/"x"'])).field('etag'), 'W/"x"');
  assert.equal(answer(request(), head(['Accept-Ranges', 'bytes'])).field('accept-ranges'), '');
});

test('Vary is merged with what it says already', () => {
  const varyOf = (...fields: string[]): string => answer(request(), head(fields)).field('vary');
  assert.equal(varyOf('Vary', 'Cookie'), 'Cookie, Accept-Encoding');
  assert.equal(varyOf('vary', 'Cookie', 'Vary', 'accept-ENCODING,x'), 'Cookie + accept-ENCODING,x');
  assert.equal(varyOf('Vary', 'Cookie', 'Vary', 'Origin'), 'Cookie, Accept-Encoding + Origin');
  assert.equal(varyOf('Vary', '*'), '*');
  assert.equal(varyOf('Vary', ''), 'Accept-Encoding');
});

test('a 304 speaks of the weak entity tag when the client has that', () => {
  const given = head(['ETag', '"x"', 'Vary', 'Cookie'], 304);
  const weak = answer(request(['If-None-Match: "y", W/"x"']), given, '');
  assert.equal(weak.field('etag'), 'W/"x"');
  assert.equal(weak.field('vary'), 'Cookie, Accept-Encoding');
  assert.equal(answer(request(['If-None-Match: "x"']), given, '').head, given);
  assert.equal(answer(request([]), given, '').head, given);
  const own = head(['ETag', 'W/"x"'], 304);
  assert.equal(answer(request(['If-None-Match: W/"x"']), own, '').head, own);
});

test('HEAD gets the head of GET without the length', () => {
  const lines = ['Accept-Encoding: gzip'];
  const given = head(['Content-Length', String(TEXT.length), 'ETag', '"x"']);
  const inner = answer(request(lines, 'HEAD / HTTP/1.1'), given, '');
  assert.deepEqual(inner.head?.fields, answer(request(lines), given).head?.fields);
  assert.equal(inner.wholeBytes, -1);
  assert.equal(inner.ended, null);
  assert.equal(inner.bytes.length, 0);
  const withBody = answer(request(lines, 'HEAD / HTTP/1.1'), given);
  assert.equal(withBody.bytes.length, 0);
  assert.equal(withBody.ended, null);
  const small = head(['Content-Length', '10']);
  assert.equal(answer(request(lines, 'HEAD / HTTP/1.1'), small, '').field('content-length'), '10');
});

test('heads that come again keep what is remembered about them', () => {
  const given = head();
  const { inner: first, sink, write } = open(request());
  const middleware = compress(OPTIONS);
  const heads = [1, 2].map(() => {
    const inner = new ByteSink();
    middleware((_, out) => out.start(given, -1))(request(), inner);
    return inner.head;
  });
  assert.equal(heads[0], heads[1]);
  sink.start(given, TEXT.length);
  write(TEXT);
  assert.notEqual(first.head, given);
});

test('WebSocket handshakes do not come near it', () => {
  const websocket = { key: 'k' } as unknown as NonNullable<Exchange['websocket']>;
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip', { websocket });
  const { inner, sink } = open(exchange);
  assert.equal(sink, inner);
});

test('with credentials, mode on gives gzip of a length that varies, and nothing else', () => {
  for (const line of ['Cookie: a=b', 'Authorization: Bearer x']) {
    const lengths = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const inner = answer(request(['Accept-Encoding: br, gzip', line]), head(), TEXT, { mode: 'on' });
      assert.equal(inner.field('content-encoding'), 'gzip');
      assert.equal(inner.wholeBytes, inner.bytes.length);
      assert.equal(zlib.gunzipSync(inner.bytes).toString(), TEXT);
      lengths.add(inner.bytes.length);
    }
    assert.ok(lengths.size > 20);
    assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 100);
    assert.equal(
      answer(request(['Accept-Encoding: br', line]), head(), TEXT, { mode: 'on' }).field('content-encoding'),
      '',
    );
  }
  const free = answer(request(['Accept-Encoding: br, gzip']), head(), TEXT, { mode: 'on' });
  assert.equal(free.field('content-encoding'), 'br');
});

test('a small body in pieces of the same turn is one body', () => {
  const { inner, sink, write } = open(request());
  sink.start(head(['Content-Length', String(TEXT.length)]), -1);
  assert.equal(sink.started, true);
  write(TEXT.slice(0, 1000));
  assert.equal(sink.pending, 0);
  write(TEXT.slice(1000));
  sink.end(null);
  assert.equal(inner.wholeBytes, inner.bytes.length);
  assert.equal(inner.decoded(), TEXT);
});

test('a body that is not as long as its Content-Length is found out', () => {
  const faults: string[] = [];
  const appFault = (_: Exchange, message: string): void => void faults.push(message);
  const short = open(request(), { appFault });
  short.sink.start(head(['Content-Length', '2000']), -1);
  short.write('x'.repeat(1990));
  short.sink.end(null);
  assert.equal(short.inner.aborted, 'short body');
  assert.equal(short.inner.ended, undefined);
  assert.match(faults.pop() ?? '', /ended 10 bytes before/);

  const long = open(request(), { appFault });
  let cancelled = 0;
  long.exchange.onGone = () => {
    cancelled += 1;
  };
  long.sink.start(head(['Content-Length', '2000']), -1);
  long.write('x'.repeat(2010));
  assert.equal(long.inner.ended, null);
  assert.equal(long.inner.decoded(), 'x'.repeat(2000));
  assert.equal(cancelled, 1);
  assert.match(faults.pop() ?? '', /at least 10 bytes more/);

  const contradiction = answer(request(), head(['Content-Length', '5000']));
  assert.equal(contradiction.field('content-encoding'), '');
  assert.equal(contradiction.field('content-length'), '5000');
});

test('a long body is compressed as it comes', async () => {
  for (const coding of OFFERED_CODINGS) {
    const { inner, sink, write } = open(request([`Accept-Encoding: ${coding}`]), {
      offered: OFFERED_CODINGS,
    });
    sink.start(head(['Content-Length', String(LONG.length)]), LONG.length);
    for (let at = 0; at < LONG.length; at += 50_000) write(LONG.slice(at, at + 50_000));
    sink.end(['X-Checksum', 'y']);
    await inner.complete();
    assert.equal(inner.wholeBytes, -1);
    assert.equal(inner.field('content-length'), '');
    assert.deepEqual(inner.ended, ['X-Checksum', 'y']);
    assert.equal(inner.decoded(), LONG);
    assert.ok(inner.bytes.length < LONG.length / 2);
  }
});
