import type { Miss } from './miss.ts';

/** Names that led to nothing a moment ago: scanners and broken pages ask again and again. Bounded; the oldest go first. */
export class MissMemory {
  readonly #misses = new Map<string, { readonly miss: Miss; readonly at: number }>();

  /** @param since a miss found out then or before doesn't count. */
  get(name: string, since: number): Miss | null {
    const known = this.#misses.get(name);
    return known === undefined || known.at <= since ? null : known.miss;
  }

  set(name: string, miss: Miss, at: number): void {
    this.#misses.delete(name);
    if (this.#misses.size >= MISSES_MAX) {
      for (const oldest of this.#misses.keys()) {
        this.#misses.delete(oldest);
        break;
      }
    }
    this.#misses.set(name, { miss, at });
  }

  delete(name: string): void {
    this.#misses.delete(name);
  }

  get size(): number {
    return this.#misses.size;
  }
}

const MISSES_MAX = 1000;
