import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeChallenge } from '../../../src/handlers/acme-challenge.ts';
import { nothingElse } from '../../../src/handlers/health.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

function ask(tokens: ReadonlyMap<string, string>, target: string, method = 'GET'): FakeSink {
  const sink = new FakeSink();
  acmeChallenge(tokens)(nothingElse)(new FakeExchange(`${method} ${target} HTTP/1.1\r\nHost: any`), sink);
  return sink;
}

test('a token is answered with its key authorization, for GET and HEAD, while its order runs', () => {
  const tokens = new Map([['abc', 'abc.thumb']]);
  const found = ask(tokens, '/.well-known/acme-challenge/abc');
  assert.deepEqual([found.head?.status, found.text], [200, 'abc.thumb']);
  const head = ask(tokens, '/.well-known/acme-challenge/abc', 'HEAD');
  assert.deepEqual([head.head?.status, head.text], [200, '']);
  tokens.clear();
  assert.equal(ask(tokens, '/.well-known/acme-challenge/abc').head?.status, 404);
});

test('everything else is for whoever else is there: another ACME client may have files of its own', () => {
  const tokens = new Map([['abc', 'abc.thumb']]);
  for (const target of ['/', '/.well-known/acme-challenge/', '/.well-known/acme-challenge/other', '/abc'])
    assert.equal(ask(tokens, target).head?.status, 404, target);
  assert.equal(ask(tokens, '/.well-known/acme-challenge/abc', 'POST').head?.status, 404);
});
