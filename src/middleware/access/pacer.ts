/** How often what waits gets more, milliseconds. */
const TICK_MS = 50;

/** Something that may go on when time has passed. */
export interface Paced {
  /** False: it waits no longer. */
  tick(now: number): boolean;
}

/** One timer for all responses of a gateway that are slowed down; none while none of them waits. */
export class Pacer {
  readonly #waiting = new Set<Paced>();
  #timer: NodeJS.Timeout | null = null;

  add(paced: Paced): void {
    this.#waiting.add(paced);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  delete(paced: Paced): void {
    this.#waiting.delete(paced);
    this.#rest();
  }

  #tick(): void {
    const now = performance.now();
    for (const paced of this.#waiting) if (!paced.tick(now)) this.#waiting.delete(paced);
    this.#rest();
  }

  #rest(): void {
    if (this.#waiting.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
