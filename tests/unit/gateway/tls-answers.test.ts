import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingElse } from '../../../src/handlers/health.ts';
import { cipherNumber } from '../../../src/gateway/tls/cipher-numbers.ts';
import { distinguishedName } from '../../../src/gateway/tls/distinguished-name.ts';
import { httpsRedirect, httpsUrl } from '../../../src/gateway/tls/https-redirect.ts';
import { tlsGuard } from '../../../src/gateway/tls/tls-guard.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

const PLAIN = { address: '198.51.100.1', unix: false, tls: null, misplaced: false } as const;

function urlOf(host: string, port: number, httpsPort: number, target = '/a?b'): string {
  const text = `GET ${target} HTTP/1.1\r\nHost: ${host}`;
  return httpsUrl(new FakeExchange(text, { local: { ...PLAIN, port } }), httpsPort);
}

test('the port of the redirect is the one that the client can reach', () => {
  // Nothing in between: 80 and 443, other ports of ours.
  assert.equal(urlOf('a.test', 80, 443), 'https://a.test/a?b');
  assert.equal(urlOf('a.test', 80, 8443), 'https://a.test:8443/a?b');
  assert.equal(urlOf('a.test:8080', 8080, 8443), 'https://a.test:8443/a?b');
  assert.equal(urlOf('a.test:8080', 8080, 443), 'https://a.test/a?b');
  // Ports 80 and 443 of something in front are mapped to ours.
  assert.equal(urlOf('a.test', 8080, 8443), 'https://a.test/a?b');
  assert.equal(urlOf('a.test', 8080, 0), 'https://a.test/a?b');
  assert.equal(urlOf('[::1]:8080', 8080, 8443), 'https://[::1]:8443/a?b');
});

test('an absolute target becomes a path of the same host', () => {
  assert.equal(urlOf('a.test', 80, 443, 'http://a.test/x/y?z'), 'https://a.test/x/y?z');
  assert.equal(urlOf('a.test', 80, 443, '//evil.test/x'), 'https://a.test//evil.test/x');
});

test('what came by https, here or at a trusted proxy, is not redirected', () => {
  const client = { address: '', port: 0, scheme: 'https' as const, host: 'a', proxy: null };
  let asked = 0;
  httpsRedirect(443, { ready: true })(() => (asked += 1))(
    new FakeExchange('GET / HTTP/1.0', { client }),
    new FakeSink(),
  );
  assert.equal(asked, 1);
});

test('who names no host is led to the address that was asked', () => {
  const url = (address: string): string =>
    httpsUrl(new FakeExchange('GET /a HTTP/1.0', { local: { ...PLAIN, address, port: 80 } }), 443);
  assert.deepEqual(
    [url('198.51.100.1'), url('2001:db8::1')],
    ['https://198.51.100.1/a', 'https://[2001:db8::1]/a'],
  );
});

test('nobody is sent to a port that has no certificate to show yet', () => {
  const ask = (port: number, ready: boolean): number | undefined => {
    const sink = new FakeSink();
    httpsRedirect(port, { ready })(nothingElse)(new FakeExchange('GET / HTTP/1.1\r\nHost: a.test'), sink);
    return sink.head?.status;
  };
  assert.deepEqual([ask(443, false), ask(443, true)], [404, 308]);
  assert.equal(ask(0, false), 308, 'where somebody else speaks TLS, it is theirs to know');
});

test('nobody is asked for a client who speaks plain HTTP where TLS is spoken', () => {
  const sink = new FakeSink();
  const exchange = new FakeExchange('GET /<script> HTTP/1.1\r\nHost: a.test:8443', {
    local: { ...PLAIN, port: 8443, misplaced: true },
  });
  tlsGuard(() => assert.fail('asked'))(exchange, sink);
  assert.equal(sink.head?.status, 400);
  assert.doesNotMatch(sink.text, /<script>/);
  assert.match(sink.text, /https:\/\/a\.test:8443\//);
});

test('names and numbers are those of the standards', () => {
  assert.equal(distinguishedName('C=DE\nOU=x + O=Acme\\, Inc\nCN=Ada'), 'CN=Ada,OU=x+O=Acme\\, Inc,C=DE');
  assert.equal(cipherNumber('TLS_AES_128_GCM_SHA256'), 0x1301);
  assert.equal(cipherNumber('ECDHE-RSA-CHACHA20-POLY1305'), 0xcca8);
  assert.equal(cipherNumber('NEW'), null);
});
