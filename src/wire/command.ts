/**
 * What `licorne reload` and its like say to a running server over the control socket in its run directory, and what it answers: one
 * JSON object a line. A connection carries one command. See docs/internals/wire.md.
 */

/** Name of the socket in the run directory. */
export const CONTROL_SOCKET = 'control.sock';

export type ServerCommand =
  /** Load code and configuration anew. */
  | { readonly command: 'reload' }
  /** End; `now`: without finishing what runs. The connection stays open for as long as the server lives. */
  | { readonly command: 'stop'; readonly now: boolean }
  | { readonly command: 'status' }
  /** How many workers an app is to have. */
  | { readonly command: 'scale'; readonly app: string; readonly workers: number };

/** How far a reload has come: workers of an app that are replaced, of how many. */
export interface ReloadProgress {
  readonly app: string;
  readonly done: number;
  readonly of: number;
}

export interface CommandProgress {
  readonly progress: ReloadProgress;
}

/** The last line of an answer, when it was done; what else there is to say stands beside `ok`. */
export interface CommandSuccess {
  readonly ok: true;
}

/** The last line of an answer, when it could not be done. */
export interface CommandFailure {
  readonly ok: false;
  /** What is wrong, in one line. */
  readonly title: string;
  /** The app's traceback, or the faults of the configuration; several lines, may be empty. */
  readonly traceback: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

export type CommandAnswer = CommandSuccess | CommandFailure;

/** What a server says of itself; `licorne status --json` prints it as it is. Times in seconds, memory in bytes. */
export interface ServerStatus {
  readonly pid: number;
  readonly version: string;
  readonly uptime: number;
  /** Where it listens, such as `http://127.0.0.1:8000`. */
  readonly binds: readonly string[];
  readonly phase: string;
  readonly generation: number;
  readonly apps: readonly AppStatus[];
  readonly gateways: readonly GatewayStatus[];
}

export interface AppStatus {
  readonly name: string;
  readonly target: string;
  /** Null: no worker was ready yet. */
  readonly interface: 'wsgi' | 'asgi' | null;
  /** How many there are to be now, and between which limits that may change by itself. */
  readonly wanted: number;
  readonly min: number;
  readonly max: number;
  readonly workers: readonly WorkerStatus[];
}

export interface WorkerStatus {
  readonly number: number;
  readonly pid: number;
  readonly state: string;
  readonly generation: number;
  readonly ageSeconds: number;
  readonly requests: number;
  /** Null: not known. */
  readonly rssBytes: number | null;
}

export interface GatewayStatus {
  readonly number: number;
  readonly pid: number;
}
