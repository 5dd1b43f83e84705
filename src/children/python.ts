import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export interface Interpreter {
  readonly path: string;
  /** Why this one, in words: `--python`, `VIRTUAL_ENV`, `.venv`, `PATH`. */
  readonly origin: string;
}

/**
 * The Python that runs the app: the one asked for, else the active virtual environment's, else that of the project's
 * `.venv` or `venv`, else `python3` on the search path. Null when there is none.
 */
export function findPython(options: {
  asked: string;
  projectDir: string;
  env: Readonly<Record<string, string | undefined>>;
}): Interpreter | null {
  const { asked, projectDir, env } = options;
  if (asked !== '') return askedFor(asked, projectDir, env);
  const virtualEnv = env['VIRTUAL_ENV'];
  if (virtualEnv !== undefined && virtualEnv !== '') {
    const path = join(virtualEnv, 'bin', 'python');
    if (executable(path)) return { path, origin: 'VIRTUAL_ENV' };
  }
  for (const folder of ['.venv', 'venv']) {
    const path = join(projectDir, folder, 'bin', 'python');
    if (executable(path)) return { path, origin: folder };
  }
  const found = onPath('python3', env) ?? onPath('python', env);
  return found === null ? null : { path: found, origin: 'PATH' };
}

/** A path, a name on the search path, or the folder of a virtual environment. */
function askedFor(
  asked: string,
  projectDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Interpreter | null {
  const origin = '--python';
  if (!asked.includes('/')) {
    const found = onPath(asked, env);
    if (found !== null) return { path: found, origin };
  }
  for (const folder of ['.', projectDir]) {
    const path = resolve(folder, asked);
    for (const candidate of [path, join(path, 'bin', 'python')]) {
      if (executable(candidate)) return { path: candidate, origin };
    }
  }
  return null;
}

function onPath(name: string, env: Readonly<Record<string, string | undefined>>): string | null {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && executable(join(folder, name))) return join(folder, name);
  }
  return null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
