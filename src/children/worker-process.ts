import type {
  FailedMessage,
  LeavingMessage,
  MasterToWorker,
  ReadyMessage,
  StartMessage,
  WorkerToMaster,
} from '../wire/control.ts';
import type { ChangedMessage, DevWorkerMessage } from '../wire/dev.ts';
import type { ChildExit, ControlledChild } from './child.ts';
import { removeSocket } from './run-dir.ts';
import type { WorkerChildren } from './worker-children.ts';
import type { Pressure, Worker, WorkerState } from './worker.ts';

/** How to start a worker; the same for all workers of an app but for number and socket. */
export interface WorkerRecipe {
  readonly python: string;
  readonly bridgeDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The workers of this very recipe are forked from one zygote. */
  readonly preload: boolean;
  /** Somebody may want to talk to a debugger in it. */
  readonly readsTerminal: boolean;
  readonly start: Omit<StartMessage, 'worker' | 'socket' | 'age' | 'max_requests'>;
}

export interface WorkerEvents {
  /** The app is loaded. */
  ready(worker: Worker, message: ReadyMessage): void;
  failed(worker: Worker, message: FailedMessage): void;
  /** It asks to be replaced: it was sent SIGTERM by somebody, or has had its number of requests. */
  leaving(worker: Worker, message: LeavingMessage): void;
  exited(worker: Worker, exit: ChildExit): void;
  /** It says where in Python it is; several lines, may be empty. */
  bootStack(worker: Worker, stack: string): void;
  /** Its `pressure` is another. */
  pressed(worker: Worker): void;
  /** Something for whoever works on the app. */
  developing(worker: Worker, message: DevWorkerMessage): void;
}

/** The master's side of one worker; its other half is python/licorne_worker/boot.py. */
export class WorkerProcess implements Worker {
  readonly app: string;
  readonly number: number;
  readonly generation: number;
  readonly socket: string;
  readonly hooked: boolean;
  interface: 'wsgi' | 'asgi' = 'wsgi';
  said: ReadyMessage | null = null;
  state: WorkerState = 'starting';
  pressure: Pressure = { lagMs: 0, busy: 0 };
  readonly startedAt = performance.now();
  readonly linkedGateways = new Set<number>();
  readonly #child: ControlledChild<MasterToWorker>;
  #loadedAt = 0;
  readonly #events: WorkerEvents;
  #killed = false;

  constructor(
    number: number,
    generation: number,
    socket: string,
    recipe: WorkerRecipe,
    maxRequests: number,
    children: WorkerChildren,
    events: WorkerEvents,
  ) {
    this.app = recipe.start.app;
    this.number = number;
    this.generation = generation;
    this.socket = socket;
    this.hooked = recipe.start.hooks !== null;
    this.#events = events;
    const start = { ...recipe.start, worker: number, socket, max_requests: maxRequests };
    this.#child = children.start(recipe, start, {
      onMessage: (message) => this.#received(message),
      onExit: (exit) => {
        this.state = 'exited';
        removeSocket(socket);
        events.exited(this, exit);
      },
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get present(): boolean {
    return this.#child.present;
  }

  get livedMs(): number {
    return this.#loadedAt === 0 ? 0 : performance.now() - this.#loadedAt;
  }

  stop(withinMs: number): void {
    if (this.state === 'exited') return;
    this.state = 'stopping';
    this.#child.send({ type: 'stop', within: withinMs / 1000 });
  }

  heard(): void {
    this.#child.send({ type: 'heard' });
  }

  askBootStack(): void {
    this.#child.send({ type: 'boot_stack' });
  }

  reportLag(on: boolean): void {
    this.#child.send({ type: 'report_lag', on });
    if (!on) this.pressure = { lagMs: 0, busy: 0 };
  }

  writeStack(requestId: string, reason: string): void {
    this.#child.send({ type: 'stack', request_id: requestId, reason });
  }

  tell(message: ChangedMessage): void {
    this.#child.send(message);
  }

  reopen(errorLog: string): void {
    this.#child.send({ type: 'reopen', error_log: errorLog });
  }

  get killed(): boolean {
    return this.#killed;
  }

  kill(signal: NodeJS.Signals): void {
    this.#killed = true;
    this.#child.kill(signal);
  }

  #received(message: WorkerToMaster): void {
    if (message.type === 'ready') {
      if (this.state !== 'starting') return;
      this.state = 'loaded';
      this.interface = message.interface;
      this.said = message;
      this.#loadedAt = performance.now();
      this.#events.ready(this, message);
    } else if (message.type === 'failed') this.#events.failed(this, message);
    else if (message.type === 'leaving') this.#events.leaving(this, message);
    else if (message.type === 'boot_stack') this.#events.bootStack(this, message.stack);
    else if (message.type === 'lag') {
      this.pressure = { lagMs: message.ms, busy: message.busy };
      this.#events.pressed(this);
    } else this.#events.developing(this, message);
  }
}
