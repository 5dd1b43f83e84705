import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PythonSettings } from '../compat/python-settings.ts';
import type { Environment } from '../config/env.ts';
import { findPython } from '../children/python.ts';
import { bridgeArguments } from '../wire/python-boot.ts';

const BRIDGE_DIR = join(fileURLToPath(new URL('../..', import.meta.url)), 'python');
/** A file that has not come to its end after this is given up. */
const RUN_MS = 60_000;
const ANSWER_BYTES_MAX = 1_048_576;

/**
 * Runs a gunicorn.conf.py, as gunicorn does: with the Python of the project, in the current folder. What it prints goes to standard error.
 * @param location a path, `file:PATH` or `python:MODULE`.
 */
export async function readPythonSettings(
  location: string,
  known: readonly string[],
  where: { readonly projectDir: string; readonly env: Environment },
): Promise<PythonSettings> {
  const asked = where.env['LICORNE_PYTHON'] ?? '';
  const python = findPython({ asked, ...where });
  if (python === null) return failed(`${location} is a Python program, and no Python was found to run it`);
  const answer = await run(
    python.path,
    bridgeArguments(BRIDGE_DIR, 'gunicorn_conf', location, JSON.stringify(known)),
    where.env,
  );
  if (typeof answer === 'string') {
    try {
      return JSON.parse(answer) as PythonSettings;
    } catch {
      return failed(`${location} ended the Python that ran it`);
    }
  }
  return failed(`${location} ${answer.fault}`);
}

/** What a program writes to standard output. */
function run(
  command: string,
  args: readonly string[],
  env: Environment,
): Promise<string | { readonly fault: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: RUN_MS,
    });
    // Whoever is ended meanwhile takes it along.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    const parts: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.on('error', (error) => resolve({ fault: `could not be run: ${error.message}` }));
    const began = performance.now();
    child.on('close', (_code, signal) => {
      process.off('exit', end);
      if (signal === null) resolve(Buffer.concat(parts).toString());
      else resolve({ fault: faultOf(signal, bytes, performance.now() - began) });
    });
  });
}

function faultOf(signal: NodeJS.Signals, bytes: number, ms: number): string {
  if (bytes > ANSWER_BYTES_MAX) return 'sets too much';
  if (ms >= RUN_MS) return `had not come to its end after ${RUN_MS / 1000} s`;
  return `was being run when ${signal} ended its Python`;
}

function failed(title: string): PythonSettings {
  return { error: { title, where: '' } };
}
