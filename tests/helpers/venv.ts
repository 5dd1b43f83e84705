import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.ts';

/** The virtual environments that `npm test` makes: most frameworks in one, and one for each Django that must work. */
export type VenvName = 'main' | 'django-lts' | 'django-newest';

const hint = 'run `npm test` once: it makes the virtual environments of the tests';

/** The Python of a test environment. Throws when it is not there. */
export function venvPython(name: VenvName = 'main'): string {
  const python = join(venvFolder(name), 'bin', 'python');
  if (!existsSync(python)) throw new Error(`${python} does not exist; ${hint}`);
  return python;
}

/** Why this machine cannot have a test environment (`npm test` writes it down), or false when it can. */
export function venvSkip(name: VenvName): string | false {
  const note = `${venvFolder(name)}.skipped`;
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : false;
}

function venvFolder(name: VenvName): string {
  return name === 'main' ? join(root, '.venv') : join(root, '.build', 'venvs', name);
}
