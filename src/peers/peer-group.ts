import type { Exchange } from '../http/exchange.ts';
import type { UpstreamSpec } from '../wire/proxy-spec.ts';
import { Peer, type PeerOptions } from './peer.ts';
import type { PeerFailure } from './peer-failure.ts';

/** Servers that answer the same: which of them gets a request, and what became of it. */
export class PeerGroup {
  readonly name: string;
  readonly peers: readonly Peer[];
  #turn = 0;

  constructor(spec: UpstreamSpec, options: PeerOptions) {
    this.name = spec.name;
    this.peers = spec.peers.map((peer) => new Peer(peer, spec, options));
  }

  /** Who is to answer; null: nobody can now. Followed by exactly one `settle`. */
  pick(_exchange: Exchange): Peer | null {
    const peer = this.peers[this.#turn] ?? null;
    this.#turn = (this.#turn + 1) % Math.max(1, this.peers.length);
    if (peer !== null) peer.inFlight += 1;
    return peer;
  }

  /** A request is over. @param failure null: the peer answered, or its client left */
  settle(peer: Peer, _failure: PeerFailure | null): void {
    peer.inFlight -= 1;
  }

  close(): void {
    for (const peer of this.peers) peer.close();
  }
}
