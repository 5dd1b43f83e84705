/** A process that lived this long after it was ready is no crash loop. */
const HEALTHY_MS = 10_000;
const FIRST_DELAY_MS = 250;
const DELAY_MS_MAX = 30_000;

/** How long to wait before a process that died is started again: at once the first time, then longer and longer. */
export class Backoff {
  #failures = 0;

  /** @param livedMs how long the process that died had been ready; 0 if it never was. Returns milliseconds. */
  next(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#failures = 0;
    this.#failures += 1;
    if (this.#failures === 1) return 0;
    return Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** (this.#failures - 2));
  }
}

/** One for each numbered place of a set of processes. */
export class Backoffs {
  readonly #all = new Map<number, Backoff>();

  of(number: number): Backoff {
    let backoff = this.#all.get(number);
    if (backoff === undefined) {
      backoff = new Backoff();
      this.#all.set(number, backoff);
    }
    return backoff;
  }

  /** What died before does not count any more. */
  clear(): void {
    this.#all.clear();
  }
}

/** ` in 2 s`, for a log line; nothing for no delay. */
export function inSeconds(ms: number): string {
  return ms === 0 ? '' : ` in ${(ms / 1000).toFixed(ms < 1000 ? 2 : 0)} s`;
}
