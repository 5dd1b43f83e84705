import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { Channel } from '../net/channel.ts';
import type { MessageCheck } from '../wire/check-message.ts';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the program could not be started at all. */
  readonly error: NodeJS.ErrnoException | null;
  /** What it had said on its control channel that made no sense; it was killed for that. */
  readonly fault?: string;
}

export interface ChildOptions<Incoming> {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The child's standard output and error. */
  readonly stdoutFd: number;
  readonly stderrFd: number;
  /** The child reads what is typed. */
  readonly readsTerminal?: boolean;
  /** Descriptors that the child inherits, as 4, 5, 6 … */
  readonly inherit?: readonly number[];
  /** What it may say. For anything else it is killed. */
  readonly check: MessageCheck;
  readonly onMessage: (message: Incoming) => void;
  readonly onExit: (exit: ChildExit) => void;
}

/** A process that the master speaks to and can end, however it came to be. */
export interface ControlledChild<Outgoing extends { type: string }> {
  /** 0 as long as there is none, or when the program could not be started. */
  readonly pid: number;
  readonly exited: boolean;
  /** Whether `pid` still means this process: an id is used again when its process has gone. */
  readonly present: boolean;
  send(message: Outgoing): void;
  /** The child takes the end of its control channel as the end of the master, and leaves. */
  disconnect(): void;
  kill(signal: NodeJS.Signals): void;
}

/** A child process with a control channel on its descriptor 3. Reports its end exactly once. */
export class Child<Incoming extends { type: string }, Outgoing extends { type: string }>
  implements ControlledChild<Outgoing>
{
  readonly #process: ChildProcess;
  readonly #channel: Channel<Incoming, Outgoing> | null;
  #exit: ChildExit | null = null;
  #fault: string | null = null;

  constructor(options: ChildOptions<Incoming>) {
    this.#process = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: [
        options.readsTerminal === true ? 'inherit' : 'ignore',
        options.stdoutFd,
        options.stderrFd,
        'pipe',
        ...(options.inherit ?? []),
      ],
    });
    const finish = (exit: ChildExit): void => {
      if (this.#exit !== null) return;
      this.#exit = exit;
      options.onExit(exit);
    };
    this.#process.on('error', (error) => finish({ code: null, signal: null, error }));
    this.#process.on('exit', (code, signal) => finish(withFault({ code, signal, error: null }, this.#fault)));
    const socket = this.#process.stdio[3] as Duplex | null | undefined;
    this.#channel =
      socket === null || socket === undefined
        ? null
        : new Channel(socket, options.onMessage, (fault) => this.#ended(fault), options.check);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get exited(): boolean {
    return this.#exit !== null;
  }

  /** Nobody else has its id before its end is known here. */
  get present(): boolean {
    return this.#exit === null && this.pid !== 0;
  }

  send(message: Outgoing): void {
    this.#channel?.send(message);
  }

  disconnect(): void {
    this.#channel?.close();
  }

  /** It may outlive this process. */
  unref(): void {
    this.#process.unref();
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#exit === null) this.#process.kill(signal);
  }

  #ended(fault: string | null): void {
    if (fault === null) return;
    this.#fault = fault;
    this.kill('SIGKILL');
  }
}

/** The same end, with what it was for. */
export function withFault(exit: ChildExit, fault: string | null): ChildExit {
  return fault === null ? exit : { ...exit, fault };
}

/** How it ended, in words for the log. */
export function describeExit(exit: ChildExit): string {
  if (exit.fault !== undefined)
    return `was killed for what it had written to its control channel (descriptor 3): ${exit.fault}`;
  if (exit.error !== null) return `could not be started: ${exit.error.message}`;
  if (exit.signal === 'SIGKILL') return 'was killed with SIGKILL (perhaps it ran out of memory)';
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  if (exit.code === null) return 'is gone (its zygote had ended before it, so that nobody knows how)';
  return `exited with code ${exit.code}`;
}
