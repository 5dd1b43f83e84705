import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CollectedBody } from '../../../src/handlers/collected-body.ts';
import { Spool } from '../../../src/handlers/spool.ts';
import { WsgiEncoder } from '../../../src/handlers/wsgi-request.ts';
import { ChangedExchange } from '../../../src/http/changed-exchange.ts';
import { marshalDict, marshalText } from '../../../src/wire/marshal.ts';
import { wsgiRequestHead } from '../../../src/wire/request.ts';
import { type ExchangeParts, FakeExchange } from './fake-exchange.ts';

function encode(text: string, parts: ExchangeParts = {}, root = '') {
  return new WsgiEncoder(root).encode(new FakeExchange(text, parts), null);
}

const entry = (key: string, value: string): string => marshalText(key) + marshalText(value);

test('a request becomes its parts, the block holding what headers and connection say', () => {
  const request = encode('GET /a%20b?c=d HTTP/1.1\r\nHost: h:81\r\nX-A: 1');
  assert.equal(request.head, wsgiRequestHead('GET', '/a b', 'c=d', '/a%20b?c=d', 'id-1'));
  assert.deepEqual([request.inlineBody, request.body, request.extra], [null, null, null]);
  for (const [key, value] of [
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['SERVER_NAME', '198.51.100.1'],
    ['SERVER_PORT', '8000'],
    ['REMOTE_ADDR', '192.0.2.1'],
    ['REMOTE_PORT', '5000'],
    ['wsgi.url_scheme', 'http'],
    ['HTTP_HOST', 'h:81'],
    ['HTTP_X_A', '1'],
  ] as const) {
    assert.ok(request.block.marshalled.includes(entry(key, value)), key);
  }
});

test('on a Unix socket name and port are those of the Host header', () => {
  const local = { address: '/s', port: 0, unix: true, tls: null, misplaced: false };
  for (const [host, scheme, name, port] of [
    ['h.test:81', 'http', 'h.test', '81'],
    ['h.test', 'http', 'h.test', '80'],
    ['h.test', 'https', 'h.test', '443'],
    ['[::1]', 'http', '[::1]', '80'],
    ['[::1]:99', 'http', '[::1]', '99'],
  ] as const) {
    const { marshalled } = encode(`GET / HTTP/1.1\r\nHost: ${host}`, { local, client: { scheme } }).block;
    assert.ok(marshalled.includes(entry('SERVER_NAME', name)), host);
    assert.ok(marshalled.includes(entry('SERVER_PORT', port)), host);
  }
  assert.ok(encode('GET / HTTP/1.0', { local }).block.marshalled.includes(entry('SERVER_NAME', 'localhost')));
});

test('a head that is asked for again is written as at first, and a changed one or one for another mount as it is', () => {
  const text = 'GET /app/caf%C3%A9?q=1 HTTP/1.1\r\nHost: h';
  const exchange = new FakeExchange(text);
  const [encoder, mounted] = [new WsgiEncoder(''), new WsgiEncoder('/app')];
  const plain = encode(text).head;
  const below = encode(text, {}, '/app').head;
  assert.notEqual(plain, below);
  for (let i = 0; i < 3; i += 1) {
    assert.equal(encoder.encode(exchange, null).head, plain);
    assert.equal(mounted.encode(exchange, null).head, below);
    const { head } = exchange;
    const changed = { ...head, target: { ...head.target, path: '/other' } };
    assert.equal(
      encoder.encode(new ChangedExchange(exchange, changed), null).head,
      wsgiRequestHead('GET', '/other', 'q=1', '/app/caf%C3%A9?q=1', 'id-1'),
    );
  }
});

test('the same header block is encoded once, but not for another mount or another host', () => {
  const first = new FakeExchange('GET /1 HTTP/1.1\r\nHost: h');
  const { block } = first.head;
  const encoder = new WsgiEncoder('');
  const { block: encoded } = encoder.encode(first, null);
  const again = new FakeExchange('GET /2 HTTP/1.1\r\nHost: h', { previous: block });
  assert.equal(encoder.encode(again, null).block, encoded);
  const other = new FakeExchange('GET /2 HTTP/1.1\r\nHost: h', {
    previous: block,
    client: { host: 'other' },
  });
  assert.ok(encoder.encode(other, null).block.marshalled.includes(entry('HTTP_HOST', 'other')));
  const mounted = new WsgiEncoder('/m').encode(again, null).block;
  assert.ok(mounted.marshalled.includes(entry('SCRIPT_NAME', '/m')));
});

test('the host that a trusted proxy names replaces Host, or is added', () => {
  const { marshalled } = encode('GET / HTTP/1.1\r\nHost: inner', { client: { host: 'outer' } }).block;
  assert.ok(marshalled.includes(entry('HTTP_HOST', 'outer')));
  assert.ok(!marshalled.includes('inner'));
  assert.ok(
    encode('GET / HTTP/1.0', { client: { host: 'h' } }).block.marshalled.includes(entry('HTTP_HOST', 'h')),
  );
});

test('a mount takes its prefix off whole segments only', () => {
  for (const [raw, path] of [
    ['/app/x', '/x'],
    ['/app', ''],
    ['/app/', '/'],
    ['/apple', '/apple'],
    ['/x', '/x'],
  ] as const) {
    const { head } = encode(`GET ${raw} HTTP/1.1\r\nHost: h`, {}, '/app');
    assert.equal(head, wsgiRequestHead('GET', path, '', raw, 'id-1'));
  }
});

test('a chunked body that was collected has a length for the app', () => {
  const exchange = new FakeExchange('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked');
  const body = new CollectedBody(exchange.body, {
    spool: new Spool('/nowhere', 0),
    memoryBytesMax: 100,
    ready: () => undefined,
    aborted: () => undefined,
  });
  exchange.body.start(body);
  exchange.body.give('ab\xffd');
  body.end();
  const request = new WsgiEncoder('').encode(exchange, body);
  assert.equal(request.extra, marshalDict([[marshalText('CONTENT_LENGTH'), marshalText('4')]]));
  assert.equal(request.inlineBody, 'ab\xffd');
  assert.equal(request.body, null);
});
