import { faultStatus, type PastFault } from './past-fault.ts';
import type { ReloadScope } from './reload-scope.ts';
import type { FaultStatus } from './status.ts';

/** How far a reload has come with one app. */
export interface ReloadProgress {
  readonly app: string;
  /** Workers of the new generation that serve. */
  readonly done: number;
  readonly of: number;
}

export type OnReloadProgress = (progress: ReloadProgress) => void;

/** Why something that was asked for was not done; the server goes on as before. */
export interface Refusal {
  readonly ok: false;
  /** What is wrong, in one line. */
  readonly title: string;
  /** May be empty. */
  readonly traceback: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** `ms` is how long it took, `workers` how many serve now; `warnings` are for the person who asked, each as it is shown. */
export type ReloadResult =
  | {
      readonly ok: true;
      readonly scope: ReloadScope;
      readonly ms: number;
      readonly workers: number;
      /** How many applications there are. */
      readonly apps: number;
      readonly warnings: readonly string[];
      /** What is different now, for people. */
      readonly changes: readonly string[];
    }
  | Refusal;

export type ScaleResult = { readonly ok: true; readonly workers: number } | Refusal;

/** Nothing more than a reason. */
export function refusal(title: string, hint = ''): Refusal {
  return { ok: false, title, traceback: '', hint };
}

/** The same with the good news at its end: whoever asked reads it below the traceback. */
export function goesOn(why: Refusal): Refusal {
  return { ...why, hint: `${why.hint} The server goes on as before.`.trimStart() };
}

type RunReload = (scope: ReloadScope, onProgress: OnReloadProgress) => Promise<ReloadResult>;

interface NextReload {
  scope: ReloadScope;
  readonly listeners: OnReloadProgress[];
  readonly result: Promise<ReloadResult>;
}

/**
 * One reload at a time. Who asks during one gets the next, together with all others who do: what has changed since the running one began may or may not
 * be in it.
 */
export class Reloads {
  readonly #run: RunReload;
  #running = false;
  #next: NextReload | null = null;
  #startNext: (() => void) | null = null;
  #fault: (PastFault & { readonly scope: ReloadScope }) | null = null;

  constructor(run: RunReload) {
    this.#run = run;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Why the last one failed; null: it did not. */
  get fault(): FaultStatus | null {
    return faultStatus(this.#fault);
  }

  /** Who asks for everything has the configuration with it. */
  ask(onProgress: OnReloadProgress, scope: ReloadScope = 'everything'): Promise<ReloadResult> {
    if (!this.#running) return this.#start(scope, [onProgress]);
    if (this.#next !== null) {
      this.#next.listeners.push(onProgress);
      if (scope === 'everything') this.#next.scope = scope;
      return this.#next.result;
    }
    const listeners = [onProgress];
    const turn = new Promise<void>((resolve) => {
      this.#startNext = resolve;
    });
    const next: NextReload = {
      scope,
      listeners,
      result: turn.then(() => this.#start(next.scope, listeners)),
    };
    this.#next = next;
    return next.result;
  }

  async #start(scope: ReloadScope, listeners: readonly OnReloadProgress[]): Promise<ReloadResult> {
    this.#running = true;
    this.#next = null;
    try {
      const result = await this.#run(scope, (progress) => {
        for (const listener of listeners) listener(progress);
      });
      this.#note(scope, result);
      return result;
    } finally {
      const start = this.#startNext;
      this.#startNext = null;
      // Whoever asks in this very turn still joins those who wait.
      if (start === null) this.#running = false;
      else start();
    }
  }

  /** The code that could not be loaded is not served because another configuration is. */
  #note(scope: ReloadScope, result: ReloadResult): void {
    if (!result.ok) this.#fault = { scope, title: result.title, at: performance.now() };
    else if (scope === 'everything' || this.#fault?.scope === scope) this.#fault = null;
  }
}
