import { createHash } from 'node:crypto';
import type { Balancer, Candidate } from './candidate.ts';

/**
 * The same key goes to the same server (highest random weight, "rendezvous"): each server draws a number from key and name, and the best in relation
 * to its weight wins. When one leaves, only its keys move, and to all others alike; when it comes back, they return.
 */
export class ConsistentHash implements Balancer {
  /** Of names: they are few and come again. */
  readonly #seeds = new Map<string, number>();

  choose<C extends Candidate>(candidates: readonly C[], key: string): C {
    let [best] = candidates as readonly [C, ...C[]];
    let bestScore = -Infinity;
    const hash = textHash(key);
    for (const candidate of candidates) {
      const drawn = (mix(hash ^ this.#seed(candidate.name)) + 0.5) / 2 ** 32;
      const score = -candidate.weight / Math.log(drawn);
      if (score > bestScore) {
        best = candidate;
        bestScore = score;
      }
    }
    return best;
  }

  #seed(name: string): number {
    let seed = this.#seeds.get(name);
    if (seed === undefined) {
      seed = createHash('sha256').update(name).digest().readUInt32LE(0);
      this.#seeds.set(name, seed);
    }
    return seed;
  }
}

/** FNV-1a of 32 bits: keys are short, and nobody gains by choosing them who could not ask that server anyway. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Spreads every bit over all others (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
