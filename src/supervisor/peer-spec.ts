import type { UpstreamPeer } from '../config/upstream-peer.ts';
import type { PeerSpec } from '../wire/proxy-spec.ts';

/** As the gateways are told of a server. @param connectionsMax what its upstream says for those that say nothing */
export function peerSpec(peer: UpstreamPeer, connectionsMax: number): PeerSpec {
  const { url, protocol, tls, host, port, socket, weight, backup, maxConnections } = peer;
  return {
    url,
    protocol,
    tls,
    host,
    port,
    socket,
    weight,
    backup,
    connectionsMax: maxConnections ?? connectionsMax,
  };
}
