import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayUpstreams } from '../../../src/cli/gateway-upstreams.ts';
import { ConfigError } from '../../../src/config/diagnostic.ts';
import { readUpstreamPeer } from '../../../src/config/upstream-peer.ts';
import { resolved } from './resolved.ts';

test('behind the URL of a peer stand its weight, its role and its limit', () => {
  const peer = readUpstreamPeer('http://10.0.0.1:8000 weight=3 backup max_connections=100');
  assert.deepEqual(
    [peer.url, peer.weight, peer.backup, peer.maxConnections],
    ['http://10.0.0.1:8000', 3, true, 100],
  );
  const plain = readUpstreamPeer('unix:/run/app.sock');
  assert.deepEqual(
    [plain.url, plain.weight, plain.backup, plain.maxConnections],
    ['unix:/run/app.sock', 1, false, null],
  );
});

test('what cannot stand there is refused, with what it is called here', () => {
  const refused = (text: string, message: RegExp, hint: RegExp = /^/): void =>
    assert.throws(
      () => readUpstreamPeer(text),
      (error: unknown) =>
        error instanceof ConfigError && message.test(error.message) && hint.test(error.hint ?? ''),
    );
  refused('http://a weight=0', /weight=0/);
  refused('http://a weight', /weight/);
  refused('http://a backup=1', /backup=1/);
  refused('http://a backup backup', /twice/);
  refused('http://a max_conns=3', /unknown/, /max_connections/);
  refused('http://a max_fails=3', /unknown/, /fail_max/);
  refused('http://a/path', /path/, /in the location/);
});

const upstream = (keys: string): string => `[upstreams.api]\n${keys}\n`;

test('keys that mean nothing together are refused where they stand', () => {
  for (const [keys, message] of [
    ['peers = ["http://a backup"]', /every server is a backup/],
    ['peers = ["http://a"]\nhash_key = "client"', /nothing goes by it/],
    ['peers = ["http://a"]\nhealth_rise = 3', /not asked how they are/],
    ['peers = ["http://a"]\nsticky_secret = "0123456789abcdef"', /no sticky cookie/],
    ['peers = ["https://a"]\nsend_proxy_protocol = "v1"', /speaks TLS/],
    ['peers = ["http://a"]\nfail_status = ["teapot"]', /no status/],
    ['peers = ["http://a"]\nbalance = "hash"\nhash_key = "body"', /can be told by/],
    ['peers = ["http://a", "http://a:80 weight=2"]', /named twice/],
  ] as const) {
    const found = resolved(upstream(keys)).diagnostics.filter(({ severity }) => severity === 'error');
    assert.equal(found.length, 1, keys);
    assert.match(found[0]?.message ?? '', message);
    assert.equal(found[0]?.where?.kind, 'file');
  }
});

test('gateways are told everything, and the secret of the cookie is one for all of them', () => {
  const text = upstream(
    'peers = ["http://a max_connections=5", "http://b"]\nmax_connections = 9\nsticky = "srv"\nhealth = "/up"\nhealth_status = ["200", "3xx"]',
  );
  const [first] = gatewayUpstreams(resolved(text));
  const [second] = gatewayUpstreams(resolved(text));
  assert.deepEqual(first, second);
  assert.deepEqual(
    first?.peers.map(({ connectionsMax }) => connectionsMax),
    [5, 9],
  );
  assert.equal(first?.balance.method, 'least_connections');
  assert.deepEqual(first?.balance.health?.status, [
    [200, 200],
    [300, 399],
  ]);
  assert.ok((first?.balance.sticky?.secret.length ?? 0) >= 32);
});
