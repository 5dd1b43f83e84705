import { readFile, stat } from 'node:fs/promises';

/**
 * What keeps Django from reading its staticfiles.json, in words that follow the file's path; null when nothing does. As the
 * storage it asks for an object with a version and `paths`, and a file that is missing is one without any names.
 */
export async function manifestFault(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    // It would be parsed in one go, beside requests.
    if (size > PARSED_BYTES_MAX) return null;
    return faultOf(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return `is not JSON (${error.message})`;
    const { code = '', message } = error as NodeJS.ErrnoException;
    return WORDS[code] ?? `cannot be read (${message})`;
  }
}

/** The same for an operator, with what helps. */
export function brokenManifest(path: string, fault: string): string {
  return `Django's manifest of static files, ${path}, ${fault}: pages that ask it for a name fail. Run: python manage.py collectstatic`;
}

function faultOf(manifest: unknown): string | null {
  if (!isObject(manifest)) return 'is no object';
  const { version, paths } = manifest as { version?: unknown; paths?: unknown };
  if (typeof version !== 'string' || !version.startsWith('1.')) return 'has no version that Django reads';
  if (!isObject(paths) || !Object.values(paths).every((name) => typeof name === 'string'))
    return 'has no "paths" that lead from names to names';
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const PARSED_BYTES_MAX = 4_194_304;
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
};
