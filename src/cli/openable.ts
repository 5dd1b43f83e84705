import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Settings } from '../config/options.ts';

/** Why a file of the settings can't be written, for people; null when all can. Looked at before anything is started. */
export function unwritable(settings: Settings): { message: string; hint: string } | null {
  for (const name of ['access_log', 'error_log', 'pid_file'] as const) {
    const path = settings[name];
    if (path === '' || path === '-') continue;
    const folder = dirname(resolve(path));
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined)
      return refusal(name, path, `the folder ${folder} does not exist`, `mkdir -p ${quoted(folder)}`);
    if (!found.isDirectory()) return refusal(name, path, `${folder} is no folder`, 'Choose another path.');
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      return refusal(name, path, 'it is a folder', 'Name a file in it.');
    if (!writable(folder, path))
      return refusal(name, path, 'permission denied', `Choose a path that this user may write to.`);
  }
  return null;
}

function refusal(name: string, path: string, why: string, hint: string): { message: string; hint: string } {
  return { message: `Cannot write ${name} ${path}: ${why}.`, hint };
}

function writable(folder: string, path: string): boolean {
  try {
    accessSync(statSync(path, { throwIfNoEntry: false }) === undefined ? folder : path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
