import type { Sweepable, Sweeper } from '../base/sweeper.ts';

/** Who waits until a peer has room for it. */
export interface Waiter {
  /** It has waited as long as it may; it is not in the queue any more. */
  waitedTooLong(): void;
}

/** Requests that wait for a peer, the first first; bounded in number and time. */
export class PeerQueue<W extends Waiter> implements Sweepable {
  deadline = Infinity;
  readonly #max: number;
  readonly #ms: number;
  readonly #sweeper: Sweeper;
  /** With the time at which each gives up. */
  readonly #waiters = new Map<W, number>();

  constructor(max: number, ms: number, sweeper: Sweeper) {
    this.#max = max;
    this.#ms = ms;
    this.#sweeper = sweeper;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** False when the queue is full. */
  push(waiter: W, now: number): boolean {
    if (this.#waiters.size >= this.#max) return false;
    if (this.#waiters.size === 0) {
      this.deadline = now + this.#ms;
      this.#sweeper.add(this);
    }
    this.#waiters.set(waiter, now + this.#ms);
    return true;
  }

  /** The one that has waited the longest; null: nobody waits. */
  get first(): W | null {
    for (const waiter of this.#waiters.keys()) return waiter;
    return null;
  }

  /** It does not wait any more. */
  delete(waiter: W): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#sweeper.delete(this);
  }

  expire(now: number): void {
    // All have the same time: they give up in the order in which they came.
    for (const [waiter, until] of this.#waiters) {
      if (until > now) {
        this.deadline = until;
        return;
      }
      this.delete(waiter);
      waiter.waitedTooLong();
    }
  }
}
