import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that one project is watched in at most; a home folder that was taken for a project must not use up what the system has. */
const FOLDERS_MAX = 5_000;
/** Never the developer's own work, and often large. */
const SKIPPED = /^(?:\..*|__pycache__|node_modules|bower_components|venv|env|site-packages)$/;

/** A folder and those below it that a person works in, without hidden ones, packages and virtual environments. */
export async function foldersBelow(top: string): Promise<readonly string[]> {
  const found: string[] = [];
  const next = [top];
  for (let folder = next.shift(); folder !== undefined && found.length < FOLDERS_MAX; folder = next.shift()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
    if (entries === null || (folder !== top && entries.some(({ name }) => name === 'pyvenv.cfg'))) continue;
    found.push(folder);
    for (const entry of entries) {
      if (SKIPPED.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) next.push(path);
    }
  }
  return found;
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
