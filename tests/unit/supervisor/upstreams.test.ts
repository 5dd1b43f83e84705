import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Upstreams } from '../../../src/supervisor/upstreams.ts';
import { Log } from '../../../src/telemetry/log.ts';
import type { PeerState } from '../../../src/wire/peers-control.ts';
import type { UpstreamSpec } from '../../../src/wire/proxy-spec.ts';

const URL = 'http://127.0.0.1:8000';

/** What of a table matters here. */
const spec = {
  name: 'backs',
  service: false,
  peers: [{ url: URL, weight: 1, backup: false }],
} as unknown as UpstreamSpec;

function told(...states: readonly PeerState[]): PeerState | undefined {
  const log = new Log({ level: 'info', format: 'text', write: () => undefined });
  const upstreams = new Upstreams([spec], log, () => undefined);
  for (const [gateway, state] of states.entries()) {
    const peer = { url: URL, state, inFlight: 0, idle: 0, requests: 0, failures: 0, bans: 0 };
    upstreams.load(gateway, [{ name: 'backs', queued: 0, peers: [peer] }]);
  }
  return upstreams.status[0]?.peers[0]?.state;
}

test('of what gateways say of a peer the worst counts', () => {
  assert.equal(told('up', 'down', 'banned'), 'down');
  assert.equal(told('up', 'up'), 'up');
});

test('a peer that is not drained any more is up, though a gateway has not told yet', () => {
  assert.equal(told('up', 'draining'), 'up');
  assert.equal(told('banned', 'draining'), 'banned');
});
