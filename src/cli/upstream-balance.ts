import { randomBytes } from 'node:crypto';
import { readStatusRange } from '../config/status-ranges.ts';
import { UPSTREAM_KEYS, type UpstreamKey, type UpstreamValues } from '../config/upstream-keys.ts';
import type { BalanceSpec, HashKey, HealthCheckSpec } from '../wire/balance-spec.ts';

/** What sticky cookies are made with where no `sticky_secret` says so: one for the life of the master. */
const SECRET = randomBytes(32).toString('base64url');

/** How the servers of an upstream share the requests, as the gateways are told. */
export function upstreamBalance(said: UpstreamValues): BalanceSpec {
  const of = <K extends UpstreamKey>(key: K): NonNullable<UpstreamValues[K]> =>
    (said[key] ?? UPSTREAM_KEYS[key].default) as NonNullable<UpstreamValues[K]>;
  const cookie = of('sticky');
  return {
    method: of('balance'),
    hashKey: hashKey(of('hash_key')),
    connectionsMax: of('max_connections'),
    queueMax: of('queue_max'),
    queueMs: of('queue_timeout') * 1000,
    failMax: of('fail_max'),
    failWindowMs: of('fail_window') * 1000,
    failMs: of('fail_time') * 1000,
    failStatus: of('fail_status').map(readStatusRange),
    slowStartMs: of('slow_start') * 1000,
    sticky: cookie === '' ? null : { cookie, secret: of('sticky_secret') || SECRET },
    retry: {
      max: of('retries'),
      withinMs: of('retry_timeout') * 1000,
      share: of('retry_budget') / 100,
      methods: of('retry_methods'),
      status: of('retry_status').map(readStatusRange),
    },
    health: of('health') === '' ? null : healthCheck(of),
    proxyProtocol: of('send_proxy_protocol'),
  };
}

function healthCheck(of: <K extends UpstreamKey>(key: K) => NonNullable<UpstreamValues[K]>): HealthCheckSpec {
  return {
    target: of('health'),
    host: of('health_host'),
    intervalMs: of('health_interval') * 1000,
    withinMs: of('health_timeout') * 1000,
    rise: of('health_rise'),
    fall: of('health_fall'),
    status: of('health_status').map(readStatusRange),
    body: of('health_body'),
  };
}

function hashKey(text: string): HashKey {
  const [kind = '', name = ''] = text.split(':', 2);
  if (kind === 'header') return { kind, name: name.toLowerCase() };
  if (kind === 'cookie') return { kind, name };
  return { kind: kind === 'client' ? 'client' : 'uri', name: '' };
}
