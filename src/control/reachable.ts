import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../telemetry/log.ts';
import { CONTROL_SOCKET } from './command.ts';
import { type Controllable, ControlServer } from './control-server.ts';
import { nameOfFolder } from '../children/launch.ts';
import { startTimeOf } from '../children/process-time.ts';
import { type RegisteredServer, Registry, registryFolders } from './registry.ts';

export interface ReachableOptions {
  readonly runDir: string;
  readonly projectDirs: readonly string[];
  readonly binds: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Another server of this folder is still the one that is meant; see `show`. */
  readonly hidden: boolean;
}

/** What lets `licorne reload` and its like find a server and talk to it: its control socket, and its entry in the registry. A server without them still serves. */
export class Reachable {
  readonly #control: ControlServer | null;
  readonly #registry: Registry;
  readonly #log: Log;
  #hidden: boolean;
  #entry: RegisteredServer;

  private constructor(control: ControlServer | null, options: ReachableOptions) {
    const { runDir, projectDirs, binds, env, log } = options;
    this.#control = control;
    this.#registry = new Registry(registryFolders(env));
    this.#log = log;
    this.#hidden = options.hidden;
    this.#entry = {
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? '',
      cwd: process.cwd(),
      cwdName: nameOfFolder(env),
      projectDirs: projectDirs.map(real),
      runDir: real(runDir),
      binds,
    };
  }

  static async open(target: Controllable, options: ReachableOptions): Promise<Reachable> {
    const { runDir, log } = options;
    const control = await ControlServer.listen(join(runDir, CONTROL_SOCKET), target, log).catch(
      (error: unknown) => {
        log.warning(
          `There is no control socket, so licorne reload and its like do not work: ${reason(error)}`,
        );
        return null;
      },
    );
    const reachable = new Reachable(control, options);
    // What servers that were killed have left behind is put away.
    reachable.#registry.list();
    reachable.update({});
    return reachable;
  }

  /** Writes down what has changed. */
  update(changed: Partial<Pick<RegisteredServer, 'binds' | 'projectDirs' | 'cwd'>>): void {
    const { projectDirs = this.#entry.projectDirs, ...rest } = changed;
    this.#entry = { ...this.#entry, ...rest, projectDirs: projectDirs.map(real) };
    if (this.#control === null || this.#hidden) return;
    try {
      this.#registry.register(this.#entry);
    } catch (error) {
      this.#log.warning(
        `Commands find this server by --run-dir ${this.#entry.runDir} only: ${reason(error)}`,
      );
    }
  }

  /** Commands find it from now on. */
  show(): void {
    this.#hidden = false;
    this.update({});
  }

  /** Another has taken its place. Whoever has found it may go on talking to it. */
  hide(): void {
    this.#hidden = true;
    this.#registry.remove(process.pid);
  }

  /** Nobody finds the server any more. Who waits for its end is told. */
  close(): void {
    this.#registry.remove(process.pid);
    this.#control?.close();
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
