import type { Worker } from '../children/worker.ts';

/** A worker whose boot_timeout is over has this long to say where in Python it is. */
const STACK_MS = 1_000;
/** One that could not, because it is in code that is no Python, has this long to write down its stack before it is killed. */
const ABORT_MS = 500;

/** The time that each worker has for its start. When it is over the worker is asked where it is, given up and killed. */
export class BootDeadlines {
  readonly #onOver: (worker: Worker, bootMs: number, stack: string) => void;
  readonly #timers = new Map<Worker, NodeJS.Timeout>();
  /** Those that are asked where they are, and what their time was. */
  readonly #asked = new Map<Worker, number>();

  /** @param onOver gives the worker up, once; `stack` is empty when it could not tell. Its process is ended here. */
  constructor(onOver: (worker: Worker, bootMs: number, stack: string) => void) {
    this.#onOver = onOver;
  }

  begin(worker: Worker, bootMs: number): void {
    this.#arm(worker, bootMs, () => {
      this.#asked.set(worker, bootMs);
      this.#arm(worker, STACK_MS, () => this.#silent(worker));
      worker.askBootStack();
    });
  }

  /** It says where it is. */
  told(worker: Worker, stack: string): void {
    if (!this.#asked.has(worker)) return;
    this.#giveUp(worker, stack);
    worker.kill('SIGKILL');
  }

  /** It has loaded the app, or is gone. */
  end(worker: Worker): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
    this.#asked.delete(worker);
  }

  /** The interpreter does nothing any more. A handler that needs none of it writes the stack to standard error. */
  #silent(worker: Worker): void {
    worker.kill('SIGABRT');
    this.#giveUp(worker, '');
    this.#arm(worker, ABORT_MS, () => {
      this.end(worker);
      worker.kill('SIGKILL');
    });
  }

  #giveUp(worker: Worker, stack: string): void {
    const bootMs = this.#asked.get(worker) ?? 0;
    this.end(worker);
    this.#onOver(worker, bootMs, stack);
  }

  #arm(worker: Worker, ms: number, over: () => void): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.set(worker, setTimeout(over, ms));
  }
}
