import type { Log } from '../telemetry/log.ts';
import type { FailedMessage, LeavingMessage } from '../wire/control.ts';
import type { AppRecipe } from './app-recipe.ts';
import type { DevHooks } from './dev-hooks.ts';
import type { WorkerEvents, WorkerRecipe } from '../children/worker-process.ts';
import type { Worker } from '../children/worker.ts';

/** Starts the process of a worker. */
export type SpawnWorker = (
  number: number,
  recipe: WorkerRecipe,
  generation: number,
  maxRequests: number,
  events: WorkerEvents,
) => Worker;

/** The gateways, as those who come and go see them. */
export interface WorkerPool {
  add(worker: Worker): void;
  /** Hand it nothing more, finish what it runs; `released` follows from each gateway. */
  remove(worker: Worker): void;
  /** Whether all gateways that are there have a link to it. */
  linked(worker: Worker): boolean;
}

export interface WorkerSetOptions {
  readonly recipe: AppRecipe;
  readonly spawn: SpawnWorker;
  readonly pool: WorkerPool;
  /** A worker told to leave that has not left after this is cut, milliseconds. */
  readonly gracefulMs: number;
  readonly log: Log;
  /** During the first start only; later failures are logged and tried again. */
  readonly onFailedToBoot: (message: FailedMessage) => void;
  /** A worker that counts could not start, after the first start. */
  readonly onUnable: (message: FailedMessage) => void;
  /** It wants to be replaced. */
  readonly onLeaving: (worker: Worker, message: LeavingMessage) => void;
  /** Another worker has loaded the app. */
  readonly onLoaded?: (worker: Worker) => void;
  /** A worker is busier than before, or less. */
  readonly onPressure?: () => void;
  /** So many workers are wanted, from the start or from now on. */
  readonly onWanted?: (count: number) => void;
  readonly onEmpty: () => void;
  /** Null: in production. With it a worker that cannot start is not tried again: a reload will come. */
  readonly dev: DevHooks | null;
}

export type BootResult =
  | { readonly ok: true; readonly worker: Worker }
  | { readonly ok: false; readonly failure: FailedMessage };

/** A worker that is starting, and how that ends. */
export interface Booting {
  readonly worker: Worker;
  readonly booted: Promise<BootResult>;
}
