// The program under test as a process of its own, owned by one test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { licorne, root } from './paths.ts';
import { descendants, endAll, killAll } from './processes.ts';

export interface StartOptions {
  /** The folder it is started in; the checkout's when absent. */
  cwd?: string;
  /** Added to the test's own environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** How long starting may take, in milliseconds. */
  readyMs?: number;
}

export interface Stopped {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a process printed, so far. */
export interface Output {
  stdout: string;
  stderr: string;
  /** Nothing more will come. */
  closed: boolean;
}

export interface Server {
  /** `http://127.0.0.1:PORT`, as it was printed. Empty when it listens on no TCP address. */
  url: string;
  port: number;
  pid: number;
  output: Output;
  /** Waits for a line on stdout or stderr, also one printed before. */
  waitForLog: (pattern: RegExp, withinMs?: number) => Promise<RegExpMatchArray>;
  /** Sends a signal (default SIGTERM) and waits for the end. */
  stop: (signal?: NodeJS.Signals) => Promise<Stopped>;
  /** Resolves at the end of the process, whoever ends it, when nothing more can be printed. */
  ended: Promise<Stopped>;
  /** The same, though another process may hold its output open. */
  left: Promise<Stopped>;
}

/**
 * Starts `licorne ARGS` and waits until it listens. Rejects with everything it printed when it ends or stays silent.
 * At the end of the test every process below it is gone.
 */
export async function startLicorne(
  t: TestContext,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Server> {
  const server = launchLicorne(t, args, options);
  const match = await server.waitForLog(
    /(?:Listening on|Starting development server at) ([^\s]+?)\/?\s/,
    options.readyMs ?? 30_000,
  );
  const url = /^http/.test(match[1] ?? '') ? (match[1] ?? '') : '';
  return { ...server, url, port: url ? Number(new URL(url).port || 80) : 0 };
}

/** Starts `licorne ARGS` without waiting: for command lines that are meant to fail. */
export function launchLicorne(t: TestContext, args: readonly string[], options: StartOptions = {}): Server {
  return launch(t, process.execPath, ['--', licorne, ...args], options);
}

/** Starts any command in the same care. */
export function launch(
  t: TestContext,
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Server {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Output = { stdout: '', stderr: '', closed: false };
  const watchers = new Set<() => void>();
  collect(child, output, watchers);
  const ended = new Promise<Stopped>((resolve) => {
    child.on('close', (code, signal) => {
      output.closed = true;
      resolve({ code, signal });
      for (const look of watchers) look();
    });
    child.on('error', (error) => {
      output.stderr += `${error.message}\n`;
      output.closed = true;
      resolve({ code: null, signal: null });
    });
  });
  const left = new Promise<Stopped>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', () => resolve({ code: null, signal: null }));
  });
  const pid = child.pid ?? 0;
  own(child);
  atEnd(t, () => end(child));
  return {
    url: '',
    port: 0,
    pid,
    output,
    ended,
    left,
    waitForLog: (pattern, withinMs = 10_000) => waitForLog(child, output, watchers, pattern, withinMs),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}

function environment(extra: StartOptions['env'] = {}): NodeJS.ProcessEnv {
  // What would choose another Python, port or number of workers for the person who runs the tests.
  const {
    VIRTUAL_ENV: _venv,
    PORT: _port,
    WEB_CONCURRENCY: _workers,
    DJANGO_SETTINGS_MODULE: _settings,
    NODE_TEST_CONTEXT: _context,
    ...inherited
  } = process.env;
  const merged = { ...inherited, ...extra };
  for (const [name, value] of Object.entries(merged)) if (value === undefined) delete merged[name];
  return merged;
}

function collect(child: ChildProcess, output: Output, watchers: Set<() => void>): void {
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (text: string) => {
      output[name] += text;
      for (const look of watchers) look();
    });
  }
}

function waitForLog(
  child: ChildProcess,
  output: Output,
  watchers: Set<() => void>,
  pattern: RegExp,
  withinMs: number,
): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const printed = () => `\n── stdout\n${output.stdout}\n── stderr\n${output.stderr}`;
    const finish = () => {
      clearTimeout(timer);
      watchers.delete(look);
    };
    const look = () => {
      const match = output.stdout.match(pattern) ?? output.stderr.match(pattern);
      if (match) {
        finish();
        resolve(match);
      } else if (output.closed) {
        finish();
        reject(
          new Error(
            `ended (${child.exitCode ?? child.signalCode}) before ${pattern} was printed${printed()}`,
          ),
        );
      }
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`${pattern} was not printed within ${withinMs} ms${printed()}`));
    }, withinMs);
    watchers.add(look);
    look();
  });
}

/** Ends a process and everything below it: first as asked, then by force. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const family = descendants(child.pid);
  if (child.exitCode === null && child.signalCode === null) {
    // Not 'close': a process that has followed it may hold its output open.
    const gone = once(child, 'exit');
    child.kill('SIGQUIT');
    const patience = setTimeout(() => killAll([child.pid ?? 0, ...family]), 3000);
    await gone;
    clearTimeout(patience);
  }
  await endAll(family);
}

const owned = new Set<ChildProcess>();
let watching = false;

/** A test process that is ended before its time takes what it started with it. */
function own(child: ChildProcess): void {
  if (!watching) {
    watching = true;
    process.once('exit', () => {
      for (const { pid } of owned) if (pid !== undefined) killAll([pid, ...descendants(pid)]);
    });
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => process.exit(code));
    }
  }
  owned.add(child);
  child.on('exit', () => owned.delete(child));
}
