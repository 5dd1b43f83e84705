import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Upstream } from './upstream.ts';
import { UPSTREAM_HEALTH_KEYS } from './upstream-health-keys.ts';
import type { UpstreamKey } from './upstream-keys.ts';

/** What keys of an upstream say about each other. */
export function upstreamRelations({ name, peers, said, origins, origin }: Upstream): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const tell = (severity: 'error' | 'warning', key: UpstreamKey, message: string, hint: string): void => {
    const where = origins.get(key) ?? origin;
    found.push(diagnostic(severity, `\`upstreams.${name}.${key}\`: ${message}`, { where, hint }));
  };
  if (peers.length > 0 && peers.every((peer) => peer.backup))
    tell('error', 'peers', 'every server is a backup', 'take `backup` off one of them');
  if (said.hash_key !== undefined && said.balance !== 'hash')
    tell('error', 'hash_key', 'nothing goes by it', 'add balance = "hash"');
  if (said.sticky_secret !== undefined && said.sticky === undefined)
    tell('error', 'sticky_secret', 'there is no sticky cookie', 'add sticky = "srv"');
  for (const key of Object.keys(UPSTREAM_HEALTH_KEYS) as (keyof typeof UPSTREAM_HEALTH_KEYS)[])
    if (said[key] !== undefined && said.health === undefined)
      tell('error', key, 'peers are not asked how they are', 'add health = "/path"');
  if (said.send_proxy_protocol !== undefined && said.send_proxy_protocol !== 'off')
    for (const { url, tls } of peers)
      if (tls) tell('error', 'send_proxy_protocol', `\`${url}\` speaks TLS`, 'X-Forwarded-For says the same');
  return found;
}
