import type { Log } from '../telemetry/log.ts';
import type { WorkerPool } from './worker-set-options.ts';
import { nameOf, type Worker } from '../children/worker.ts';

export interface DeparturesOptions {
  readonly pool: WorkerPool;
  /** How long requests may take to finish, and again what the app has to put away, milliseconds. */
  readonly gracefulMs: number;
  readonly log: Log;
}

/** A link that breaks usually means that the worker just died; if its end is not seen within this, it is ended. */
const BROKEN_LINK_MS = 1_000;
/** When its requests have had their time, an async app still gets this long for cancelled tasks and its shutdown. */
const PUT_AWAY_MS = 5_000;
/** What the hooks worker_abort and worker_exit of a worker may take that is killed. */
const HOOK_MS = 2_000;

/** Workers on their way out: out of the pool first, told to stop once no gateway has anything with them, killed in the end. */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #leaving = new WeakSet<Worker>();
  /** In the order in which they began to leave. */
  readonly #there = new Set<Worker>();
  readonly #ended = new WeakSet<Worker>();
  /** A gateway has given up what it has with them. */
  readonly #hung = new WeakSet<Worker>();
  readonly #timers = new Map<Worker, NodeJS.Timeout>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Whether it was told to leave. */
  has(worker: Worker): boolean {
    return this.#leaving.has(worker);
  }

  /** How many are on their way out. */
  get count(): number {
    return this.#there.size;
  }

  /** Who left first has had the most time: it is ended. Nobody can be without end on the way out, whatever clients do. */
  endOldest(): void {
    for (const worker of this.#there) {
      if (this.#ended.has(worker)) continue;
      this.#options.log.warning(
        `${nameOf(worker)} is ended: no more than one for each worker can be on their way out`,
      );
      this.#end(worker);
      return;
    }
  }

  begin(worker: Worker): void {
    this.#leaving.add(worker);
    this.#there.add(worker);
    if (worker.state === 'ready') {
      worker.state = 'draining';
      this.#arm(worker, this.#options.gracefulMs, () => this.#graceOver(worker));
      if (worker.linkedGateways.size > 0) {
        this.#options.pool.remove(worker);
        return;
      }
    }
    this.#stop(worker);
  }

  /** A gateway has nothing with it any more. @param hung but for what it gave up, which nobody has to wait for. */
  released(worker: Worker, hung = false): void {
    if (hung) this.#hung.add(worker);
    if (worker.state !== 'draining' || worker.linkedGateways.size > 0) return;
    if (this.#hung.has(worker)) {
      this.#options.log.warning(
        `${nameOf(worker)} is ended: all that it still runs has had its time (request_timeout)`,
      );
      this.#end(worker);
    } else this.#stop(worker);
  }

  /** Nobody asked it to leave, and yet a gateway has lost it. */
  lost(worker: Worker): void {
    this.#arm(worker, BROKEN_LINK_MS, () => {
      this.#options.log.error(`${nameOf(worker)} lost its link to a gateway and is replaced`);
      worker.kill('SIGKILL');
    });
  }

  /** It is gone. */
  gone(worker: Worker): void {
    this.#disarm(worker);
    this.#there.delete(worker);
  }

  #stop(worker: Worker): void {
    const { gracefulMs } = this.#options;
    worker.stop(gracefulMs);
    this.#arm(worker, gracefulMs, () => this.#graceOver(worker));
  }

  #graceOver(worker: Worker): void {
    const { log } = this.#options;
    if (worker.interface === 'asgi' && worker.linkedGateways.size > 0) {
      log.warning(`${nameOf(worker)} had not finished after graceful_timeout; what still runs is cancelled`);
      this.#putAway(worker);
      return;
    }
    log.warning(`${nameOf(worker)} had not finished after graceful_timeout and is killed`);
    this.#kill(worker);
  }

  /** Nothing that it still does is waited for. */
  #end(worker: Worker): void {
    this.#ended.add(worker);
    if (worker.interface === 'asgi') this.#putAway(worker);
    else this.#kill(worker);
  }

  #putAway(worker: Worker): void {
    worker.stop(0);
    this.#arm(worker, PUT_AWAY_MS, () => worker.kill('SIGKILL'));
  }

  #kill(worker: Worker): void {
    worker.state = 'stopping';
    if (worker.hooked === true) {
      worker.kill('SIGABRT');
      this.#arm(worker, HOOK_MS, () => worker.kill('SIGKILL'));
    } else worker.kill('SIGKILL');
  }

  #arm(worker: Worker, ms: number, over: () => void): void {
    this.#disarm(worker);
    this.#timers.set(worker, setTimeout(over, ms).unref());
  }

  #disarm(worker: Worker): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
  }
}
