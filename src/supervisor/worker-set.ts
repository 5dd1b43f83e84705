import { MAIN_APP } from '../config/apps.ts';
import type { Log } from '../telemetry/log.ts';
import type { FailedMessage, ReadyMessage } from '../wire/control.ts';
import { Backoff, inSeconds } from './backoff.ts';
import { type ChildExit, describeExit } from './child.ts';
import type { RunDir } from './run-dir.ts';
import type { WorkerChildren } from './worker-children.ts';
import { WorkerProcess, type WorkerRecipe } from './worker-process.ts';

export interface WorkerSetOptions {
  /** Stands in the names of the workers' sockets. */
  readonly index: number;
  readonly count: number;
  readonly recipe: WorkerRecipe;
  readonly runDir: RunDir;
  /** A worker that is not ready after this is killed. */
  readonly bootMs: number;
  /** A worker told to leave that has not left after this is killed. */
  readonly gracefulMs: number;
  readonly log: Log;
  readonly children: WorkerChildren;
  readonly onReady: (worker: WorkerProcess, message: ReadyMessage) => void;
  /** During the first start only; later failures are logged and tried again. */
  readonly onFailedToBoot: (message: FailedMessage) => void;
  /** The gateways shall take it out of their pools. */
  readonly onDrain: (worker: WorkerProcess) => void;
  readonly onEmpty: () => void;
}

/** A link that breaks usually means that the worker just died; if its end is not seen within this, it is ended. */
const BROKEN_LINK_MS = 1_000;

/** The workers of one app: as many as wanted, each replaced when it dies. */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  readonly #workers = new Set<WorkerProcess>();
  readonly #backoffs = new Map<number, Backoff>();
  readonly #timers = new Map<WorkerProcess, NodeJS.Timeout>();
  readonly #failures = new WeakSet<WorkerProcess>();
  #count: number;
  #serial = 0;
  #booting = true;
  #ending = false;
  #stopping = false;
  /** What the first worker said when it was ready. */
  readyMessage: ReadyMessage | null = null;

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    this.#count = options.count;
  }

  get all(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  get empty(): boolean {
    return this.#workers.size === 0;
  }

  get allReady(): boolean {
    return this.#workers.size >= this.#count && this.all.every((worker) => worker.state === 'ready');
  }

  start(): void {
    for (let number = 0; number < this.#count; number += 1) this.#spawn(number);
  }

  /** The server serves: from now on a worker that cannot start is no reason to end. */
  booted(): void {
    this.#booting = false;
  }

  /** The server is about to stop: who was sent the same signal as the master (by systemd, to all of a service) waits for its word. */
  ending(): void {
    this.#ending = true;
  }

  scale(by: 1 | -1): void {
    if (by === 1) {
      this.#count += 1;
      this.#spawn(this.#freeNumber());
    } else if (this.#count > 1) {
      this.#count -= 1;
      const last = this.all
        .filter((worker) => worker.state === 'ready')
        .sort((a, b) => b.number - a.number)[0];
      if (last !== undefined) this.#retire(last);
    } else return;
    this.#options.log.info(`Workers wanted: ${this.#count}`);
  }

  /** A gateway has nothing with this worker any more. */
  released(pid: number, gateway: number): void {
    const worker = this.all.find((candidate) => candidate.pid === pid);
    if (worker === undefined || !worker.linkedGateways.delete(gateway)) return;
    if (worker.state === 'draining' && worker.linkedGateways.size === 0)
      worker.stop(this.#options.gracefulMs);
    else if (worker.state === 'ready' && !this.#stopping) this.#linkBroken(worker);
  }

  /** A gateway is no more, and with it everything it had with the workers; nobody else is to blame. */
  gatewayGone(gateway: number): void {
    for (const worker of this.#workers) {
      worker.linkedGateways.delete(gateway);
      if (worker.state === 'draining' && worker.linkedGateways.size === 0)
        worker.stop(this.#options.gracefulMs);
    }
  }

  /** They finish what they run; async tasks that take longer than `withinMs` are cancelled. */
  stopAll(withinMs: number): void {
    this.#stopping = true;
    for (const worker of this.#workers) worker.stop(withinMs);
    if (this.empty) this.#options.onEmpty();
  }

  /** They leave without finishing. */
  quit(): void {
    this.#stopping = true;
    for (const worker of this.#workers) worker.kill('SIGQUIT');
    if (this.empty) this.#options.onEmpty();
  }

  /** The time to finish is over. Async apps are told to put their things away; a thread that runs a request can't be. */
  cut(): void {
    this.#stopping = true;
    for (const worker of this.#workers) {
      if (worker.interface === 'asgi') worker.stop(0);
      else worker.kill('SIGQUIT');
    }
    if (this.empty) this.#options.onEmpty();
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  reopen(errorLog: string): void {
    for (const worker of this.#workers) worker.reopen(errorLog);
  }

  #spawn(number: number): void {
    const { recipe, runDir, children, bootMs, log } = this.#options;
    this.#serial += 1;
    const socket = runDir.workerSocket(this.#options.index, number, this.#serial);
    const worker = new WorkerProcess(number, socket, recipe, children, {
      ready: (from, message) => this.#ready(from, message),
      failed: (from, message) => this.#failed(from, message),
      leaving: (from) => {
        if (!this.#ending) this.#retire(from);
      },
      exited: (from, exit) => this.#exited(from, exit),
    });
    this.#workers.add(worker);
    this.#arm(worker, bootMs, () => {
      const seconds = bootMs / 1000;
      if (this.#booting) {
        this.#failures.add(worker);
        this.#options.onFailedToBoot(slow(seconds));
      } else log.error(`${name(worker)} was not ready after ${seconds} s (boot_timeout) and is killed`);
      worker.kill('SIGKILL');
    });
  }

  #ready(worker: WorkerProcess, message: ReadyMessage): void {
    this.#disarm(worker);
    this.readyMessage ??= message;
    this.#options.log.debug(`${name(worker)} is ready`);
    this.#options.onReady(worker, message);
  }

  #failed(worker: WorkerProcess, message: FailedMessage): void {
    this.#failures.add(worker);
    if (this.#booting) this.#options.onFailedToBoot(message);
    else
      this.#options.log.error(
        `${name(worker)} could not start: ${message.title}\n${message.traceback}${message.hint}`,
      );
  }

  /** Out of the pool first; told to stop once no gateway has anything with it. */
  #retire(worker: WorkerProcess): void {
    if (worker.state !== 'ready') {
      if (worker.state === 'starting') worker.stop(this.#options.gracefulMs);
      return;
    }
    worker.state = 'draining';
    this.#arm(worker, this.#options.gracefulMs, () => {
      this.#options.log.warning(`${name(worker)} had not finished after graceful_timeout and is killed`);
      worker.kill('SIGKILL');
    });
    if (worker.linkedGateways.size === 0) worker.stop(this.#options.gracefulMs);
    else this.#options.onDrain(worker);
  }

  #linkBroken(worker: WorkerProcess): void {
    this.#arm(worker, BROKEN_LINK_MS, () => {
      this.#options.log.error(`${name(worker)} lost its link to a gateway and is replaced`);
      worker.kill('SIGKILL');
    });
  }

  #exited(worker: WorkerProcess, exit: ChildExit): void {
    const wanted = worker.livedMs;
    this.#disarm(worker);
    this.#workers.delete(worker);
    if (this.#stopping) {
      if (this.empty) this.#options.onEmpty();
      return;
    }
    if (this.#booting && !this.#failures.has(worker)) {
      this.#options.onFailedToBoot(unexplained(worker, exit, this.#options.recipe.python));
      return;
    }
    if (this.#workers.size >= this.#count || this.#booting) return;
    const delay = this.#backoff(worker.number).next(wanted);
    const level = exit.code === 0 && exit.signal === null ? 'info' : 'error';
    this.#options.log.line(
      level,
      `${name(worker)} ${worker.killed ? 'is gone' : describeExit(exit)}; starting another${inSeconds(delay)}`,
    );
    setTimeout(() => {
      if (!this.#stopping && this.#workers.size < this.#count) this.#spawn(this.#freeNumber());
    }, delay).unref();
  }

  /** The lowest number no worker has, so that numbers stay small and stable. */
  #freeNumber(): number {
    const taken = new Set(this.all.map((worker) => worker.number));
    let number = 0;
    while (taken.has(number)) number += 1;
    return number;
  }

  #backoff(number: number): Backoff {
    let backoff = this.#backoffs.get(number);
    if (backoff === undefined) {
      backoff = new Backoff();
      this.#backoffs.set(number, backoff);
    }
    return backoff;
  }

  #arm(worker: WorkerProcess, ms: number, over: () => void): void {
    this.#disarm(worker);
    this.#timers.set(worker, setTimeout(over, ms));
  }

  #disarm(worker: WorkerProcess): void {
    clearTimeout(this.#timers.get(worker));
    this.#timers.delete(worker);
  }
}

function name(worker: WorkerProcess): string {
  return `Worker ${worker.app === MAIN_APP ? '' : `${worker.app}/`}${worker.number} (pid ${worker.pid})`;
}

/** The first start failed and the worker could not say why. */
function unexplained(worker: WorkerProcess, exit: ChildExit, python: string): FailedMessage {
  const missing = exit.error?.code === 'ENOENT';
  return {
    type: 'failed',
    stage: 'boot',
    title: missing
      ? `The Python interpreter ${python} could not be started`
      : `${name(worker)} ${describeExit(exit)} before it was ready`,
    message: '',
    traceback: '',
    hint: missing ? 'Name the interpreter with --python.' : '',
  };
}

function slow(seconds: number): FailedMessage {
  return {
    type: 'failed',
    stage: 'boot',
    title: `The application was not loaded within ${seconds} s (boot_timeout).`,
    message: '',
    traceback: '',
    hint: 'If it needs that long to start, give it more: --boot-timeout 300. A module that starts a server of its own while it is imported never comes to its end.',
  };
}
