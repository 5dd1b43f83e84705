import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Interpreter } from '../children/python.ts';

/** The interpreter of an application, as a service finds it that has neither the search path of this shell nor its environment. */
export interface ServicePython {
  readonly path: string;
  /** Whether the command line has to name it. */
  readonly mustBeNamed: boolean;
  /** What keeps it from being sure; empty: nothing. */
  readonly doubt: string;
}

/** Longer takes no Python to say where it is. */
const ASK_MS = 10_000;

/** @param asked the setting `python`. @param cwd the folder of the project; version managers choose by it. */
export function servicePython(
  { path, origin }: Interpreter,
  asked: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): ServicePython {
  const byShell = ['VIRTUAL_ENV', 'PATH'].includes(origin) || (asked !== '' && !asked.includes('/'));
  if (!isShim(path)) return { path, mustBeNamed: byShell, doubt: '' };
  const told = spawnSync(path, ['-c', 'import sys; print(sys.executable)'], {
    cwd,
    env: { ...env },
    encoding: 'utf8',
    timeout: ASK_MS,
  });
  const real = told.status === 0 ? told.stdout.trim() : '';
  if (real.startsWith('/')) return { path: real, mustBeNamed: true, doubt: '' };
  const why = told.error?.message ?? told.stderr.trim().split('\n')[0] ?? '';
  return { path, mustBeNamed: true, doubt: `${path} chooses a Python, and does not say which: ${why}` };
}

/** Whether it is a program that chooses an interpreter (pyenv, asdf, mise), rather than one. */
function isShim(path: string): boolean {
  try {
    return !/^(python|pypy)/i.test(basename(realpathSync(path))) || isScript(path);
  } catch {
    return false;
  }
}

function isScript(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const begin = Buffer.alloc(2);
    return readSync(file, begin, 0, 2, 0) === 2 && begin.toString('latin1') === '#!';
  } finally {
    closeSync(file);
  }
}
