import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyFields } from '../../../src/handlers/proxy-fields.ts';
import type { ClientInfo } from '../../../src/http/exchange.ts';
import type { ProxySpec } from '../../../src/wire/proxy-spec.ts';
import { FakeExchange } from './fake-exchange.ts';

const SPEC: ProxySpec = {
  upstream: 'back',
  prefix: null,
  host: '$host',
  forwarded: false,
  headers: [],
  hide: [],
  connectMs: 1000,
  readMs: 1000,
  sendMs: 1000,
  tunnelMs: 1000,
  requestBuffering: 'auto',
  buffering: 'auto',
  bufferBytes: 65_536,
  spoolBytes: 0,
};

function sent(lines: string, spec: Partial<ProxySpec> = {}, client: Partial<ClientInfo> = {}): string[] {
  const exchange = new FakeExchange(`GET / HTTP/1.1\r\nHost: a.example\r\n${lines}`.trimEnd(), { client });
  return new ProxyFields({ ...SPEC, ...spec }).text(exchange).trimEnd().split('\r\n');
}

const OWN = [
  'X-Forwarded-For: 192.0.2.1',
  'X-Real-IP: 192.0.2.1',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: a.example',
  'X-Forwarded-Port: 8000',
  'Via: 1.1 licorne',
  'X-Request-ID: id-1',
];

test('a peer is told who the client is, and the rest as the client said it', () => {
  assert.deepEqual(sent('Accept: */*\r\nCookie: a\r\nCookie: b'), [
    'Accept: */*',
    'Cookie: a',
    'Cookie: b',
    ...OWN,
  ]);
});

test('what a client says of itself in the name of a proxy is dropped', () => {
  const lines = [
    ...[
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
    ],
    ...['X-Forwarded-Prefix: /x', 'X-Real-IP: 6.6.6.6', 'Forwarded: for=6.6.6.6', 'X-Request-ID: other'],
  ];
  assert.deepEqual(sent(lines.join('\r\n')), OWN);
});

test('what is meant for one hop only stays there, and what Connection names, too', () => {
  const lines = [
    ...['Connection: keep-alive, X-Secret', 'X-Secret: 1', 'Keep-Alive: 5', 'TE: trailers', 'Trailer: X'],
    ...[
      'Proxy-Connection: x',
      'Proxy-Authorization: y',
      'Proxy: http://evil',
      'HTTP2-Settings: AAA',
      'Expect: 100-continue',
    ],
  ];
  assert.deepEqual(sent(lines.join('\r\n')), OWN);
});

test('Connection cannot take away what this server says', () => {
  assert.deepEqual(sent('Connection: X-Forwarded-For, Via, X-Request-ID'), OWN);
});

test('a trusted proxy is believed, and becomes one of the chain', () => {
  const told = sent(
    'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /x\r\nX-Request-ID: mine\r\nVia: 1.1 front',
    {},
    {
      address: '203.0.113.9',
      scheme: 'https',
      host: 'shop.example',
      proxy: '10.0.0.5',
    },
  );
  assert.deepEqual(told, [
    'X-Forwarded-Prefix: /x',
    'X-Request-ID: mine',
    'X-Forwarded-For: 203.0.113.9, 10.0.0.5',
    'X-Real-IP: 203.0.113.9',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: shop.example',
    'X-Forwarded-Port: 443',
    'Via: 1.1 front, 1.1 licorne',
  ]);
});

test('Forwarded is written on request, in its own grammar', () => {
  const line = sent('', { forwarded: true }, { address: '2001:db8::1' }).find((one) =>
    one.startsWith('Forwarded'),
  );
  assert.equal(line, 'Forwarded: for="[2001:db8::1]";proto=http;host="a.example"');
});

test('headers of the configuration replace those of the same name, and an empty one removes', () => {
  const told = sent('Accept-Encoding: gzip\r\nX-Tenant: evil', {
    headers: ['accept-encoding', '', 'X-Tenant', 'acme', 'X-Forwarded-Proto', 'https'],
  });
  assert.ok(!told.some((line) => /accept-encoding|evil|Proto: http$/i.test(line)));
  assert.deepEqual(told.slice(-3, -1), ['X-Tenant: acme', 'X-Forwarded-Proto: https']);
});

test('the host is that of the client, that of the peer, or a text', () => {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a.example');
  const host = (text: string): string => new ProxyFields({ ...SPEC, host: text }).host(exchange, 'back:81');
  assert.deepEqual(
    [host('$host'), host('$proxy_host'), host('x.example')],
    ['a.example', 'back:81', 'x.example'],
  );
});

test('fields are worked out once for a client and its headers', () => {
  const fields = new ProxyFields({ ...SPEC, headers: ['X-Request-ID', ''] });
  const one = new FakeExchange('GET / HTTP/1.1\r\nHost: a.example');
  assert.equal(fields.list(one), fields.list(one));
});
