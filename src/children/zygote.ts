import type { MasterToZygote, WorkerToMaster, ZygoteToMaster } from '../wire/control.ts';
import { checkZygote } from '../wire/check-message.ts';
import { WireError } from '../wire/wire-error.ts';
import { Child, type ChildExit, type ChildOptions } from './child.ts';
import { ForkedChild } from './forked-child.ts';
import { descendsFrom } from './process-parents.ts';
import { removeSocket } from './run-dir.ts';
import type { SignalSender } from './signal-sender.ts';

export interface ZygoteOptions {
  /** As for a child; the zygote's own messages and end are handled here. */
  readonly child: Omit<ChildOptions<ZygoteToMaster>, 'check' | 'onMessage' | 'onExit'>;
  readonly preload: Extract<MasterToZygote, { type: 'preload' }>;
  /** Without a worker for this long it leaves, milliseconds. */
  readonly lingerMs: number;
  /** For its workers, which are no children of the master. */
  readonly signals: SignalSender;
  /** @param unexpected how it ended, when nobody waited for that or for a worker. */
  readonly onEnd: (zygote: Zygote, unexpected: ChildExit | null) => void;
}

export interface ForkHandlers {
  readonly onMessage: (message: WorkerToMaster) => void;
  readonly onExit: (exit: ChildExit) => void;
}

/** Ends of workers that have not told their id yet. */
const EARLY_EXITS_MAX = 64;

/**
 * The master's side of one zygote: a process that has imported an app and forks its workers; the other half is
 * python/licorne_worker/zygote.py. Workers that are asked for while it imports wait; when it fails, it fails for all of them.
 */
export class Zygote {
  readonly #options: ZygoteOptions;
  readonly #child: Child<ZygoteToMaster, MasterToZygote>;
  readonly #forks = new Set<ForkedChild>();
  readonly #earlyExits = new Map<number, ChildExit>();
  #imported = false;
  #leaving = false;
  #linger: NodeJS.Timeout | null = null;

  constructor(options: ZygoteOptions) {
    this.#options = options;
    this.#child = new Child<ZygoteToMaster, MasterToZygote>({
      ...options.child,
      check: checkZygote,
      onMessage: (message) => this.#received(message),
      onExit: (exit) => this.#exited(exit),
    });
    this.#child.send(options.preload);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it can be asked for workers. */
  get usable(): boolean {
    return !this.#leaving && !this.#child.exited;
  }

  /** A worker; what is sent to it before it is there is kept. */
  fork(handlers: ForkHandlers): ForkedChild {
    this.#stayAwhile();
    const fork: ForkedChild = new ForkedChild({
      onClaim: (pid) => this.#claim(fork, pid),
      onMessage: handlers.onMessage,
      onAskBootStack: () => this.#child.send({ type: 'boot_stack' }),
      sendSignal: (pid, signal) => this.#options.signals.send(pid, signal),
      onExit: (exit) => {
        this.#forks.delete(fork);
        if (this.#forks.size === 0) this.#startLinger();
        handlers.onExit(exit);
      },
      onCancelled: () => this.#maybeGiveUp(),
    });
    this.#forks.add(fork);
    if (this.#imported) fork.connect(this.#options.preload.socket);
    return fork;
  }

  reopen(errorLog: string): void {
    this.#child.send({ type: 'reopen', error_log: errorLog });
  }

  /** It leaves; its workers stay. */
  leave(): void {
    this.#leaving = true;
    this.#stayAwhile();
    this.#child.disconnect();
  }

  kill(): void {
    this.#leaving = true;
    this.#child.kill('SIGKILL');
  }

  #received(message: ZygoteToMaster): void {
    if (message.type === 'preloaded') {
      this.#imported = true;
      for (const fork of this.#forks) fork.connect(this.#options.preload.socket);
    } else if (message.type === 'failed') {
      this.#leaving = true;
      for (const fork of this.#forks) fork.receive(message);
    } else if (message.type === 'boot_stack') {
      for (const fork of this.#forks) if (fork.pid === 0) fork.receive(message);
    } else if (message.type === 'child_exit') {
      this.#childExited(message.pid, { code: message.code, signal: message.signal, error: null });
    }
  }

  /**
   * The news of a worker's end may come before its own first word: they use two connections. Who comes over this connection may lie: what the system
   * says counts.
   */
  #claim(fork: ForkedChild, pid: number): void {
    const exit = this.#earlyExits.get(pid);
    this.#earlyExits.delete(pid);
    if (exit !== undefined) {
      fork.exit(exit);
      return;
    }
    const uid = this.#options.preload.identity?.uid ?? process.geteuid?.() ?? 0;
    const taken = [...this.#forks].some((one) => one.pid === pid);
    if (taken || !descendsFrom(pid, this.#child.pid, uid))
      throw new WireError(`it says that it is process ${pid}, which its zygote has not forked for it`);
    fork.forked(pid);
  }

  #childExited(pid: number, exit: ChildExit): void {
    const fork = [...this.#forks].find((one) => one.pid === pid);
    if (fork !== undefined) {
      fork.exit(exit);
      return;
    }
    this.#earlyExits.set(pid, exit);
    const [oldest] = this.#earlyExits.keys();
    if (this.#earlyExits.size > EARLY_EXITS_MAX && oldest !== undefined) this.#earlyExits.delete(oldest);
  }

  #exited(exit: ChildExit): void {
    const expected = this.#leaving || !this.#imported;
    this.#leaving = true;
    this.#stayAwhile();
    removeSocket(this.#options.preload.socket);
    for (const fork of [...this.#forks]) fork.orphaned(exit);
    this.#options.onEnd(this, expected ? null : exit);
  }

  /** Nobody waits for the import any more: it took too long. */
  #maybeGiveUp(): void {
    if (!this.#imported && this.#forks.size === 0) this.kill();
  }

  #startLinger(): void {
    if (this.#leaving) return;
    this.#linger = setTimeout(() => this.leave(), this.#options.lingerMs).unref();
  }

  #stayAwhile(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#linger = null;
  }
}
