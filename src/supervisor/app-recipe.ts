import type { WorkerRecipe } from '../children/worker-process.ts';

/** How the workers of an app are started, and how many there are. */
export interface AppRecipe {
  readonly worker: WorkerRecipe;
  /** As many there are at least, while there are any. */
  readonly workers: number;
  /** As many there are at most; above `workers`: the queue decides. */
  readonly workersMax: number;
  /** A worker that is not ready after this is killed, milliseconds. */
  readonly bootMs: number;
  /** None is started before the first request. */
  readonly cheap: boolean;
  /** Without a request for this long all leave, milliseconds; 0: they stay. */
  readonly idleMs: number;
  readonly limits: WorkerLimits;
}

/** When a worker has had enough. 0 is no limit, everywhere. */
export interface WorkerLimits {
  readonly requestsMax: number;
  /** At most this many are added to `requestsMax`, by chance. */
  readonly requestsJitter: number;
  /** Above it the worker is replaced, bytes. */
  readonly memoryBytesMax: number;
  /** Above it the worker is killed, bytes. */
  readonly memoryBytesHard: number;
  /** Whether pages that several processes share count in parts. */
  readonly memoryShared: boolean;
  readonly lifetimeMs: number;
}
