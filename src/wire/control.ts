/** The control channel between the master and a child: one JSON object per line. See docs/internals/wire.md. */
import { isUtf8 } from 'node:buffer';
import type { ChangedMessage, DevWorker, DevWorkerMessage } from './dev.ts';
import type { HooksStart } from './hooks-control.ts';
import type { ProcessIds } from './process-ids.ts';
import { WireError } from './wire-error.ts';

/** The longest line of the control channel, in bytes, its line end included. */
export const CONTROL_LINE_BYTES_MAX = 1_048_576;

/** Every message has a type; a reader ignores the types that it does not know. */
export interface ControlEnvelope {
  readonly type: string;
}

/** Master to worker, the first message: the worker's whole configuration. */
export interface StartMessage extends ControlEnvelope {
  readonly type: 'start';
  readonly protocol: number;
  /** The worker's number, from 0. */
  readonly worker: number;
  /** The app's name. */
  readonly app: string;
  /** Path of the Unix socket to listen on. */
  readonly socket: string;
  /** `module`, `module:attr` or `module:factory(...)`. */
  readonly target: string;
  /** The project's folder, absolute; first on `sys.path`. */
  readonly chdir: string;
  readonly pythonpath: readonly string[];
  readonly interface: 'auto' | 'wsgi' | 'asgi';
  /** Threads that run the app, 1 or more. */
  readonly threads: number;
  /** Whether other workers run the same app: `wsgi.multiprocess`. */
  readonly multiprocess: boolean;
  readonly script_name: string;
  /** Becomes DJANGO_SETTINGS_MODULE. */
  readonly settings_module: string | null;
  /** ASGI: whether lifespan events are sent; `auto`: if the app knows them. */
  readonly lifespan: 'auto' | 'on' | 'off';
  /** ASGI: the event loop; `auto`: uvloop where the app's environment has it. */
  readonly loop: 'auto' | 'asyncio' | 'uvloop';
  /** Largest WebSocket message, bytes. */
  readonly ws_max_size: number;
  /** How long requests may take to finish after a `stop` that does not say `within`, seconds. */
  readonly graceful_timeout: number;
  /** Whether a Django project is asked about its static files. */
  readonly describe_static: boolean;
  /** Requests after which it says `leaving`, and goes on until it is told to stop; 0: never. */
  readonly max_requests: number;
  /** Paths that the app is asked for before the worker says `ready`; an answer of 500 or above is a failed start. */
  readonly warmup: readonly string[];
  /** Hooks of a gunicorn.conf.py that the worker runs; null: none. */
  readonly hooks: HooksStart | null;
  /** How many workers had been started, this one included; for hooks. */
  readonly age: number;
  readonly log_level: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly log_format: 'text' | 'json';
  readonly log_color: boolean;
  /** Whom the process becomes before anything else; null: it stays what it is. */
  readonly identity: ProcessIds | null;
  /** -1: as it was started. */
  readonly umask: number;
  /** Null: in production. */
  readonly dev: DevWorker | null;
}

/** Master to worker: finish what runs, then exit with 0. */
export interface StopMessage extends ControlEnvelope {
  readonly type: 'stop';
  /** ASGI: tasks that have not ended after this are cancelled, seconds. */
  readonly within: number;
}

/** Master to worker: write the stack of every thread to the log. */
export interface DumpMessage extends ControlEnvelope {
  readonly type: 'dump';
}

/** Master to worker: write to the log where in Python a request is, if it still runs. */
export interface StackMessage extends ControlEnvelope {
  readonly type: 'stack';
  readonly request_id: string;
  /** Which time is over: `request_timeout`, `graceful_timeout`. */
  readonly reason: string;
}

/** Master to worker or zygote: it has not loaded the app in time; say where in Python it is. */
export interface AskBootStackMessage extends ControlEnvelope {
  readonly type: 'boot_stack';
}

/** The answer: the stacks of threads and tasks that are under way, as text; may be empty. */
export interface BootStackMessage extends ControlEnvelope {
  readonly type: 'boot_stack';
  readonly stack: string;
}

/** Master to worker: point stderr at this file, opened for appending. */
export interface ReopenMessage extends ControlEnvelope {
  readonly type: 'reopen';
  readonly error_log: string;
}

/** Worker to master: the app is loaded and the worker listens on its socket. */
export interface ReadyMessage extends ControlEnvelope {
  readonly type: 'ready';
  readonly interface: 'wsgi' | 'asgi';
  /** Version of the interpreter, such as `3.12.1`. */
  readonly python: string;
  readonly pid: number;
  /** Null: the app is no Django project, or was not asked. */
  readonly static: DjangoStatic | null;
}

/** What a Django project says about its files. Folders are absolute, empty where none is set. */
export interface DjangoStatic {
  /** `django.contrib.staticfiles` is installed. */
  readonly staticfiles: boolean;
  readonly debug: boolean;
  /** A decoded path, a code point a byte; relative ones are meant below the app's root path. Null: not of this site. */
  readonly static_url: string | null;
  readonly static_root: string;
  /** Path of staticfiles.json; empty: its storage has none. */
  readonly manifest: string;
  /** With `debug`: prefix (without a slash at its end) and folder, in the order they are looked through. */
  readonly finders: readonly (readonly [prefix: string, dir: string])[];
  /** There are other finders, which look in places that are not known. */
  readonly opaque: boolean;
  /** The app serves static files itself where it is asked. */
  readonly whitenoise: boolean;
  readonly media_url: string | null;
  readonly media_root: string;
  /** Hosts that it answers for, where it refuses all others whatever is asked; null: that is not certain. */
  readonly hosts: readonly string[] | null;
  /** It sends requests that came by plain http to https. */
  readonly https_only: boolean;
}

/** Worker to master: it cannot serve and exits, with 3 for stage `boot` (import failed), with 4 for `load` (no app object). */
export interface FailedMessage extends ControlEnvelope {
  readonly type: 'failed';
  readonly stage: 'boot' | 'load';
  /** What is wrong, in one line. */
  readonly title: string;
  /** The same at more length; may be empty. */
  readonly message: string;
  /** The app's part of the traceback; may be empty. */
  readonly traceback: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** Master to worker: `leaving` was heard, `stop` comes when somebody is there to go on. */
export interface HeardMessage extends ControlEnvelope {
  readonly type: 'heard';
}

/** Worker to master: it wants to be replaced and taken out of the pool; until it is sent `stop` it serves as before. */
export interface LeavingMessage extends ControlEnvelope {
  readonly type: 'leaving';
  readonly reason: LeavingReason;
}

/** It was sent SIGTERM; it has had `max_requests`; a task does not obey its cancelling. */
export type LeavingReason = 'signal' | 'max_requests' | 'stuck';

/** Master to worker that is ready: whether it is to tell how far its event loop is behind. One without a loop has nothing to tell. */
export interface ReportLagMessage extends ControlEnvelope {
  readonly type: 'report_lag';
  readonly on: boolean;
}

/** Worker to master, after `report_lag`: how busy it has been in the last quarter of a second, whenever that changes. */
export interface LagMessage extends ControlEnvelope {
  readonly type: 'lag';
  /** What something that comes waits until the event loop gets to it, milliseconds; 0 when it is little. */
  readonly ms: number;
  /** Part of a processor that the process has used; above 1 with several threads. */
  readonly busy: number;
}

/** Worker to master, the first message of one that was forked by a zygote. */
export interface ForkedMessage extends ControlEnvelope {
  readonly type: 'forked';
  readonly pid: number;
}

/** Master to zygote, the first message: what it is to import, as for a worker; `socket` is the one on which it is asked for workers. */
export interface PreloadMessage extends Omit<StartMessage, 'type' | 'worker' | 'age' | 'max_requests'> {
  readonly type: 'preload';
}

/** Zygote to master: the app is imported, workers can be forked. */
export interface PreloadedMessage extends ControlEnvelope {
  readonly type: 'preloaded';
  readonly python: string;
  readonly pid: number;
}

/** Zygote to master: a worker that it forked has ended. */
export interface ChildExitMessage extends ControlEnvelope {
  readonly type: 'child_exit';
  readonly pid: number;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type MasterToZygote = PreloadMessage | ReopenMessage | AskBootStackMessage;
export type ZygoteToMaster = PreloadedMessage | FailedMessage | ChildExitMessage | BootStackMessage;
export type MasterToWorker =
  | StartMessage
  | StopMessage
  | DumpMessage
  | StackMessage
  | AskBootStackMessage
  | ReportLagMessage
  | ReopenMessage
  | HeardMessage
  | ChangedMessage;
export type WorkerToMaster =
  | ReadyMessage
  | FailedMessage
  | LeavingMessage
  | BootStackMessage
  | LagMessage
  | DevWorkerMessage;

/** A message as one line. Throws WireError when the line is over CONTROL_LINE_BYTES_MAX. */
export function encodeControl(message: ControlEnvelope): string {
  const line = `${JSON.stringify(message)}\n`;
  if (Buffer.byteLength(line) > CONTROL_LINE_BYTES_MAX) throw tooLong();
  return line;
}

/**
 * Cuts the bytes of a control channel into messages. What a message holds besides its type is not checked here
 * (check-message.ts does that); `M` names the messages that this end is sent. A text chunk must end between two characters.
 */
export class ControlReader<M extends ControlEnvelope = WorkerToMaster> {
  readonly #onMessage: (message: M) => void;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(onMessage: (message: M) => void) {
    this.#onMessage = onMessage;
  }

  /** Reads a chunk. Throws WireError on a line that is too long or not a JSON object with a type. */
  push(chunk: Buffer | string): void {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let at = 0;
    for (;;) {
      const end = data.indexOf(LINE_FEED, at);
      const bytes = (end < 0 ? data.length : end + 1) - at;
      if (this.#partBytes + bytes > CONTROL_LINE_BYTES_MAX) throw tooLong();
      if (end < 0) break;
      const line = data.subarray(at, end);
      at = end + 1;
      const whole = this.#parts.length === 0 ? line : Buffer.concat([...this.#parts, line]);
      this.#parts = [];
      this.#partBytes = 0;
      this.#onMessage(parseLine(whole) as M);
    }
    if (at < data.length) {
      // A copy: the caller may read into the same buffer again.
      this.#parts.push(Buffer.from(data.subarray(at)));
      this.#partBytes += data.length - at;
    }
  }
}

const LINE_FEED = 10;

function parseLine(line: Buffer): ControlEnvelope {
  let value: unknown;
  if (!isUtf8(line)) throw new WireError(`a control line that is not UTF-8: ${quoted(line)}`);
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw new WireError(`a control line that is not JSON: ${quoted(line)}`);
  }
  if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string') {
    return value as ControlEnvelope;
  }
  throw new WireError(`a control line without a type: ${quoted(line)}`);
}

function quoted(line: Buffer): string {
  const text = line.subarray(0, 80).toString('utf8');
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, '?');
}

function tooLong(): WireError {
  return new WireError(`a control line of more than ${CONTROL_LINE_BYTES_MAX} bytes`);
}
