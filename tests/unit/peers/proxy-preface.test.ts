import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { clientPreface, ownPreface } from '../../../src/peers/proxy-preface.ts';

function exchange(client: string, local: string, unix = false): Exchange {
  return {
    client: { address: client, port: 4321 },
    local: { address: local, port: 80, unix },
  } as unknown as Exchange;
}

test('version 1 says family, addresses and ports in one line', () => {
  assert.equal(
    clientPreface('v1', exchange('192.0.2.7', '10.0.0.1'))?.toString(),
    'PROXY TCP4 192.0.2.7 10.0.0.1 4321 80\r\n',
  );
  assert.equal(
    clientPreface('v1', exchange('2001:db8::7', '::1'))?.toString(),
    'PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:0:0:1 4321 80\r\n',
  );
});

test('version 2 says the same in bytes', () => {
  const signature = '0d0a0d0a000d0a515549540a';
  assert.equal(
    clientPreface('v2', exchange('192.0.2.7', '10.0.0.1'))?.toString('hex'),
    `${signature}2111000cc00002070a00000110e10050`,
  );
  assert.equal(
    clientPreface('v2', exchange('2001:db8::7', '::1'))?.toString('hex'),
    `${signature}2121002420010db8000000000000000000000007${'0'.repeat(31)}110e10050`,
  );
  assert.equal(ownPreface('v2')?.toString('hex'), `${signature}20000000`);
});

test('without two addresses of one family nothing is said of the client', () => {
  for (const one of [
    exchange('', '/run/x.sock', true),
    exchange('192.0.2.7', '::1'),
    exchange('192.0.2.7', '/run/x', true),
  ])
    assert.equal(clientPreface('v1', one)?.toString(), 'PROXY UNKNOWN\r\n');
  assert.equal(clientPreface('off', exchange('192.0.2.7', '10.0.0.1')), null);
});
