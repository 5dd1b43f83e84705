import type { Balancer, Candidate } from './candidate.ts';
import { RoundRobin } from './round-robin.ts';

/** The one with the fewest requests in relation to its weight; equals take turns. */
export class LeastConnections implements Balancer {
  readonly #turns = new RoundRobin();

  choose<C extends Candidate>(candidates: readonly C[], key: string): C {
    let least = Infinity;
    for (const candidate of candidates) least = Math.min(least, load(candidate));
    const equals = candidates.filter((candidate) => load(candidate) === least);
    const [first] = equals;
    return equals.length === 1 && first !== undefined ? first : this.#turns.choose(equals, key);
  }
}

/** How busy it is with this request. */
export function load({ inFlight, weight }: Candidate): number {
  return (inFlight + 1) / weight;
}
