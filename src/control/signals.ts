import { isatty } from 'node:tty';
import type { Log } from '../telemetry/log.ts';
import type { Master } from '../supervisor/master.ts';
import type { Service } from './service.ts';

/** Who is told what signals to the master ask for. */
export interface Signalled {
  readonly master: Pick<Master, 'terminate' | 'quit' | 'scaling' | 'reopenLogs' | 'reload' | 'status'>;
  readonly service: Pick<Service, 'upgrade'>;
  readonly log: Log;
  readonly terminalGone: () => boolean;
}

/** What each signal to the master means, as gunicorn has it, until the process ends. */
export function handleSignals({ master, service, log, terminalGone }: Signalled): SignalHandlers {
  let reloadLater = false;
  const handlers: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGTERM: () => master.terminate(),
    SIGINT: () => master.quit(),
    SIGQUIT: () => master.quit(),
    SIGTTIN: () => master.scaling.signalled(1),
    SIGTTOU: () => master.scaling.signalled(-1),
    SIGUSR1: () => master.reopenLogs(),
    SIGHUP: () => {
      // Started by hand, the server goes with its terminal; nobody would be there to stop it.
      if (terminalGone()) master.terminate();
      else if (master.status().phase !== 'starting') void master.reload();
      else if (!reloadLater) {
        // What the workers that are starting have read may have changed already.
        reloadLater = true;
        log.info('HUP: the reload follows as soon as the server serves');
      }
    },
    SIGUSR2: () => void service.upgrade(),
    SIGWINCH: () => undefined,
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return {
    serving: () => {
      if (reloadLater) void master.reload();
      reloadLater = false;
    },
  };
}

export interface SignalHandlers {
  /** The server serves: what was asked for while it started is done now. */
  readonly serving: () => void;
}

/**
 * Tells HUP from HUP: the kernel sends it when a terminal is closed, and people send it to ask for a reload. When a terminal is closed its descriptors are
 * none of a terminal any more, before the signal comes. The function that is returned says whether that has happened to all that were there
 * when this was called; never when there were none.
 */
export function watchTerminal(isTerminal: (fd: number) => boolean = isatty): () => boolean {
  const terminals = [0, 1, 2].filter(isTerminal);
  return () => terminals.length > 0 && !terminals.some(isTerminal);
}
