import { setTimeout as pause } from 'node:timers/promises';

/** Time and chance, so that tests can have their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Calls `work` after so many milliseconds; the function that comes back prevents it. Nobody is kept waiting by it. */
  readonly after: (ms: number, work: () => void) => () => void;
  /** Rejects when the signal says so. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  random: Math.random,
  after: (ms, work) => {
    const timer = setTimeout(work, ms).unref();
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) => pause(ms, undefined, { signal }),
};
