import type { Balancer, Candidate } from './candidate.ts';
import type { PeerHealth } from './peer-health.ts';

/** A server as those see it who find out whether it may be asked. */
export interface Choosable extends Candidate {
  /** Asked when no other can be. */
  readonly backup: boolean;
  readonly health: PeerHealth;
  /** It has as many requests as it may. */
  readonly full: boolean;
  /** Its weight is that of now from now on. */
  weigh(now: number): void;
}

/** `full`: there is somebody to wait for; `none`: there is nobody. */
export type Choice<P> = P | 'full' | 'none';

/**
 * Who gets a request: one of those that are well; a backup when none of the others is; and when all of them failed, the one whose time
 * without requests ends first, because an answer that may fail is better than none.
 */
export class PeerChoice<P extends Choosable> {
  readonly #balancer: Balancer;
  /** The same list for every request. */
  readonly #candidates: P[] = [];

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  /** @param tried those that failed this very request */
  choose(peers: readonly P[], tried: readonly P[], key: string, now: number): Choice<P> {
    return (
      this.#among(peers, tried, key, now, false) ??
      this.#among(peers, tried, key, now, true) ??
      lastResort(peers, tried)
    );
  }

  #among(
    peers: readonly P[],
    tried: readonly P[],
    key: string,
    now: number,
    backup: boolean,
  ): P | 'full' | null {
    const candidates = this.#candidates;
    candidates.length = 0;
    let full = false;
    for (const peer of peers) {
      if (peer.backup !== backup || !peer.health.available(now) || tried.includes(peer)) continue;
      if (peer.full) full = true;
      else {
        peer.weigh(now);
        candidates.push(peer);
      }
    }
    const [first] = candidates;
    if (first === undefined) return full ? 'full' : null;
    return candidates.length === 1 ? first : this.#balancer.choose(candidates, key);
  }
}

function lastResort<P extends Choosable>(peers: readonly P[], tried: readonly P[]): Choice<P> {
  let best: P | null = null;
  let earliest = Infinity;
  let full = false;
  for (const peer of peers) {
    const at = peer.health.lastResort;
    if (at === Infinity || tried.includes(peer)) continue;
    if (peer.full) full = true;
    else if (at < earliest) {
      best = peer;
      earliest = at;
    }
  }
  return best ?? (full ? 'full' : 'none');
}
