import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inject } from '../../../src/gateway/dev/inject.ts';
import type { Exchange, ResponseHead } from '../../../src/http/exchange.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

const SCRIPT = '<script></script>';
const HTML = ['Content-Type', 'text/html; charset=utf-8'];

function head(fields: readonly string[], status = 200): ResponseHead {
  return { status, reason: 'X', fields, memo: null };
}

/** What a client gets of `<p>`, sent in one piece of known length. */
function page(fields: readonly string[], status = 200, request = 'Sec-Fetch-Dest: document'): FakeSink {
  const inner = new FakeSink();
  const app = inject(() => SCRIPT)((_, sink) => {
    sink.start(head(fields, status), 3);
    sink.write(Buffer.from('<p>'), 0, 3);
    sink.end(null);
  });
  app(new FakeExchange(`GET / HTTP/1.1\r\nHost: a\r\n${request}`), inner);
  return inner;
}

const isInjected = (sink: FakeSink): boolean => sink.text.endsWith(SCRIPT);

test('a page ends with the element, and its length counts it', () => {
  const sink = page([...HTML, 'Content-Length', '3']);
  assert.equal(sink.text, `<p>${SCRIPT}`);
  assert.deepEqual(sink.head?.fields, [...HTML, 'Content-Length', String(3 + SCRIPT.length)]);
  assert.equal(sink.wholeBytes, 3 + SCRIPT.length);
  assert.equal(sink.ended, null);
});

test('the length of a page that is streamed stays unknown, and its trailers come through', () => {
  const inner = new FakeSink();
  inject(() => SCRIPT)((_, sink) => {
    sink.start(head(HTML), -1);
    sink.end(['X-Sum', '1']);
  })(new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html'), inner);
  assert.deepEqual([inner.wholeBytes, inner.text, inner.ended], [-1, SCRIPT, ['X-Sum', '1']]);
});

test('only what a person looks at is changed, and an error page is that, too', () => {
  for (const [request, wanted] of [
    ['Sec-Fetch-Dest: document', true],
    ['Sec-Fetch-Dest: iframe', true],
    ['Sec-Fetch-Dest: empty\r\nAccept: text/html', false],
    ['Accept: text/html,*/*', true],
    ['Accept: text/html\r\nHX-Request: true', false],
    ['Accept: */*', false],
    ['X-A: b', false],
  ] as const)
    assert.equal(isInjected(page(HTML, 200, request)), wanted, request);
  assert.equal(isInjected(page(HTML, 500)), true);
});

test('what is no whole page of text is left as it is', () => {
  for (const status of [204, 206, 304]) assert.equal(isInjected(page(HTML, status)), false, `${status}`);
  for (const fields of [
    [],
    ['Content-Type', 'text/plain'],
    ['Content-Type', 'text/htmlx'],
    ['Content-Type', 'text/html; charset=UTF-16'],
    [...HTML, 'Content-Encoding', 'gzip'],
  ])
    assert.equal(isInjected(page(fields)), false, fields.join(' '));
  assert.equal(isInjected(page([...HTML, 'Content-Encoding', 'identity'])), true);
});

test('the answer to HEAD, and a WebSocket, are none of its business', () => {
  const handler = inject(() => SCRIPT);
  const websocket = { key: 'k' } as unknown as NonNullable<Exchange['websocket']>;
  for (const exchange of [
    new FakeExchange('HEAD / HTTP/1.1\r\nHost: a\r\nAccept: text/html'),
    new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html', { websocket }),
  ]) {
    const inner = new FakeSink();
    handler((_, sink) => assert.equal(sink, inner))(exchange, inner);
  }
});

test('a policy that would keep the script from running keeps it out of the page', () => {
  for (const [policy, wanted] of [
    ["default-src 'self'", true],
    ['default-src *', true],
    ['img-src data:', true],
    ["default-src 'none'", false],
    ["script-src 'nonce-abc'", false],
    ["script-src 'self' 'strict-dynamic' 'nonce-abc'", false],
    ["script-src 'self'; connect-src 'none'", false],
    ["script-src 'none'; script-src-elem 'self'; connect-src 'self'", true],
    ["SCRIPT-SRC 'SELF'", true],
    ["script-src 'self'; script-src 'none'", true],
    ['script-src https:', false],
    ['script-src http:', true],
    ['sandbox allow-scripts', false],
    ["default-src 'self', script-src 'none'", false],
  ] as const)
    assert.equal(isInjected(page([...HTML, 'Content-Security-Policy', policy])), wanted, policy);
  const two = [
    'Content-Security-Policy',
    "default-src 'self'",
    'content-security-policy',
    "script-src 'none'",
  ];
  assert.equal(isInjected(page([...HTML, ...two])), false, 'all policies hold');
  assert.equal(isInjected(page([...HTML, 'Content-Security-Policy-Report-Only', "script-src 'none'"])), true);
});
