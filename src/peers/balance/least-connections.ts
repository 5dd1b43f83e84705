import type { Balancer, Candidate } from './candidate.ts';
import { RoundRobin } from './round-robin.ts';

/** The one with the fewest requests in relation to its weight; equals take turns. */
export class LeastConnections implements Balancer {
  readonly #turns = new RoundRobin();
  /** The same list for every request. */
  readonly #equals: Candidate[] = [];

  choose<C extends Candidate>(candidates: readonly C[], key: string): C {
    const equals = this.#equals as C[];
    let least = Infinity;
    for (const candidate of candidates) {
      const own = load(candidate);
      if (own > least) continue;
      if (own < least) equals.length = 0;
      least = own;
      equals.push(candidate);
    }
    const [first] = equals;
    return equals.length === 1 && first !== undefined ? first : this.#turns.choose(equals, key);
  }
}

/** How busy it is. All that have nothing to do are equal, so that weights decide among them by turns. */
export function load({ inFlight, weight }: Candidate): number {
  return inFlight / weight;
}
