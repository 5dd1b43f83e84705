import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyTarget } from '../../../src/handlers/proxy-target.ts';
import { leavesPrefix } from '../../../src/http/written-target.ts';
import { FakeExchange } from './fake-exchange.ts';

function target(raw: string, location = '/', prefix: string | null = null, method = 'GET'): string {
  const { head } = new FakeExchange(`${method} ${raw} HTTP/1.1\r\nHost: a.example`);
  return proxyTarget(head.target, location, prefix);
}

test('a path is passed on as it came, byte for byte', () => {
  for (const raw of [
    '/',
    '/a/b?c=d',
    '/a%20b',
    '/a%2fb?x=%zz',
    '//a//b',
    '/a?',
    '/a?b?c',
    '/%E4',
    "/a!$&'()*+,;=:@",
  ])
    assert.equal(target(raw), raw);
});

test('the fragment is not sent, nor the host of an absolute target', () => {
  assert.equal(target('/a?b#c'), '/a?b');
  assert.equal(target('/a#c?d'), '/a');
  assert.equal(target('http://a.example/x?y'), '/x?y');
  assert.equal(target('http://a.example'), '/');
  assert.equal(target('http://a.example?y'), '/?y');
  assert.equal(target('*', '/', null, 'OPTIONS'), '*');
});

test('dots that lead elsewhere are followed before anybody else can read them differently', () => {
  assert.equal(target('/public/../admin'), '/admin');
  assert.equal(target('/public/..%2fadmin'), '/admin');
  assert.equal(target('/public/%2e%2e/admin%20x?a=../b'), '/admin%20x?a=../b');
  assert.equal(target('/a/./b'), '/a/b');
});

test('the path of the URL stands in the place of the path of the location', () => {
  assert.equal(target('/api/users?x', '/api/', '/v1/'), '/v1/users?x');
  assert.equal(target('/api/', '/api/', '/'), '/');
  assert.equal(target('/api/a%2fb', '/api/', '/'), '/a%2fb');
  assert.equal(target('/%61pi/a%20b', '/api/', '/v1/'), '/v1/a%20b');
  assert.equal(target('/api/../api/x', '/api/', '/v1/'), '/v1/x');
});

test('a backslash, which is a slash to some, is sent encoded', () => {
  assert.equal(target('/public\\..\\admin?a=\\'), '/public%5C..%5Cadmin?a=\\');
  assert.equal(target('/api/\\x', '/api/', '/v1/'), '/v1/%5Cx');
});

test('dots that only lead somewhere where one path stands in the place of another are noticed', () => {
  const leaves = (raw: string, location: string, prefix: string): boolean => {
    const { head } = new FakeExchange(`GET ${raw} HTTP/1.1\r\nHost: a.example`);
    return leavesPrefix(head.target, location, prefix);
  };
  for (const raw of ['/api../x', '/api%2e%2e/x', '/api..', '/api./x', '/api..%2fx'])
    assert.equal(leaves(raw, '/api', '/v1/'), true, raw);
  assert.equal(leaves('/api../x', '/api', '/v1'), false, 'a name that ends with dots');
  assert.equal(leaves('/api/a..b/.x', '/api/', '/v1/'), false);
  assert.equal(leaves('/api..b/x', '/api', '/v1/'), false);
});
