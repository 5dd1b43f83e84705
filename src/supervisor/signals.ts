import type { Log } from '../telemetry/log.ts';
import type { Master } from './master.ts';

/** What each signal to the master means, as gunicorn has it. Returns a function that takes the handlers off again. */
export function handleSignals(master: Master, log: Log, onTerminal: boolean): () => void {
  const notYet = (signal: string, what: string) => (): void => {
    log.warning(`${signal}: ${what} is not in this version; ignored`);
  };
  const handlers: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGTERM: () => master.terminate(),
    SIGINT: () => master.quit(),
    SIGQUIT: () => master.quit(),
    SIGTTIN: () => master.scale(1),
    SIGTTOU: () => master.scale(-1),
    SIGUSR1: () => master.reopenLogs(),
    // Started by hand, the server goes with its terminal; nobody would be there to stop it.
    SIGHUP: onTerminal ? () => master.terminate() : notYet('HUP', 'reloading'),
    SIGUSR2: notYet('USR2', 'upgrading'),
    SIGWINCH: () => undefined,
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  };
}
