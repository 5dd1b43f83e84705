import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressRules } from '../../../../src/middleware/access/address-rules.ts';
import type { Refuse } from '../../../../src/middleware/access/refuse.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

const refuse: Refuse = (_exchange, sink, status) =>
  sink.start({ status, reason: '', fields: [], memo: null }, 0);

function asked(address: string, rules: readonly string[]): number | undefined {
  const parsed = rules.map((rule) => ({ allow: rule.startsWith('+'), network: rule.slice(1) }));
  const sink = new FakeSink();
  const handler = addressRules(
    parsed,
    refuse,
  )((_, inner) => inner.start({ status: 200, reason: '', fields: [], memo: null }, 0));
  handler(new FakeExchange('GET / HTTP/1.1\r\nHost: a', { client: { address } }), sink);
  return sink.head?.status;
}

test('the first rule that fits a client decides', () => {
  const rules = ['-192.168.1.1', '+192.168.1.0/24', '+10.1.1.0/16', '+2001:db8::/32', '-*'];
  assert.equal(asked('192.168.1.1', rules), 403);
  assert.equal(asked('192.168.1.2', rules), 200);
  assert.equal(asked('10.1.200.1', rules), 200);
  assert.equal(asked('10.2.0.1', rules), 403);
  assert.equal(asked('2001:db8::7', rules), 200);
  assert.equal(asked('2001:db9::7', rules), 403);
  assert.equal(asked('::ffff:192.168.1.2', rules), 200, 'IPv4 in its mapped form is IPv4');
});

test('who fits no rule is let in', () => {
  assert.equal(asked('192.0.2.1', ['-10.0.0.0/8']), 200);
});

test('a client on a Unix socket fits unix and all, and no network', () => {
  assert.equal(asked('', ['+0.0.0.0/0', '+::/0', '-*']), 403);
  assert.equal(asked('', ['+unix', '-*']), 200);
  assert.equal(asked('', ['-*']), 403);
  assert.equal(asked('192.0.2.1', ['+unix', '-*']), 403);
});
