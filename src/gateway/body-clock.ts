import type { BodyLimit } from '../http/exchange.ts';

/** What a request body must keep to; the options of the same names say more. */
export interface BodyPace {
  /** Longest silence. */
  readonly bodyMs: number;
  /** Bytes per second, on average over a window. */
  readonly bodyRateMin: number;
  /** Length of a window, and so the time before the rate counts. */
  readonly bodyRateGraceMs: number;
}

/**
 * Watches that a request body keeps coming: some bytes within `bodyMs`, and at least the minimum rate over each window.
 * Time in which we did not want bytes does not count.
 */
export class BodyClock {
  readonly #pace: BodyPace;
  #lastByte = Infinity;
  #windowStart = Infinity;
  #windowBytes = 0;

  constructor(pace: BodyPace) {
    this.#pace = pace;
  }

  /** When to look next; `Infinity` while stopped. */
  get deadline(): number {
    return Math.min(this.#lastByte + this.#pace.bodyMs, this.#windowStart + this.#window);
  }

  start(now: number): void {
    this.#lastByte = now;
    this.#windowStart = now;
    this.#windowBytes = 0;
  }

  stop(): void {
    this.#lastByte = Infinity;
    this.#windowStart = Infinity;
  }

  received(bytes: number, now: number): void {
    this.#lastByte = now;
    this.#windowBytes += bytes;
  }

  /** Whether the body is too slow at `now`; begins the next window otherwise. */
  late(now: number): boolean {
    if (now >= this.#lastByte + this.#pace.bodyMs) return true;
    const elapsed = now - this.#windowStart;
    if (elapsed < this.#window) return false;
    if (this.#windowBytes < (this.#pace.bodyRateMin * elapsed) / 1000) return true;
    this.#windowStart = now;
    this.#windowBytes = 0;
    return false;
  }

  get #window(): number {
    return this.#pace.bodyRateMin === 0 ? Infinity : Math.max(1000, this.#pace.bodyRateGraceMs);
  }
}

/** Whether a place of a site says something of the pace. */
export function changesPace({ silenceMs, rateMin }: BodyLimit): boolean {
  return silenceMs !== null || rateMin !== null;
}

/** The pace in such a place. */
export function paceWithin(pace: BodyPace, { silenceMs, rateMin }: BodyLimit): BodyPace {
  const { bodyMs, bodyRateMin, bodyRateGraceMs } = pace;
  return { bodyMs: silenceMs ?? bodyMs, bodyRateMin: rateMin ?? bodyRateMin, bodyRateGraceMs };
}
