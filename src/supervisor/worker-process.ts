import type {
  FailedMessage,
  MasterToWorker,
  ReadyMessage,
  StartMessage,
  WorkerToMaster,
} from '../wire/control.ts';
import type { ChildExit, ControlledChild } from './child.ts';
import type { WorkerChildren } from './worker-children.ts';

/** How to start a worker; the same for all workers of an app but for number and socket. */
export interface WorkerRecipe {
  readonly python: string;
  readonly bridgeDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The workers of this very recipe are forked from one zygote. */
  readonly preload: boolean;
  readonly start: Omit<StartMessage, 'worker' | 'socket'>;
}

export type WorkerState =
  /** Importing the app. */
  | 'starting'
  /** In the pool. */
  | 'ready'
  /** Gateways hand it nothing more and finish what it runs. */
  | 'draining'
  /** Told to stop. */
  | 'stopping'
  | 'exited';

export interface WorkerEvents {
  ready(worker: WorkerProcess, message: ReadyMessage): void;
  failed(worker: WorkerProcess, message: FailedMessage): void;
  /** It was sent SIGTERM by somebody and asks to be taken out. */
  leaving(worker: WorkerProcess): void;
  exited(worker: WorkerProcess, exit: ChildExit): void;
}

/** The master's side of one worker; its other half is python/licorne_worker/boot.py. */
export class WorkerProcess {
  /** The name of its app. */
  readonly app: string;
  /** Counts from 0 within the app. */
  readonly number: number;
  readonly socket: string;
  /** What the app speaks; known when it is ready. */
  interface: 'wsgi' | 'asgi' = 'wsgi';
  state: WorkerState = 'starting';
  /** When it became ready, on the clock of `performance.now()`; 0 before. */
  readyAt = 0;
  /** Gateways that may still have requests with it. */
  readonly linkedGateways = new Set<number>();
  readonly #child: ControlledChild<MasterToWorker>;
  readonly #events: WorkerEvents;
  #killed = false;

  constructor(
    number: number,
    socket: string,
    recipe: WorkerRecipe,
    children: WorkerChildren,
    events: WorkerEvents,
  ) {
    this.app = recipe.start.app;
    this.number = number;
    this.socket = socket;
    this.#events = events;
    this.#child = children.start(recipe, {
      onMessage: (message) => this.#received(message),
      onExit: (exit) => {
        this.state = 'exited';
        events.exited(this, exit);
      },
    });
    this.#child.send({ ...recipe.start, worker: number, socket });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** How long it has been ready, milliseconds; 0 if it never was. */
  get livedMs(): number {
    return this.readyAt === 0 ? 0 : performance.now() - this.readyAt;
  }

  /** @param withinMs what async tasks may take to end before they are cancelled. */
  stop(withinMs: number): void {
    if (this.state === 'exited') return;
    this.state = 'stopping';
    this.#child.send({ type: 'stop', within: withinMs / 1000 });
  }

  reopen(errorLog: string): void {
    this.#child.send({ type: 'reopen', error_log: errorLog });
  }

  /** Whether the master itself ended it by force. */
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
      this.state = 'ready';
      this.interface = message.interface;
      this.readyAt = performance.now();
      this.#events.ready(this, message);
    } else if (message.type === 'failed') this.#events.failed(this, message);
    else if (message.type === 'leaving') this.#events.leaving(this);
  }
}
