import type { Log } from '../telemetry/log.ts';
import { Backoff, inSeconds } from '../children/backoff.ts';
import { inWords } from './boot-failure.ts';
import type { WorkerSet } from './worker-set.ts';
import { nameOf, type Worker } from '../children/worker.ts';

/** When a successor could not start, the next try comes after this at the earliest. */
const RETRY_MS_MIN = 1_000;
/** How soon it is looked again whether somebody on the way out is gone. */
const CROWDED_MS = 250;

interface Wish {
  readonly worker: Worker;
  readonly reason: string;
  /** It can't go on: what it had for clients is lost already. */
  readonly stuck: boolean;
}

/**
 * Replaces single workers that have had enough, ready first and one at a time, however many ask at once. Until its turn comes a worker serves
 * on; when its successor can't be started it serves on, too, and that is tried again later. No more are on their way out than are wanted: then
 * whoever still works serves on until one of those is gone, and for one that is stuck the first of those is ended.
 */
export class Recycler {
  readonly #set: WorkerSet;
  readonly #log: Log;
  readonly #wishes: Wish[] = [];
  readonly #asked = new WeakSet<Worker>();
  #backoff = new Backoff();
  #busy = false;
  #paused = false;

  constructor(set: WorkerSet, log: Log) {
    this.#set = set;
    this.#log = log;
  }

  /** @param reason the end of a sentence that begins with the worker: `has had 1000 requests`. */
  ask(worker: Worker, reason: string, stuck = false): void {
    if (this.#asked.has(worker)) return;
    this.#asked.add(worker);
    const wish = { worker, reason, stuck };
    if (stuck) this.#wishes.unshift(wish);
    else this.#wishes.push(wish);
    this.#next();
  }

  /** A reload replaces them all anyway. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#next();
  }

  #next(): void {
    if (this.#busy || this.#paused || this.#set.stopping) return;
    const wish = this.#wishes.shift();
    if (wish === undefined) return;
    const { state } = wish.worker;
    if (state !== 'ready') {
      // It is not needed by anybody yet: another one is started in its place.
      if (state === 'starting' || state === 'loaded') this.#set.retire(wish.worker);
      this.#next();
      return;
    }
    this.#busy = true;
    if (this.#set.departures.count < Math.max(1, this.#set.wanted)) void this.#replace(wish);
    else if (wish.stuck) {
      this.#set.departures.endOldest();
      void this.#replace(wish);
    } else {
      this.#wishes.push(wish);
      this.#after(CROWDED_MS);
    }
  }

  async #replace({ worker, reason, stuck }: Wish): Promise<void> {
    const set = this.#set;
    this.#log.info(`${nameOf(worker)} ${reason}; it is replaced`);
    const result = await set.replace(worker, set.recipe, set.generation);
    let delay = 0;
    if (result.ok) this.#backoff = new Backoff();
    else if (worker.state === 'ready' && !set.stopping) {
      delay = Math.max(RETRY_MS_MIN, this.#backoff.next(0));
      this.#log.error(
        `${nameOf(worker)} goes on, because its successor could not start: ${inWords(result.failure)}\nTrying again${inSeconds(delay)}`,
      );
      this.#wishes.push({ worker, reason, stuck });
    }
    this.#after(delay);
  }

  #after(delay: number): void {
    setTimeout(() => {
      this.#busy = false;
      this.#next();
    }, delay).unref();
  }
}
