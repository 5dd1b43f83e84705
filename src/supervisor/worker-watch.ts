import type { Log } from '../telemetry/log.ts';
import type { Recycler } from './recycler.ts';
import type { WorkerSet } from './worker-set.ts';
import { nameOf, type Worker } from '../children/worker.ts';

/** Part of `max_lifetime` that is added to it by chance, so that workers that began together do not end together. */
const LIFETIME_JITTER = 0.1;
const MIB = 1_048_576;

/** Tells how much memory a process has, bytes; null: that can't be told. */
export type MeasureMemory = (pid: number, shared: boolean) => number | null;

/** Looks after the age and the memory of an app's workers, as often as `look` is called. */
export class WorkerWatch {
  readonly #set: WorkerSet;
  readonly #recycler: Recycler;
  readonly #measure: MeasureMemory;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #jitters = new WeakMap<Worker, number>();

  constructor(
    set: WorkerSet,
    recycler: Recycler,
    measure: MeasureMemory,
    log: Log,
    random: () => number = Math.random,
  ) {
    this.#set = set;
    this.#recycler = recycler;
    this.#measure = measure;
    this.#log = log;
    this.#random = random;
  }

  /** Whether there is anything to look after. */
  get needed(): boolean {
    const { lifetimeMs, memoryBytesMax, memoryBytesHard } = this.#set.recipe.limits;
    return lifetimeMs > 0 || memoryBytesMax > 0 || memoryBytesHard > 0;
  }

  look(): void {
    const { lifetimeMs, memoryBytesMax, memoryBytesHard } = this.#set.recipe.limits;
    for (const worker of this.#set.all) {
      if (worker.state === 'exited' || worker.killed || !worker.present) continue;
      if (lifetimeMs > 0 && worker.state === 'ready') this.#checkAge(worker, lifetimeMs);
      if (memoryBytesMax > 0 || memoryBytesHard > 0) this.#checkMemory(worker);
    }
  }

  #checkAge(worker: Worker, lifetimeMs: number): void {
    let jitter = this.#jitters.get(worker);
    if (jitter === undefined) {
      jitter = this.#random() * LIFETIME_JITTER;
      this.#jitters.set(worker, jitter);
    }
    if (worker.livedMs >= lifetimeMs * (1 + jitter))
      this.#recycler.ask(worker, `is ${Math.round(worker.livedMs / 1000)} s old (max_lifetime)`);
  }

  #checkMemory(worker: Worker): void {
    const { memoryBytesMax, memoryBytesHard, memoryShared } = this.#set.recipe.limits;
    const bytes = this.#measure(worker.pid, memoryShared);
    if (bytes === null) return;
    if (memoryBytesHard > 0 && bytes > memoryBytesHard) {
      this.#log.error(
        `${nameOf(worker)} has ${inMib(bytes)} of memory, more than max_memory_hard (${inMib(memoryBytesHard)}), and is killed`,
      );
      worker.kill('SIGKILL');
    } else if (memoryBytesMax > 0 && bytes > memoryBytesMax && worker.state === 'ready')
      this.#recycler.ask(
        worker,
        `has ${inMib(bytes)} of memory, more than max_memory (${inMib(memoryBytesMax)})`,
      );
  }
}

function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
