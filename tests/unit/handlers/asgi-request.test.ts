import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AsgiEncoder } from '../../../src/handlers/asgi-request.ts';
import { StreamedBody } from '../../../src/handlers/streamed-body.ts';
import type { WebSocketUpgrade } from '../../../src/http/websocket.ts';
import { marshalBytes, marshalInt, marshalText } from '../../../src/wire/marshal.ts';
import { asgiRequestHead } from '../../../src/wire/request.ts';
import { type ExchangeParts, FakeExchange } from './fake-exchange.ts';

const PAIR = ')\x02';

function encode(text: string, parts: ExchangeParts = {}, root = '') {
  return new AsgiEncoder(root).encode(new FakeExchange(text, parts), null);
}

function upgrade(protocols: string[]): WebSocketUpgrade {
  return { protocols, accept: () => null };
}

test('a request becomes method, path as text, query and raw path as bytes', () => {
  for (const [target, path, query, raw] of [
    ['/a%20b?c=%20d', '/a b', 'c=%20d', '/a%20b'],
    ['/caf%C3%A9', '/café', '', '/caf%C3%A9'],
    ['/caf\xc3\xa9?\xe9', '/café', '\xe9', '/caf\xc3\xa9'],
    ['/%FF', '/\ufffd', '', '/%FF'],
    ['http://h/x%2Fy?z', '/x/y', 'z', '/x%2Fy'],
    ['http://h?z', '/', 'z', '/'],
    ['/?', '/', '', '/'],
  ] as const) {
    const { head } = encode(`GET ${target} HTTP/1.1\r\nHost: h`);
    assert.equal(head, asgiRequestHead('GET', path, query, raw, 'id-1'), target);
  }
  assert.equal(
    encode('OPTIONS * HTTP/1.1\r\nHost: h').head,
    asgiRequestHead('OPTIONS', '*', '', '*', 'id-1'),
  );
});

test('root_path is part of the path, put there when a proxy took it away', () => {
  for (const [target, path] of [
    ['/app/page', '/app/page'],
    ['/app', '/app'],
    ['/page', '/app/page'],
    ['/apple', '/app/apple'],
    ['/', '/app/'],
  ] as const) {
    const { head, block } = encode(`GET ${target} HTTP/1.1\r\nHost: h`, {}, '/app');
    assert.equal(head, asgiRequestHead('GET', path, '', path, 'id-1'), target);
    assert.ok(block.marshalled.includes(marshalText('root_path') + marshalText('/app')));
  }
});

test('the block names scheme, client and server as the connection has them', () => {
  const has = (parts: ExchangeParts, key: string, value: string): void => {
    const { marshalled } = encode('GET / HTTP/1.1\r\nHost: h', parts).block;
    assert.ok(marshalled.includes(marshalText(key) + value), `${key} ${JSON.stringify(parts)}`);
  };
  has({}, 'client', PAIR + marshalText('192.0.2.1') + marshalInt(5000));
  has({}, 'server', PAIR + marshalText('198.51.100.1') + marshalInt(8000));
  has({ client: { address: '' } }, 'client', 'N');
  has(
    { local: { address: '/s', port: 0, unix: true, tls: null, misplaced: false } },
    'server',
    `${PAIR}${marshalText('/s')}N`,
  );
  has({ client: { scheme: 'https' } }, 'scheme', marshalText('https'));
  has({ websocket: upgrade([]) }, 'scheme', marshalText('ws'));
  has({ websocket: upgrade([]), client: { scheme: 'https' } }, 'scheme', marshalText('wss'));
  has({ websocket: upgrade(['a']) }, 'subprotocols', `[${marshalInt(1).slice(1)}${marshalText('a')}`);
  has({ client: { host: 'shown' } }, 'headers', '[');
});

test('another host than the header says takes its place in the headers', () => {
  const { marshalled } = encode('GET / HTTP/1.1\r\nHost: h', { client: { host: 'shown' } }).block;
  assert.ok(marshalled.includes(PAIR + marshalBytes('host') + marshalBytes('shown')));
  assert.ok(!marshalled.includes(marshalBytes('h')));
});

test('the same header block is encoded once', () => {
  const encoder = new AsgiEncoder('');
  const first = new FakeExchange('GET /1 HTTP/1.1\r\nHost: h');
  const { block } = encoder.encode(first, null);
  const again = new FakeExchange('GET /2 HTTP/1.1\r\nHost: h', { previous: first.head.block });
  assert.equal(encoder.encode(again, null).block, block);
});

test('a body that has come whole goes with its head, any other follows', () => {
  const exchange = new FakeExchange('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3');
  const body = new StreamedBody(exchange.body, () => undefined);
  body.start();
  exchange.body.give('ab');
  const early = new AsgiEncoder('').encode(exchange, body);
  assert.deepEqual([early.inlineBody, early.body], [null, body]);
  exchange.body.give('c');
  exchange.body.consumer?.end();
  const late = new AsgiEncoder('').encode(exchange, body);
  assert.deepEqual([late.inlineBody, late.body, late.expectContinue], ['abc', null, false]);
});

test('a client that waits for 100 Continue is left to wait', () => {
  const exchange = new FakeExchange(
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue',
  );
  const body = new StreamedBody(exchange.body, () => undefined);
  assert.equal(new AsgiEncoder('').encode(exchange, body).expectContinue, true);
  assert.equal(exchange.body.consumer, null);
});
