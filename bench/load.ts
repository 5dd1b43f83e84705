// Programs that load a server, each a process of its own beside it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import type { Headers } from './measure.ts';
import { BENCH } from './places.ts';

export interface WrkOptions {
  readonly layout: Layout;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: Headers;
  /** POST that many bytes; 0: GET. */
  readonly bodyBytes: number;
}

/** Requests per second that were answered well. An answer that is an error ends the round. */
export async function wrk(url: string, options: WrkOptions): Promise<number> {
  const threads = Math.min(options.layout.loadThreads, options.connections);
  const args = [`-t${threads}`, `-c${options.connections}`, `-d${options.seconds}s`, '--timeout', '10s'];
  const output = await run([...options.layout.load, 'wrk', ...args, '-s', join(BENCH, 'load.lua'), url], {
    BENCH_HEADERS: options.headers,
    BENCH_BODY: String(options.bodyBytes),
  });
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  if (errors > 0) throw new Error(`${errors} answers were errors`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? Number.NaN);
}

/** Runs one of our own clients (`bench/clients/`) to its end; resolves to the JSON it prints. */
export async function client(
  layout: Layout,
  name: string,
  args: readonly (string | number)[],
): Promise<unknown> {
  return JSON.parse(await run([...layout.load, ...clientCommand(name), ...args.map(String)]));
}

/** The command of one of our own clients. */
export function clientCommand(name: string): string[] {
  return [process.execPath, '--import', 'tsx', join(BENCH, 'clients', `${name}.ts`)];
}

/** Resolves to what a command printed; rejects with what it complained of. */
export function run(
  command: readonly string[],
  env: Record<string, string | undefined> = {},
  cwd = BENCH,
): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = [[] as Buffer[], [] as Buffer[]];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else
        reject(
          new Error(`${program} ended with ${code}: ${Buffer.concat(errors).toString().trim().slice(-300)}`),
        );
    });
  });
}
