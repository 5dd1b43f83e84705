import type { AppRecipe } from '../../../src/supervisor/app-recipe.ts';
import type { ChildExit } from '../../../src/children/child.ts';
import type { WorkerEvents } from '../../../src/children/worker-process.ts';
import type { WorkerSetOptions } from '../../../src/supervisor/worker-set-options.ts';
import { WorkerSet } from '../../../src/supervisor/worker-set.ts';
import type { Worker, WorkerState } from '../../../src/children/worker.ts';
import { Log } from '../../../src/telemetry/log.ts';
import type { FailedMessage, LeavingMessage, ReadyMessage } from '../../../src/wire/control.ts';

const READY: ReadyMessage = { type: 'ready', interface: 'wsgi', python: '3.12.1', pid: 0, static: null };

/** A worker without a process: tests say what happens to it. */
export class FakeWorker implements Worker {
  readonly app = 'app';
  readonly socket = '/socket';
  readonly startedAt = performance.now();
  readonly linkedGateways = new Set<number>();
  interface: 'wsgi' | 'asgi' = 'wsgi';
  said: ReadyMessage | null = null;
  state: WorkerState = 'starting';
  pressure = { lagMs: 0, busy: 0 };
  livedMs = 0;
  killed = false;
  present = true;
  readonly pid: number;
  readonly number: number;
  readonly generation: number;
  readonly maxRequests: number;
  /** What it was told. */
  readonly told: string[] = [];
  readonly #events: WorkerEvents;

  constructor(pid: number, number: number, generation: number, maxRequests: number, events: WorkerEvents) {
    this.pid = pid;
    this.number = number;
    this.generation = generation;
    this.maxRequests = maxRequests;
    this.#events = events;
  }

  load(): void {
    this.state = 'loaded';
    this.said = { ...READY, interface: this.interface, pid: this.pid };
    this.#events.ready(this, this.said);
  }

  fail(title: string): void {
    const message: FailedMessage = {
      type: 'failed',
      stage: 'boot',
      title,
      message: '',
      traceback: 'a traceback\n',
      hint: '',
    };
    this.#events.failed(this, message);
    this.exit({ code: 3 });
  }

  leave(reason: LeavingMessage['reason']): void {
    this.#events.leaving(this, { type: 'leaving', reason });
  }

  exit(exit: Partial<ChildExit> = {}): void {
    this.state = 'exited';
    this.#events.exited(this, { code: 0, signal: null, error: null, ...exit });
  }

  stop(withinMs: number): void {
    this.told.push(`stop ${withinMs}`);
    this.state = 'stopping';
  }

  heard(): void {
    this.told.push('heard');
  }

  tell(): void {
    this.told.push('changed');
  }

  askBootStack(): void {
    this.told.push('boot_stack');
  }

  /** It says how busy it is. */
  press(lagMs: number, busy: number): void {
    this.pressure = { lagMs, busy };
    this.#events.pressed(this);
  }

  /** It says where it is. */
  tellBootStack(stack: string): void {
    this.#events.bootStack(this, stack);
  }

  reportLag(on: boolean): void {
    this.told.push(on ? 'report_lag' : 'no report_lag');
  }

  writeStack(): void {
    this.told.push('stack');
  }

  reopen(): void {
    this.told.push('reopen');
  }

  kill(signal: NodeJS.Signals): void {
    this.told.push(signal);
    this.killed = true;
  }
}

export function appRecipe(changes: Partial<AppRecipe> = {}): AppRecipe {
  return {
    worker: {
      python: 'python3',
      bridgeDir: '',
      env: {},
      cwd: '/',
      preload: false,
      readsTerminal: false,
      start: { app: 'app', target: 'a', threads: 1 } as AppRecipe['worker']['start'],
    },
    workers: 2,
    workersMax: 2,
    bootMs: 1000,
    cheap: false,
    idleMs: 0,
    limits: {
      requestsMax: 0,
      requestsJitter: 0,
      memoryBytesMax: 0,
      memoryBytesHard: 0,
      memoryShared: false,
      lifetimeMs: 0,
    },
    ...changes,
  };
}

/** What sets and apps are made with; the gateways link and release at once. */
export function fakeOptions() {
  const spawned: FakeWorker[] = [];
  const pool: Worker[] = [];
  const events: string[] = [];
  const lines: string[] = [];
  const log = new Log({ level: 'debug', format: 'text', write: (line) => lines.push(line) });
  const options: Omit<WorkerSetOptions, 'recipe' | 'onUnable' | 'onLeaving'> = {
    log,
    gracefulMs: 30_000,
    spawn: (number, _recipe, generation, maxRequests, workerEvents) => {
      const worker = new FakeWorker(100 + spawned.length, number, generation, maxRequests, workerEvents);
      spawned.push(worker);
      return worker;
    },
    pool: {
      add: (worker) => void pool.push(worker),
      remove: (worker) => void pool.splice(pool.indexOf(worker), 1),
      linked: () => true,
    },
    onFailedToBoot: ({ title }) => events.push(`failed to boot: ${title}`),
    onEmpty: () => events.push('empty'),
    dev: null,
  };
  return { spawned, pool, events, lines, options };
}

/** @param developing a worker that cannot start is told as a fault. */
export function fakeSet(recipe: AppRecipe = appRecipe(), booted = true, developing = false) {
  const { spawned, pool, events, lines, options } = fakeOptions();
  const set: WorkerSet = new WorkerSet({
    ...options,
    recipe,
    dev: developing
      ? { heard: () => undefined, bootFailed: ({ title }) => events.push(`fault: ${title}`) }
      : null,
    onUnable: ({ title }) => events.push(`unable: ${title}`),
    onLeaving: (worker, { reason }) => events.push(`${worker.pid} leaving: ${reason}`),
  });
  set.start();
  if (booted) {
    for (const worker of spawned) worker.load();
    set.booted();
  }
  /** `PID:STATE` of all workers. */
  const states = (): string[] => set.all.map(({ pid, state }) => `${pid}:${state}`);
  return { set, spawned, pool, events, lines, log: options.log, states };
}

/** Lets what waits for promises go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
