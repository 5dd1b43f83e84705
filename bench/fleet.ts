// Servers that run beside each other for the time of a work.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { alive, descendants, endAll } from '../tests/helpers/processes.ts';
import type { Command, Peer, Plan } from './peers.ts';

export interface FleetOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Put before each command. */
  readonly pin: readonly string[];
}

/** How long a server may take to answer for the first time, in milliseconds. */
const READY_MS = 30_000;
/** How long it may take to end when it is asked to, in milliseconds; then it is killed. */
const STOP_MS = 3_000;
/** How much of what it printed is kept, in characters. */
const PRINTED_MAX = 2_000;
/** Between two attempts to connect, in milliseconds. */
const PAUSE_MS = 10;

/** A server under load. */
export class RunningServer {
  readonly name: string;
  readonly port: number;
  readonly commands: readonly Command[];
  readonly #children: ChildProcess[] = [];
  #printed = '';

  constructor(name: string, port: number, commands: readonly Command[], options: FleetOptions) {
    this.name = name;
    this.port = port;
    this.commands = commands;
    for (const { command, args } of commands) {
      const [program = command, ...rest] = [...options.pin, command, ...args];
      const child = spawn(program, rest, {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      child.stderr.setEncoding('utf8');
      child.stderr.on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-PRINTED_MAX);
      });
      child.once('error', (error) => {
        this.#printed += error.message;
      });
      this.#children.push(child);
    }
  }

  /** Every process of the tree, also those below. */
  get pids(): number[] {
    const roots = this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    return roots.flatMap((pid) => [pid, ...descendants(pid)]);
  }

  /** Resolves to the first answer of 200 to `path`; throws with what the server printed. */
  async answers(path: string, withinMs = READY_MS): Promise<Buffer> {
    const deadline = Date.now() + withinMs;
    let last = 'nobody answered';
    for (;;) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
          signal: AbortSignal.timeout(5_000),
        });
        const body = Buffer.from(await response.arrayBuffer());
        if (response.status === 200) return body;
        last = `status ${response.status}`;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      const ended = this.#children.some((child) => child.exitCode !== null || child.signalCode !== null);
      if (ended || Date.now() > deadline)
        throw new Error(`did not start (${ended ? 'it ended' : last}): ${this.lastWords}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** The last line it printed. */
  get lastWords(): string {
    return this.#printed.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  }

  /** Ends it, and waits until the whole tree is gone. */
  async stop(): Promise<void> {
    const tree = this.pids;
    for (const child of this.#children) child.kill('SIGTERM');
    const deadline = Date.now() + STOP_MS;
    while (tree.some(alive) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await endAll(tree);
  }
}

/** What a work asks of a server beside where it listens. */
export type Task = Omit<Plan, 'dir' | 'port'>;

/** Starts a server without waiting for it. Its folder is made below `dir`. */
export async function launch(
  name: string,
  peer: Peer,
  task: Task,
  { dir, ...options }: FleetOptions & { dir: string },
): Promise<RunningServer> {
  const port = await freePort();
  const own = join(dir, `${name.replaceAll(/\W+/g, '-')}-${port}`);
  mkdirSync(own, { recursive: true });
  return new RunningServer(name, port, peer.launch({ ...task, dir: own, port }), options);
}

/** What a server needs and this machine lacks, or undefined. */
export function lacks(peer: Peer): string | undefined {
  return peer.needs.find((program) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status !== 0);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
