import { connect } from 'node:net';
import { Channel } from '../net/channel.ts';
import type { FailedMessage, ForkedMessage, MasterToWorker, WorkerToMaster } from '../wire/control.ts';
import type { ChildExit, ControlledChild } from './child.ts';

export interface ForkedChildOptions {
  readonly onMessage: (message: WorkerToMaster | ForkedMessage) => void;
  /** Called once. */
  readonly onExit: (exit: ChildExit) => void;
  /** It is not wanted any more, and had not been forked. */
  readonly onCancelled: () => void;
}

/** How often it is looked whether a process without a parent of ours is still there. */
const LOOK_MS = 100;
/** After the end of its control channel a zygote that lives has this long to tell how the process ended. */
const VERDICT_MS = 2_000;

/** A worker that is forked by a zygote. It may be spoken to from the start; what is said is kept until it is there. */
export class ForkedChild implements ControlledChild<MasterToWorker> {
  readonly #options: ForkedChildOptions;
  #channel: Channel<WorkerToMaster | ForkedMessage, MasterToWorker> | null = null;
  #kept: MasterToWorker[] = [];
  #pid = 0;
  #connecting = false;
  #exited = false;
  /** The zygote is gone: nobody will tell how this one ends. */
  #orphan = false;
  #channelEnded = false;
  #signal: NodeJS.Signals | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ForkedChildOptions) {
    this.#options = options;
  }

  /** 0 until it is there. */
  get pid(): number {
    return this.#pid;
  }

  get exited(): boolean {
    return this.#exited;
  }

  send(message: MasterToWorker): void {
    if (this.#channel !== null) this.#channel.send(message);
    // Not even forked: what it would do is leave.
    else if (message.type === 'stop' && !this.#connecting)
      this.#cancel({ code: 0, signal: null, error: null });
    else this.#kept.push(message);
  }

  disconnect(): void {
    if (this.#channel !== null) this.#channel.close();
    else this.#cancel({ code: 0, signal: null, error: null });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#exited) return;
    if (this.#pid !== 0) kill(this.#pid, signal);
    else if (this.#connecting) this.#signal = signal;
    else {
      const gentle = signal === 'SIGQUIT' || signal === 'SIGTERM';
      this.#cancel({ code: gentle ? 0 : null, signal: gentle ? null : signal, error: null });
    }
  }

  /** The zygote is ready: the connection that it accepts is the new worker's control channel. */
  connect(path: string): void {
    if (this.#exited || this.#connecting) return;
    this.#connecting = true;
    const socket = connect(path);
    let fault: NodeJS.ErrnoException | null = null;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fault = error;
    });
    const channel = new Channel<WorkerToMaster | ForkedMessage, MasterToWorker>(
      socket,
      (message) => this.receive(message),
      () => this.#ended(fault),
    );
    socket.on('connect', () => {
      this.#channel = channel;
      for (const message of this.#kept) channel.send(message);
      this.#kept = [];
    });
  }

  receive(message: WorkerToMaster | ForkedMessage | FailedMessage): void {
    if (!this.#exited) this.#options.onMessage(message);
  }

  /** It is there and has this id. */
  forked(pid: number): void {
    this.#pid = pid;
    if (this.#signal !== null) kill(pid, this.#signal);
  }

  exit(exit: ChildExit): void {
    if (this.#exited) return;
    this.#exited = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#channel?.close();
    this.#options.onExit(exit);
  }

  /** The zygote has come to its end, and so have those it had not forked; the others go on alone. */
  orphaned(exit: ChildExit): void {
    this.#orphan = true;
    if (this.#pid === 0 && !this.#connecting) this.exit(exit);
    else if (this.#channelEnded) this.#lookUntilGone();
  }

  #cancel(exit: ChildExit): void {
    if (this.#exited) return;
    this.exit(exit);
    this.#options.onCancelled();
  }

  #ended(fault: NodeJS.ErrnoException | null): void {
    if (this.#exited) return;
    this.#channelEnded = true;
    if (this.#pid === 0) {
      const error = fault ?? new Error('its zygote could not fork');
      this.exit({ code: null, signal: null, error });
    } else if (this.#orphan) this.#lookUntilGone();
    else this.#timer = setTimeout(() => this.#lookUntilGone(), VERDICT_MS);
  }

  #lookUntilGone(): void {
    if (this.#exited) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!isThere(this.#pid)) this.exit({ code: null, signal: null, error: null });
    else this.#timer = setTimeout(() => this.#lookUntilGone(), LOOK_MS);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just gone.
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
