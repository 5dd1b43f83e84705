import { connect, type Socket } from 'node:net';
import { Channel } from '../net/channel.ts';
import { checkForkedWorker } from '../wire/check-message.ts';
import type {
  BootStackMessage,
  FailedMessage,
  ForkedMessage,
  MasterToWorker,
  WorkerToMaster,
} from '../wire/control.ts';
import { WireError } from '../wire/wire-error.ts';
import { type ChildExit, type ControlledChild, withFault } from './child.ts';
import { startTimeOf } from './process-time.ts';

export interface ForkedChildOptions {
  /** Its first word: it says that it has this id. To be answered with `forked`; throws WireError when that can't be. */
  readonly onClaim: (pid: number) => void;
  readonly onMessage: (message: WorkerToMaster) => void;
  /** Called once. */
  readonly onExit: (exit: ChildExit) => void;
  /** It is not wanted any more, and had not been forked. */
  readonly onCancelled: () => void;
  /** It is asked where it is, and not forked yet: its zygote is importing. */
  readonly onAskBootStack: () => void;
  /** Sends a signal, with no more rights than the worker has. */
  readonly sendSignal: (pid: number, signal: NodeJS.Signals) => void;
}

/** How often it is looked whether a process without a parent of ours is still there. */
const LOOK_MS = 100;
/** After the end of its control channel a zygote that lives has this long to tell how the process ended. */
const VERDICT_MS = 2_000;

/** A worker that is forked by a zygote. It may be spoken to from the start; what is said is kept until it is there. */
export class ForkedChild implements ControlledChild<MasterToWorker> {
  readonly #options: ForkedChildOptions;
  #socket: Socket | null = null;
  #channel: Channel<WorkerToMaster | ForkedMessage, MasterToWorker> | null = null;
  #kept: MasterToWorker[] = [];
  #pid = 0;
  /** When the process with that id began. */
  #born: string | null = null;
  #fault: string | null = null;
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

  get present(): boolean {
    return !this.#exited && this.#pid !== 0 && isThere(this.#pid, this.#born);
  }

  send(message: MasterToWorker): void {
    if (this.#channel !== null) this.#channel.send(message);
    // Not even forked: what it would do is leave.
    else if (message.type === 'stop' && !this.#connecting)
      this.#cancel({ code: 0, signal: null, error: null });
    else if (message.type === 'boot_stack' && !this.#connecting) this.#options.onAskBootStack();
    else this.#kept.push(message);
  }

  disconnect(): void {
    if (this.#channel !== null) this.#channel.close();
    else this.#cancel({ code: 0, signal: null, error: null });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#exited) return;
    if (this.#pid !== 0) {
      if (this.present) this.#options.sendSignal(this.#pid, signal);
    } else if (this.#connecting) {
      this.#signal = signal;
      // Whoever has not said who it is by now need not come: a worker leaves at the end of its channel.
      if (signal === 'SIGKILL') this.exit({ code: null, signal, error: null });
    } else {
      const gentle = signal === 'SIGQUIT' || signal === 'SIGTERM';
      this.#cancel({ code: gentle ? 0 : null, signal: gentle ? null : signal, error: null });
    }
  }

  /** The zygote is ready: the connection that it accepts is the new worker's control channel. */
  connect(path: string): void {
    if (this.#exited || this.#connecting) return;
    this.#connecting = true;
    const socket = connect(path);
    this.#socket = socket;
    let failure: NodeJS.ErrnoException | null = null;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error;
    });
    const channel = new Channel<WorkerToMaster | ForkedMessage, MasterToWorker>(
      socket,
      (message) => this.#heard(message),
      (fault) => this.#ended(failure, fault),
      checkForkedWorker,
    );
    socket.on('connect', () => {
      this.#channel = channel;
      for (const message of this.#kept) channel.send(message);
      this.#kept = [];
    });
  }

  /** Its zygote says this, for all that wait for it. */
  receive(message: FailedMessage | BootStackMessage): void {
    if (!this.#exited) this.#options.onMessage(message);
  }

  /** It is there and has this id. */
  forked(pid: number): void {
    this.#pid = pid;
    this.#born = startTimeOf(pid);
    if (this.#signal !== null) this.kill(this.#signal);
  }

  exit(exit: ChildExit): void {
    if (this.#exited) return;
    this.#exited = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.#options.onExit(withFault(exit, this.#fault));
  }

  /** The zygote has come to its end, and so have those it had not forked; the others go on alone. */
  orphaned(exit: ChildExit): void {
    this.#orphan = true;
    if (this.#pid === 0 && !this.#connecting) this.exit(exit);
    else if (this.#channelEnded) this.#lookUntilGone();
  }

  /** Who it is comes first, and once. */
  #heard(message: WorkerToMaster | ForkedMessage): void {
    if (this.#exited) return;
    if (message.type === 'forked') {
      if (this.#pid !== 0) throw new WireError('`forked` a second time');
      this.#options.onClaim(message.pid);
    } else if (this.#pid === 0) throw new WireError(`\`${message.type}\` before \`forked\``);
    else this.#options.onMessage(message);
  }

  #cancel(exit: ChildExit): void {
    if (this.#exited) return;
    this.exit(exit);
    this.#options.onCancelled();
  }

  #ended(failure: NodeJS.ErrnoException | null, fault: string | null): void {
    if (this.#exited) return;
    this.#channelEnded = true;
    this.#fault = fault;
    if (fault !== null && this.#pid !== 0) this.kill('SIGKILL');
    if (this.#pid === 0) {
      const error = failure ?? new Error('its zygote could not fork');
      this.exit({ code: null, signal: null, error });
    } else if (this.#orphan) this.#lookUntilGone();
    else this.#timer = setTimeout(() => this.#lookUntilGone(), VERDICT_MS);
  }

  #lookUntilGone(): void {
    if (this.#exited) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!isThere(this.#pid, this.#born)) this.exit({ code: null, signal: null, error: null });
    else this.#timer = setTimeout(() => this.#lookUntilGone(), LOOK_MS);
  }
}

/** Whether that very process is there: after its end its id may be another's. */
function isThere(pid: number, born: string | null): boolean {
  return born !== null && startTimeOf(pid) === born;
}
