import { Deque } from '../base/deque.ts';
import type { UpstreamFailure } from './worker-stream.ts';

/** A request that can't be written for a worker yet: nobody knows what the app speaks. */
export interface Waiter {
  /** On the clock of `performance.now()`. */
  readonly since: number;
  /** Its client has left. */
  readonly gone: boolean;
  /** A worker has come: the request begins as any other. */
  begin(): void;
  failed(failure: UpstreamFailure): void;
}

/** Where requests wait until the first worker of an app has said which interface it has, in order of arrival. */
export class WaitingRoom {
  readonly #waiters: Deque<Waiter>;

  constructor(capacity: number) {
    this.#waiters = new Deque(capacity);
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** When the oldest came whose client is still there; Infinity when there is none. */
  get oldest(): number {
    for (let head = this.#waiters.peek(); head?.gone === true; head = this.#waiters.peek())
      this.#waiters.shift();
    return this.#waiters.peek()?.since ?? Infinity;
  }

  /** False when it is full. */
  add(waiter: Waiter): boolean {
    if (this.#waiters.push(waiter)) return true;
    this.#waiters.retain((waiting) => !waiting.gone);
    return this.#waiters.push(waiter);
  }

  letAllIn(): void {
    // Who begins may fail at once, but never comes back in here.
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift())
      if (!waiter.gone) waiter.begin();
  }

  /** Those that came before, or all. */
  refuse(failure: (waiter: Waiter) => UpstreamFailure, before = Infinity): void {
    while (this.oldest < before) {
      const waiter = this.#waiters.shift();
      waiter?.failed(failure(waiter));
    }
  }
}
