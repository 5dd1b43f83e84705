import type { Balancer, Candidate } from './candidate.ts';
import { load } from './least-connections.ts';

/**
 * The less busy one of two that chance names (power of two choices). Gateways that know nothing of one another do not all send to the same
 * server at once, as they may where everybody looks for the least busy of all.
 */
export class TwoChoices implements Balancer {
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  choose<C extends Candidate>(candidates: readonly C[], _key: string): C {
    const first = this.#draw(candidates, null);
    if (candidates.length === 1) return first;
    const second = this.#draw(candidates, first);
    return load(second) < load(first) ? second : first;
  }

  /** By weight, without `but`. */
  #draw<C extends Candidate>(candidates: readonly C[], but: C | null): C {
    let total = 0;
    for (const candidate of candidates) if (candidate !== but) total += candidate.weight;
    let left = this.#random() * total;
    let last: C | null = null;
    for (const candidate of candidates) {
      if (candidate === but) continue;
      last = candidate;
      left -= candidate.weight;
      if (left < 0) return candidate;
    }
    return last ?? (candidates[0] as C);
  }
}
