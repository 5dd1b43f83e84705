import type { Balancer, Candidate } from './candidate.ts';

/** Below this a weight that has gone is forgotten. */
const FORGET_FACTOR = 4;

/**
 * Smooth weighted round robin: each candidate's account grows by its weight, the largest is chosen and pays the sum of all. With weights 5, 1, 1 the
 * turns are a a b a c a a rather than five times a in a row.
 */
export class RoundRobin implements Balancer {
  readonly #accounts = new Map<string, number>();

  choose<C extends Candidate>(candidates: readonly C[], _key: string): C {
    let [best] = candidates as readonly [C, ...C[]];
    let bestAccount = -Infinity;
    let total = 0;
    for (const candidate of candidates) {
      const account = (this.#accounts.get(candidate.name) ?? 0) + candidate.weight;
      this.#accounts.set(candidate.name, account);
      total += candidate.weight;
      if (account > bestAccount) {
        best = candidate;
        bestAccount = account;
      }
    }
    this.#accounts.set(best.name, bestAccount - total);
    if (this.#accounts.size > FORGET_FACTOR * candidates.length) this.#forget(candidates);
    return best;
  }

  /** Those that are away begin anew when they come back. */
  #forget(candidates: readonly Candidate[]): void {
    const present = new Set(candidates.map(({ name }) => name));
    for (const name of this.#accounts.keys()) if (!present.has(name)) this.#accounts.delete(name);
  }
}
