import type { Log } from '../telemetry/log.ts';
import { nameOf, type Worker } from './worker.ts';

/** Of each worker one stack is written in this time: many requests that hang at the same place say no more than one. */
const PACE_MS = 1_000;

/** Keeps clients from filling the log with stacks of requests that take too long. What is left out is counted, and told. */
export class StackPace {
  readonly #log: Log;
  /** Of workers that had a stack written a moment ago: how many more were asked for since. */
  readonly #leftOut = new Map<Worker, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Whether a stack of this worker may be written now. */
  allows(worker: Worker): boolean {
    const leftOut = this.#leftOut.get(worker);
    if (leftOut !== undefined) {
      this.#leftOut.set(worker, leftOut + 1);
      return false;
    }
    this.#leftOut.set(worker, 0);
    setTimeout(() => this.#tell(worker), PACE_MS).unref();
    return true;
  }

  #tell(worker: Worker): void {
    const leftOut = this.#leftOut.get(worker) ?? 0;
    this.#leftOut.delete(worker);
    if (leftOut === 0) return;
    const what =
      leftOut === 1 ? 'the stack of 1 more request is' : `the stacks of ${leftOut} more requests are`;
    this.#log.warning(`${nameOf(worker)}: ${what} left out (one a second is written)`);
  }
}
