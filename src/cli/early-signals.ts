import { watchTerminal } from '../control/signals.ts';

/** What ends a server. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
/** What means something to a server, and would end or stop a process that does not know it, or have Node open its debugger. */
const OTHERS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU'] as const;

type EarlySignal = (typeof ENDING)[number] | (typeof OTHERS)[number];

/** What of a process is needed. */
export interface SignalledProcess {
  readonly on: (signal: EarlySignal, listener: (signal: EarlySignal) => void) => void;
  readonly off: (signal: EarlySignal, listener: (signal: EarlySignal) => void) => void;
  readonly raise: (signal: EarlySignal) => void;
  readonly exit: (code: number) => void;
}

/**
 * Signals from the first moment on, before anybody can know what to do about them: whoever starts a server may stop or reload it at once. Until it is
 * decided what the process is, they are noted. A server that has nothing yet ends at once, with 0; any other command takes them as every program does.
 */
export class EarlySignals {
  readonly #process: SignalledProcess;
  readonly #terminalGone: () => boolean;
  readonly #noted = new Set<EarlySignal>();
  #state: 'off' | 'undecided' | 'server' = 'off';

  constructor(process: SignalledProcess = thisProcess(), terminalGone: () => boolean = watchTerminal()) {
    this.#process = process;
    this.#terminalGone = terminalGone;
  }

  catch(): void {
    this.#state = 'undecided';
    for (const signal of [...ENDING, ...OTHERS]) this.#process.on(signal, this.#received);
  }

  /** The command is none that serves. */
  release(): void {
    if (this.#state === 'off') return;
    for (const signal of this.take()) this.#process.raise(signal);
  }

  /** It serves, or says why it can't. */
  server(): void {
    if (this.#state === 'off') return;
    this.#state = 'server';
    this.#endIfAsked();
  }

  /** Somebody else listens from now on. Gives those that came before. */
  take(): ReadonlySet<EarlySignal> {
    if (this.#state !== 'off')
      for (const signal of [...ENDING, ...OTHERS]) this.#process.off(signal, this.#received);
    this.#state = 'off';
    return this.#noted;
  }

  readonly #received = (signal: EarlySignal): void => {
    this.#noted.add(signal);
    if (this.#state === 'server') this.#endIfAsked();
  };

  #endIfAsked(): void {
    const ended = ENDING.some((signal) => this.#noted.has(signal));
    if (ended || (this.#noted.has('SIGHUP') && this.#terminalGone())) this.#process.exit(0);
  }
}

function thisProcess(): SignalledProcess {
  return {
    on: (signal, listener) => void process.on(signal, listener),
    off: (signal, listener) => void process.off(signal, listener),
    raise: (signal) => void process.kill(process.pid, signal),
    exit: (code) => process.exit(code),
  };
}

/** Those of this process. */
export const earlySignals = new EarlySignals();
