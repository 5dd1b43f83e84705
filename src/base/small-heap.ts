import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 3_000;
/** Heap more than there was after the last collection, bytes. */
const GROWN_BYTES = 1_048_576;

/**
 * Keeps the heap of a process small that has little to do and lives for months. V8 collects when something is allocated: a process that
 * allocates a little every hour keeps what its start and its busiest minute took. Not for a process that answers requests: a collection holds
 * everything up, for about 10 ms. How large the space of young objects becomes in a busy hour is said where Node is started (bin/licorne).
 */
export class SmallHeap {
  readonly #collect: () => void;
  readonly #size: () => number;
  #timer: NodeJS.Timeout | null = null;
  /** Bytes of the heap after the last collection. */
  #kept = 0;
  /** V8 makes the space of young objects smaller only when it sees in a collection that few have come since the one before. */
  #again = false;

  constructor(collector: () => void = collect, size: () => number = heapBytes) {
    this.#collect = collector;
    this.#size = size;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  look(): void {
    const grown = this.#size() >= this.#kept + GROWN_BYTES;
    if (!grown && !this.#again) return;
    this.#collect();
    this.#kept = this.#size();
    this.#again = grown;
  }
}

/** All that V8 has taken, used or not. */
function heapBytes(): number {
  return getHeapStatistics().total_heap_size;
}

/**
 * V8's `gc`, which Node starts without; a context has what was asked for when it was made. Another context each time: making one allocates a
 * little, and where nothing at all was allocated V8 leaves the space of young objects as large as it is.
 */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof gc === 'function') gc();
}
