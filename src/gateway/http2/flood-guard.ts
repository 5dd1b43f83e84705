/** What a client may do at once before the rate counts. */
const BURST_MAX = 200;
/** What it may go on doing, per second. */
const RATE_MAX = 20;

/**
 * Counts what costs a client nothing and us something: streams that it opens and resets at once (CVE-2023-44487), pings, settings. Nobody honest
 * comes near; who spends more than the burst and the rate is to be sent away.
 */
export class FloodGuard {
  readonly #now: () => number;
  #left = BURST_MAX;
  #at: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Takes note of one; false: that was too much. */
  spend(): boolean {
    const now = this.#now();
    this.#left = Math.min(BURST_MAX, this.#left + ((now - this.#at) * RATE_MAX) / 1000) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
