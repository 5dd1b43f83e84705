import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive, descendants, killAll } from '../helpers/processes.ts';
import { root } from '../helpers/paths.ts';

/** Where the applications of the soak test are. */
export const SOAK_APPS = join(root, 'tests', 'soak', 'apps');

/** A server that can be put through the scenario. An action that the server has no way to do is absent. */
export interface Target {
  readonly name: string;
  readonly port: number;
  /** Prefixes of the paths of its applications, and whether the application speaks WebSocket. */
  readonly applications: readonly { readonly prefix: string; readonly websocket: boolean }[];
  readonly deploy: Deploy;
  /** Resolves when the new release serves; false: it was refused. */
  reload(): Promise<boolean>;
  workers(): readonly number[];
  scale(by: 1 | -1): Promise<void>;
  upgrade?(): Promise<void>;
  /** Processes that live as long as the server. */
  permanent(): readonly number[];
  /** Everything written to the log. */
  log(): string;
  stop(): Promise<number | null>;
}

/** The release that is on disk. */
export class Deploy {
  readonly file: string;
  #number = 0;

  constructor(folder: string) {
    this.file = join(folder, 'release');
    this.next();
  }

  next(): void {
    this.#number += 1;
    this.#put(`release ${this.#number}`);
  }

  get current(): string {
    return `release ${this.#number}`;
  }

  break(): void {
    this.#put('broken');
  }

  mend(): void {
    this.#put(`release ${this.#number}`);
  }

  /** Whole or not at all: workers may start at any moment. */
  #put(release: string): void {
    writeFileSync(`${this.file}.next`, `${release}\n`);
    renameSync(`${this.file}.next`, this.file);
  }
}

const programs = new Set<Program>();
process.once('exit', () => endAll([...programs].map(({ pid }) => pid)));

/** A program that writes one log, and everything below it. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #printed = '';
  #over = false;

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd: string; env: Record<string, string> },
  ) {
    const { PORT: _port, WEB_CONCURRENCY: _workers, NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
    this.child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...inherited, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    programs.add(this);
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.#over = true;
        programs.delete(this);
        resolve(code);
      });
      this.child.on('error', (error) => {
        this.#printed += error.message;
        this.#over = true;
        resolve(null);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get printed(): string {
    return this.#printed;
  }

  async prints(pattern: RegExp, withinMs = 30_000): Promise<RegExpMatchArray> {
    const look = () => {
      const match = this.#printed.match(pattern);
      if (match === null && this.#over)
        throw new Error(`it ended before it printed ${pattern}:\n${this.#printed}`);
      return match;
    };
    return until(look, `${pattern} is printed`, withinMs);
  }
}

/** Looks again and again until there is something; throws with `what` when it takes too long. */
export async function until<T>(
  look: () => T | null | false | undefined,
  what: string,
  withinMs = 30_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Children of `pid` whose command line fits. */
export function childrenLike(pid: number, pattern: RegExp): readonly number[] {
  return descendants(pid).filter((child) => pattern.test(commandLine(child)));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Ends a program and all below it that is still there. */
export function endAll(pids: readonly number[]): void {
  const known = pids.filter((pid) => pid > 0);
  killAll([...known, ...known.flatMap(descendants)].filter(alive));
}

/** Resident memory, bytes. */
export function residentBytes(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
