import type { ServiceSpec } from './service-spec.ts';
import type { ServiceStatus } from './status.ts';

/** Who looks after the operator's services; src/services does. */
export interface ServiceKeeper {
  /** Each has been ready once, or was seen to fail: nobody has to wait for one any more. */
  readonly settled: boolean;
  readonly status: readonly ServiceStatus[];
  /** Starts them all. One that fails is told in the log and tried again. */
  start(onSettled: () => void): void;
  /**
   * Starts what is to take the place of those that run; resolves when all of it is ready, or can't be.
   * @param all whether services that stay what they are get a new process, too.
   */
  successors(specs: readonly ServiceSpec[], all: boolean): Promise<ServiceChange>;
  /** Ends them all, each within its own time and `withinMs`. */
  stop(withinMs: number): Promise<void>;
  kill(): void;
}

/** What a reload does to the services. Followed by exactly one of the two. */
export interface ServiceChange {
  /** Why not all of it can be; null: it can. */
  readonly fault: string | null;
  /** Successors are asked from now on; those before them, and those that are not wanted any more, end when nobody asks them. Gives what is different, a line each. */
  take(): readonly string[];
  /** What runs goes on. */
  abandon(): void;
}
