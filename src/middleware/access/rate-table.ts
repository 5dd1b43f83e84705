import type { RateLimit } from '../../wire/access-spec.ts';

/** Keys that one limit remembers. Clients choose them: the one that has been quiet longest is forgotten first. */
export const RATE_KEYS_MAX = 65_536;

/**
 * The generic cell rate algorithm: of each key one number, the time at which it would be at rest again if nothing more
 * came. Each request moves it by the time that a request has; one that would move it too far ahead of now has to wait.
 */
export class RateTable {
  readonly limit: RateLimit;
  readonly burst: number;
  /** What a request has, milliseconds. */
  readonly #intervalMs: number;
  /** The one that was moved longest ago comes first. */
  readonly #restAt = new Map<string, number>();
  readonly #keysMax: number;

  constructor(limit: RateLimit, burst: number, keysMax: number = RATE_KEYS_MAX) {
    this.limit = limit;
    this.burst = burst;
    this.#intervalMs = limit.windowMs / limit.requests;
    this.#keysMax = keysMax;
  }

  get size(): number {
    return this.#restAt.size;
  }

  /** How long it is until a request of the key may come, milliseconds; 0: now. */
  waitMs(key: string, now: number): number {
    const restAt = this.#restAt.get(key);
    if (restAt === undefined) return 0;
    return Math.max(0, restAt - now - this.#intervalMs * (this.burst - 1));
  }

  /** A request of the key comes now. */
  take(key: string, now: number): void {
    const restAt = this.#restAt.get(key);
    if (restAt !== undefined) this.#restAt.delete(key);
    else this.#makeRoom(now);
    this.#restAt.set(key, Math.max(restAt ?? now, now) + this.#intervalMs);
  }

  /** How many more of the key may come at once. */
  left(key: string, now: number): number {
    const ahead = Math.max(0, (this.#restAt.get(key) ?? now) - now);
    // A request more is not made of rounding.
    return Math.max(0, Math.floor(this.burst - ahead / this.#intervalMs + 1e-6));
  }

  /** How long it is until the key may have its whole burst again, milliseconds. */
  resetMs(key: string, now: number): number {
    return Math.max(0, (this.#restAt.get(key) ?? now) - now);
  }

  /** Who is at rest has nothing to be remembered for; two for each one that comes, so that they do not heap up. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const [key, restAt] of this.#restAt) {
      if (this.#restAt.size < this.#keysMax && (restAt > now || looked === 2)) return;
      this.#restAt.delete(key);
      looked += 1;
    }
  }
}
