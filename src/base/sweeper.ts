/**
 * Deadlines for many things at the price of one timer: every member has a `deadline` that it moves by plain
 * assignment, and a sweep looks at all of them a few times a second. Nothing is allocated or re-armed per request;
 * the price is that a deadline is noticed up to one interval late, which no limit of ours minds.
 */
export interface Sweepable {
  /** On the clock of `performance.now()`, milliseconds; `Infinity` for none. */
  deadline: number;
  expire(now: number): void;
}

export class Sweeper {
  readonly #members = new Set<Sweepable>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Sweepable): void {
    this.#members.add(member);
  }

  delete(member: Sweepable): void {
    this.#members.delete(member);
  }

  /** Begins sweeping; the timer does not keep the process alive. */
  start(intervalMs: number): void {
    this.#timer ??= setInterval(() => this.sweep(), intervalMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  sweep(): void {
    const now = this.#now();
    for (const member of this.#members) {
      if (member.deadline <= now) member.expire(now);
    }
  }
}
