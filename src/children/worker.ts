import { MAIN_APP } from '../config/apps.ts';
import type { ReadyMessage } from '../wire/control.ts';
import type { ChangedMessage } from '../wire/dev.ts';

export type WorkerState =
  /** Importing the app. */
  | 'starting'
  /** The app is loaded; no gateway knows of it yet. */
  | 'loaded'
  /** In the pool. */
  | 'ready'
  /** Gateways hand it nothing more and finish what it runs. */
  | 'draining'
  /** Told to stop. */
  | 'stopping'
  | 'exited';

/** How busy the event loop of a worker is, or those of several. */
export interface Pressure {
  /** What a request waits before it begins, milliseconds. */
  readonly lagMs: number;
  /** Processors in use. */
  readonly busy: number;
}

/** A worker as those see it who decide on its coming and going. */
export interface Worker {
  /** The name of its app. */
  readonly app: string;
  /** Counts from 0 within the app. */
  readonly number: number;
  /** Which loading of the app it belongs to. */
  readonly generation: number;
  readonly socket: string;
  /** What the app speaks; known when it is loaded. */
  readonly interface: 'wsgi' | 'asgi';
  /** What it said when it was loaded; null before. */
  readonly said: ReadyMessage | null;
  state: WorkerState;
  /** How busy it says it is; nothing unless it was asked to. */
  readonly pressure: Pressure;
  /** Gateways that may still have requests with it. */
  readonly linkedGateways: Set<number>;
  readonly pid: number;
  /** Whether `pid` still means it. */
  readonly present: boolean;
  /** When it was started, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** How long it has been loaded, milliseconds; 0 if it never was. */
  readonly livedMs: number;
  /** Whether there are hooks that want to hear of its end: SIGABRT tells them. */
  readonly hooked?: boolean;
  /** Whether the master itself ended it by force. */
  readonly killed: boolean;
  /** @param withinMs what async tasks may take to end before they are cancelled. */
  stop(withinMs: number): void;
  /** Tells it that its wish to leave is known: it is not to lose patience while its successor starts. */
  heard(): void;
  /** It is to say where in Python it is while it starts; it may be unable to. */
  askBootStack(): void;
  /** Whether it is to keep `pressure` up to date. */
  reportLag(on: boolean): void;
  /** It writes down where in Python a request is. */
  writeStack(requestId: string, reason: string): void;
  /** Files that its app watches have changed. */
  tell(message: ChangedMessage): void;
  reopen(errorLog: string): void;
  kill(signal: NodeJS.Signals): void;
}

/** For the log. */
export function nameOf(worker: Pick<Worker, 'app' | 'number' | 'pid'>): string {
  return `Worker ${worker.app === MAIN_APP ? '' : `${worker.app}/`}${worker.number} (pid ${worker.pid})`;
}
