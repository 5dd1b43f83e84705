import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponseHead } from '../../../src/http/exchange.ts';
import { hsts } from '../../../src/middleware/hsts.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

function sent(scheme: 'http' | 'https', fields: readonly string[], options = {}): readonly string[] {
  const head: ResponseHead = { status: 200, reason: 'OK', fields, memo: null };
  const middleware = hsts({ maxAge: 60, subdomains: false, preload: false, ...options });
  const inner = new FakeSink();
  const client = { address: '', port: 0, scheme, host: 'a', proxy: null };
  middleware((_, sink) => sink.start(head, 0))(new FakeExchange('GET / HTTP/1.0', { client }), inner);
  return inner.head?.fields ?? [];
}

test('the header is said over https only, and with what it is to hold for', () => {
  assert.deepEqual(sent('http', ['A', 'b']), ['A', 'b']);
  assert.deepEqual(sent('https', ['A', 'b']), ['A', 'b', 'Strict-Transport-Security', 'max-age=60']);
  assert.deepEqual(sent('https', [], { subdomains: true, preload: true }), [
    'Strict-Transport-Security',
    'max-age=60; includeSubDomains; preload',
  ]);
});

test('what the app says itself counts, and is not said twice', () => {
  const own = ['strict-transport-security', 'max-age=1'];
  assert.deepEqual(sent('https', own), own);
});

test('a head that comes again is extended once', () => {
  const head: ResponseHead = { status: 200, reason: 'OK', fields: [], memo: null };
  const middleware = hsts({ maxAge: 0, subdomains: false, preload: false });
  const client = { address: '', port: 0, scheme: 'https' as const, host: 'a', proxy: null };
  const heads = [new FakeSink(), new FakeSink()].map((inner) => {
    middleware((_, sink) => sink.start(head, 0))(new FakeExchange('GET / HTTP/1.0', { client }), inner);
    return inner.head;
  });
  assert.equal(heads[0], heads[1]);
});
