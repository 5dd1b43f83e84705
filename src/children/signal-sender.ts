import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Log } from '../telemetry/log.ts';
import type { ProcessIds } from '../wire/process-ids.ts';

export interface SignalSenderOptions {
  /** Whom the processes run as; null: as this one. */
  readonly identity: ProcessIds | null;
  /** Their interpreter, which that user can run, and its environment. */
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/**
 * Sends signals to processes that are no children of ours and whose ids we only have by hearsay. Where they run as another user, a process of that user
 * sends the signal: whatever they have told us, root's right to kill everybody is not lent to them.
 */
export class SignalSender {
  readonly #options: SignalSenderOptions;
  /** What is to be sent in this turn: `PID:NUMBER`. */
  #batch: string[] = [];

  constructor(options: SignalSenderOptions) {
    this.#options = options;
  }

  send(pid: number, signal: NodeJS.Signals): void {
    if (!needsHelper(this.#options.identity)) {
      sendDirectly(pid, signal);
      return;
    }
    if (this.#batch.length === 0) setImmediate(() => this.#flush());
    this.#batch.push(`${pid}:${constants.signals[signal]}`);
  }

  #flush(): void {
    const { identity, python, env, log } = this.#options;
    const batch = this.#batch;
    this.#batch = [];
    if (identity === null) return;
    const told = (why: string): void => log.error(`Workers could not be sent a signal: ${why}`);
    try {
      const helper = spawn(python, ['-I', '-S', '-c', SEND, ...batch], {
        cwd: '/',
        env: { ...env },
        uid: identity.uid,
        gid: identity.gid,
        stdio: 'ignore',
      });
      helper.on('error', (error) => told(error.message));
      helper.on('exit', (code, signal) => {
        if (code !== 0) told(`${python} ended with ${signal ?? code}`);
      });
    } catch (error) {
      told(error instanceof Error ? error.message : '');
    }
  }
}

/** Who is not root can kill nobody whom it might not kill anyway. */
function needsHelper(identity: ProcessIds | null): boolean {
  return identity !== null && process.geteuid?.() === 0 && identity.uid !== 0;
}

function sendDirectly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just gone.
  }
}

/** One that is gone, or is somebody else's by now, is none of its business. */
const SEND = `
import os, sys
for one in sys.argv[1:]:
    pid, number = one.split(':')
    try:
        os.kill(int(pid), int(number))
    except OSError:
        pass
`;
