import { readFileSync } from 'node:fs';
import type { LocationProxy } from '../config/location-proxy.ts';
import type { PeerUrl } from '../config/peer-url.ts';
import type { Settings } from '../config/options.ts';
import type { UpstreamPeer } from '../config/upstream-peer.ts';
import type { Resolution } from '../config/resolve.ts';
import { UPSTREAM_KEYS, type UpstreamValues } from '../config/upstream-keys.ts';
import { peerSpec } from '../supervisor/peer-spec.ts';
import { upstreamBalance } from './upstream-balance.ts';
import type { ProxySpec, UpstreamSpec } from '../wire/proxy-spec.ts';

/** All servers behind this one, those that a location names by their URL included. Throws when a file of authorities cannot be read. */
export function gatewayUpstreams({
  upstreams,
  services,
  locations,
  settings,
}: Pick<Resolution, 'upstreams' | 'services' | 'locations' | 'settings'>): readonly UpstreamSpec[] {
  const specs = [
    ...upstreams.map(({ name, peers, said }) => upstreamSpec(name, peers, said)),
    ...services.map(({ name }) => serviceUpstream(name, settings)),
  ];
  const single = new Map<string, UpstreamSpec>();
  for (const { proxy } of locations) {
    if (proxy === null || typeof proxy.upstream === 'string') continue;
    const name = upstreamName(proxy);
    single.set(name, upstreamSpec(name, [alone(proxy.upstream)], {}));
  }
  return [...specs, ...single.values()];
}

/** How a location passes requests on, as the gateways are told. */
export function gatewayProxy(proxy: LocationProxy): ProxySpec {
  return {
    upstream: upstreamName(proxy),
    prefix: proxy.prefix,
    host: proxy.host,
    forwarded: proxy.forwarded,
    headers: Object.entries(proxy.headers).flat(),
    hide: proxy.hideHeaders.map((name) => name.toLowerCase()),
    connectMs: proxy.connectTimeout * 1000,
    readMs: proxy.readTimeout * 1000,
    sendMs: proxy.sendTimeout * 1000,
    tunnelMs: proxy.tunnelTimeout * 1000,
    requestBuffering: proxy.requestBuffering,
    buffering: proxy.buffering,
    bufferBytes: proxy.bufferBytes,
    spoolBytes: proxy.spoolBytes,
  };
}

/** A URL holds characters that no name of a table does. */
function upstreamName({ upstream }: LocationProxy): string {
  return typeof upstream === 'string' ? upstream : upstream.url;
}

function upstreamSpec(name: string, peers: readonly UpstreamPeer[], said: UpstreamValues): UpstreamSpec {
  const ca = said.tls_ca ?? '';
  const balance = upstreamBalance(said);
  return {
    name,
    service: false,
    peers: peers.map((peer) => peerSpec(peer, balance.connectionsMax)),
    keepAliveMax: said.keepalive ?? UPSTREAM_KEYS.keepalive.default,
    keepAliveMs: (said.keepalive_timeout ?? UPSTREAM_KEYS.keepalive_timeout.default) * 1000,
    tlsVerify: said.tls_verify ?? true,
    tlsName: said.tls_name ?? '',
    // Gateways may not be able to read it.
    tlsCa: ca === '' ? '' : readFileSync(ca, 'utf8'),
    balance,
  };
}

/** Requests wait for a service as they do for a worker. */
function serviceUpstream(
  name: string,
  settings: Pick<Settings, 'queue_max' | 'queue_timeout'>,
): UpstreamSpec {
  const spec = upstreamSpec(name, [], {});
  const queueMs = settings.queue_timeout * 1000;
  const retry = { ...spec.balance.retry, max: SERVICE_RETRIES, withinMs: queueMs };
  return {
    ...spec,
    service: true,
    balance: { ...spec.balance, queueMax: settings.queue_max, queueMs, failMax: 0, retry },
  };
}

/** One to find out that the process is gone, those that follow if its successor goes as well. */
const SERVICE_RETRIES = 3;

function alone(url: PeerUrl): UpstreamPeer {
  return { ...url, weight: 1, backup: false, maxConnections: null };
}
