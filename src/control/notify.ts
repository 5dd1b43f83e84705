import { type Environment, UPGRADE_VARIABLE, withoutSecretVariables } from '../config/env.ts';
import type { Log } from '../telemetry/log.ts';
import { NotifySocket } from './notify-socket.ts';

/** What a service manager, or another master, put into our environment; it is for the master alone. */
const MANAGER_VARIABLES = [
  UPGRADE_VARIABLE,
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'WATCHDOG_PID',
  'LISTEN_FDS',
  'LISTEN_PID',
  'LISTEN_FDNAMES',
];

export interface NotifierOptions {
  readonly env: Environment;
  readonly python: string;
  readonly log: Log;
}

/** Tells the service manager how the server is: sd_notify(3). Does nothing when there is none that asked for it. */
export class Notifier {
  readonly #send: (text: string) => void;
  readonly #watchdogMs: number;
  #watchdog: NodeJS.Timeout | null = null;

  /** @param send one datagram; null: nobody listens. */
  constructor(send: ((text: string) => void) | null, watchdogMs = 0) {
    this.#send = send ?? (() => undefined);
    this.#watchdogMs = send === null ? 0 : watchdogMs;
  }

  static create({ env, python, log }: NotifierOptions): Notifier {
    const address = env['NOTIFY_SOCKET'] ?? '';
    if (address === '') return new Notifier(null);
    const socket = new NotifySocket(address, python, log);
    return new Notifier((text) => socket.send(text), watchdogPeriod(env));
  }

  /** It serves: after the start, or after a reload. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${oneLine(status)}\nMAINPID=${process.pid}\n`);
  }

  /** `ready` follows, however the reload ends: systemd waits for it. */
  reloading(): void {
    // CLOCK_MONOTONIC, which tells systemd which of two reloads this is about.
    const microseconds = process.hrtime.bigint() / 1000n;
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${microseconds}\nSTATUS=Reloading\n`);
  }

  stopping(status: string): void {
    this.#stopWatchdog();
    this.#send(`STOPPING=1\nSTATUS=${oneLine(status)}\n`);
  }

  /** Another process is the service from now on, and speaks for it. */
  handOver(pid: number): void {
    this.#stopWatchdog();
    this.#send(`MAINPID=${pid}\n`);
  }

  /** From now on says that all is well, at half of the period that was asked for, as long as it is. */
  watch(healthy: () => boolean): void {
    if (this.#watchdogMs === 0 || this.#watchdog !== null) return;
    const look = (): void => {
      if (healthy()) this.#send('WATCHDOG=1\n');
    };
    look();
    this.#watchdog = setInterval(look, this.#watchdogMs / 2).unref();
  }

  #stopWatchdog(): void {
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    this.#watchdog = null;
  }
}

/** How often at least the manager wants to hear of us, milliseconds; 0: it does not ask (sd_watchdog_enabled(3)). */
export function watchdogPeriod(env: Environment, pid: number = process.pid): number {
  const microseconds = Number(env['WATCHDOG_USEC'] ?? '');
  if (!Number.isInteger(microseconds) || microseconds <= 0) return 0;
  const meant = env['WATCHDOG_PID'] ?? '';
  return meant === '' || Number(meant) === pid ? microseconds / 1000 : 0;
}

/** An environment for others: the manager's socket and descriptors are not theirs, nor are our secrets. */
export function withoutManager(env: Environment): Record<string, string | undefined> {
  const rest = withoutSecretVariables(env);
  for (const name of MANAGER_VARIABLES) delete rest[name];
  return rest;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
