import { isatty } from 'node:tty';
import type { Master } from './master.ts';
import type { Service } from './service.ts';

/** What each signal to the master means, as gunicorn has it. Returns a function that takes the handlers off again. */
export function handleSignals(master: Master, service: Service, terminalGone: () => boolean): () => void {
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
      else void master.reload();
    },
    SIGUSR2: () => void service.upgrade(),
    SIGWINCH: () => undefined,
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  };
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
