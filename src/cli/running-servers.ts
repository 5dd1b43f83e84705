import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '../config/env.ts';
import { type RegisteredServer, Registry, registryFolders } from '../control/registry.ts';
import { type CommandReply, CONTROL_SOCKET } from '../control/command.ts';
import { talk } from './control-client.ts';

/** The running servers of this machine, as far as a command has to do with them; tests give their own. */
export interface RunningServers {
  /** Those of this user. */
  list(): readonly RegisteredServer[];
  /** The control sockets of a run directory: its own, or those of the servers that were given it as `--run-dir`. */
  sockets(runDir: string): readonly string[];
  /** Whether two paths are the same folder. */
  same(a: string, b: string): boolean;
  /** Says a command and gives every line of the answer to `onLine`; resolves when the connection ends. */
  talk(socket: string, command: object, onLine: (line: CommandReply) => void): Promise<void>;
  /** Resolves with whether a process was gone within the time, milliseconds. */
  gone(pid: number, withinMs: number): Promise<boolean>;
}

const LOOK_MS = 20;

export function runningServers(env: Environment): RunningServers {
  const registry = new Registry(registryFolders(env));
  return {
    list: () => registry.list(),
    sockets: controlSockets,
    same: (a, b) => real(a) === real(b),
    talk,
    async gone(pid, withinMs) {
      const { startTimeOf } = await import('../children/process-time.ts');
      // A process that is not our child tells nobody of its end.
      const deadline = performance.now() + withinMs;
      while (startTimeOf(pid) !== null) {
        if (performance.now() > deadline) return false;
        await new Promise((wake) => setTimeout(wake, LOOK_MS));
      }
      return true;
    },
  };
}

function controlSockets(runDir: string): readonly string[] {
  const folders = [runDir, ...inside(runDir).map((name) => join(runDir, name))];
  return folders.map((folder) => join(folder, CONTROL_SOCKET)).filter(isSocket);
}

function inside(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('licorne-'));
  } catch {
    return [];
  }
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
