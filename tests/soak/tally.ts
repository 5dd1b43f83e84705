/** One request (or session) that a client began and did not get an answer to. */
export interface Loss {
  /** `short`, `upload`, `download`, `events`, `websocket`. */
  readonly kind: string;
  /** What the client saw. */
  readonly cause: string;
  /** On the clock of `performance.now()`. */
  readonly at: number;
  /** The request had gone out on a connection that had served others before. */
  readonly reused: boolean;
}

/** What all clients together have seen. */
export class Tally {
  readonly losses: Loss[] = [];
  readonly #answered = new Map<string, number>();
  #waiting: { left: number; wake: () => void }[] = [];

  get answered(): number {
    let sum = 0;
    for (const count of this.#answered.values()) sum += count;
    return sum;
  }

  get byKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#answered);
  }

  ok(kind: string): void {
    this.#answered.set(kind, (this.#answered.get(kind) ?? 0) + 1);
    for (const waiter of this.#waiting) waiter.left -= 1;
    const done = this.#waiting.filter((waiter) => waiter.left <= 0);
    if (done.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => waiter.left > 0);
    for (const waiter of done) waiter.wake();
  }

  lost(kind: string, cause: string, reused: boolean): void {
    this.losses.push({ kind, cause, at: performance.now(), reused });
  }

  /** Resolves when `count` more were answered, or after `withinMs`. */
  async more(count: number, withinMs = 20_000): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ left: count, wake });
    });
  }
}
