import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { cookieOf, requestKey } from '../../../src/peers/balance/request-key.ts';

function exchange(fields: readonly string[]): Exchange {
  const lower = fields.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return {
    head: { target: { raw: '/a?b=c' }, block: { fields, lower } },
    client: { address: '192.0.2.7' },
  } as unknown as Exchange;
}

test('a request is told by its target, its client, a header or a cookie; what is missing leaves the client', () => {
  const one = exchange(['X-Tenant', 'acme', 'Cookie', 'a=1; sid=xyz']);
  assert.equal(requestKey({ kind: 'uri', name: '' })(one), '/a?b=c');
  assert.equal(requestKey({ kind: 'client', name: '' })(one), '192.0.2.7');
  assert.equal(requestKey({ kind: 'header', name: 'x-tenant' })(one), 'acme');
  assert.equal(requestKey({ kind: 'cookie', name: 'sid' })(one), 'xyz');
  assert.equal(requestKey({ kind: 'header', name: 'x-other' })(one), '192.0.2.7');
  assert.equal(requestKey({ kind: 'cookie', name: 'other' })(one), '192.0.2.7');
});

test('a cookie is found among others and in every field, and only under its whole name', () => {
  assert.equal(cookieOf(exchange(['Cookie', 'a=1', 'cookie', 'xsrv=2;srv=a=b; srv=3']), 'srv'), 'a=b');
  assert.equal(cookieOf(exchange(['Cookie', 'xsrv=2; srv2=3; srv']), 'srv'), '');
  assert.equal(cookieOf(exchange([]), 'srv'), '');
});
