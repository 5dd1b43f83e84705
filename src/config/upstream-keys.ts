import { ConfigError } from './diagnostic.ts';
import type { KeyRow } from './key-row.ts';
import type { ValueOf } from './option.ts';
import { UPSTREAM_BALANCE_KEYS } from './upstream-balance-keys.ts';
import { UPSTREAM_HEALTH_KEYS } from './upstream-health-keys.ts';
import { readUpstreamPeer } from './upstream-peer.ts';

export const UPSTREAMS_HELP =
  'Servers that answer the same, for `proxy = "NAME"` in a location; NAME is yours to choose.';

/** All keys of `[upstreams.NAME]`. */
export const UPSTREAM_KEYS = {
  peers: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'The servers: `http://HOST:PORT`, `https://HOST:PORT`, `unix:/PATH`, `uwsgi://HOST:PORT` or `uwsgi:///PATH`. Behind each may stand `weight=3` (its share, 1 else), `backup` (asked when no other can be) and `max_connections=100`.',
    standard: 'none, it is required',
    check: checkPeers,
  },
  keepalive: {
    type: 'integer',
    default: 64,
    min: 0,
    max: 65_535,
    unit: 'connections',
    help: 'Idle connections to each peer that a gateway keeps for the next request. 0: each request has a connection of its own.',
    standard: null,
  },
  keepalive_timeout: {
    type: 'duration',
    default: 1.5,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'Time an idle connection is kept. It has to be shorter than the peer keeps it (gunicorn: 2 s, uvicorn and Node: 5 s), or requests meet connections that are just being closed. A peer that says a shorter time in `Keep-Alive` is heard.',
    standard: null,
  },
  tls_verify: {
    type: 'boolean',
    default: true,
    help: 'Whether the certificates of https peers have to be good. With false anybody on the way can be the peer.',
    standard: null,
  },
  tls_name: {
    type: 'string',
    default: '',
    help: 'Name that https peers are asked for (SNI) and their certificates have to hold.',
    standard: 'the host of the URL',
  },
  tls_ca: {
    type: 'path',
    default: '',
    help: 'File with the authorities (PEM) that certificates of https peers have to come from.',
    standard: 'the authorities that Node knows',
  },
  ...UPSTREAM_BALANCE_KEYS,
  ...UPSTREAM_HEALTH_KEYS,
} as const satisfies Record<string, KeyRow>;

export type UpstreamKey = keyof typeof UPSTREAM_KEYS;

/** What the keys of an upstream say; those that were not given are absent. */
export type UpstreamValues = { readonly [K in UpstreamKey]?: ValueOf<(typeof UPSTREAM_KEYS)[K]> };

function checkPeers(peers: readonly string[]): void {
  if (peers.length === 0)
    throw new ConfigError('no server is named', 'a list such as ["http://10.0.0.1:8000"]');
  const seen = new Set<string>();
  for (const text of peers) {
    const { url } = readUpstreamPeer(text);
    if (seen.has(url)) throw new ConfigError(`\`${text}\` is named twice`);
    seen.add(url);
  }
}
