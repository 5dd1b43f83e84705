import { Deque } from '../base/deque.ts';
import type { WorkerStream } from './worker-stream.ts';

/** Requests that wait for a worker, in the order they came; those that a worker gave back are before all others. */
export class StreamQueue {
  #waiting: Deque<WorkerStream>;
  /** Bounded by what workers are sent ahead. */
  readonly #returned: WorkerStream[] = [];

  constructor(max: number) {
    this.#waiting = new Deque(max);
  }

  /** Those whose client left meanwhile included, until their turn. */
  get size(): number {
    return this.#waiting.size + this.#returned.length;
  }

  /** Another limit; who waits already is not turned away by it. */
  limit(max: number): void {
    const waiting = this.#waiting;
    this.#waiting = new Deque(Math.max(max, waiting.size));
    for (let stream = waiting.shift(); stream !== undefined; stream = waiting.shift())
      this.#waiting.push(stream);
  }

  /** False when it is full. Requests whose client has left keep their place until somebody needs it: they may not keep others out. */
  push(stream: WorkerStream): boolean {
    if (this.#waiting.push(stream)) return true;
    this.#waiting.retain((waiting) => waiting.state === 'queued');
    return this.#waiting.push(stream);
  }

  /** A worker gave it back: it is as old as it was. */
  putBack(stream: WorkerStream): void {
    this.#returned.push(stream);
  }

  /** The next one whose client is there; null when none waits. */
  next(): WorkerStream | null {
    const next = this.peek();
    if (next !== null) this.#drop();
    return next;
  }

  /** As `next`, and it stays. */
  peek(): WorkerStream | null {
    for (let head = this.#head(); head !== undefined; head = this.#head()) {
      if (head.state === 'queued') return head;
      this.#drop();
    }
    return null;
  }

  /** Takes out those that were queued before, one at a time; null when there is none. */
  nextBefore(time: number): WorkerStream | null {
    const head = this.peek();
    return head !== null && head.queuedAt <= time ? this.next() : null;
  }

  #head(): WorkerStream | undefined {
    return this.#returned[0] ?? this.#waiting.peek();
  }

  #drop(): void {
    if (this.#returned.length > 0) this.#returned.shift();
    else this.#waiting.shift();
  }
}
