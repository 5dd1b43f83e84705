import { existsSync, statSync } from 'node:fs';
import type { Environment } from '../config/env.ts';

/** How this process was started, so that another can be started in the same way. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

/** What of a service manager's variables names this very process. The successor has inherited nothing under them. */
const OF_THIS_PROCESS: readonly string[] = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES', 'WATCHDOG_PID'];

export function currentLaunch(env: Environment): Launch {
  const kept = Object.entries(env).filter(([name]) => !OF_THIS_PROCESS.includes(name));
  return {
    // A Node that was replaced on disk is still there under its name; one that moved is looked up again.
    command: existsSync(process.execPath) ? process.execPath : process.argv0,
    // Node takes options of its own (--env-file) from anywhere before `--`, out of the script's arguments too.
    args: [...process.execArgv, '--', ...process.argv.slice(1)],
    cwd: nameOfFolder(env),
    env: Object.fromEntries(kept),
  };
}

/**
 * The folder we were started in, by the name the shell had for it: where releases are folders and `current` is a link to one, the same name
 * means the new release later on.
 */
export function nameOfFolder(env: Environment, physical: string = process.cwd()): string {
  const logical = env['PWD'] ?? '';
  if (!logical.startsWith('/')) return physical;
  const [there, here] = [logical, physical].map((path) => statSync(path, { throwIfNoEntry: false }));
  return there !== undefined && there.dev === here?.dev && there.ino === here.ino ? logical : physical;
}
