import { readFileSync, statSync } from 'node:fs';
import type { PythonSettings } from '../compat/python-settings.ts';
import { type Environment, processEnvironment } from '../config/env.ts';

/** What a command needs of the world outside; tests give their own. */
export interface Terminal {
  readonly env: Environment;
  /** Folder the relative paths of `files` start from, for messages. */
  readonly cwd: string;
  readonly files: FileReader;
  readonly cpus: () => Promise<number>;
  /** Runs a file of settings with the Python of a project and tells what it sets, of the names that are known. */
  readonly pythonSettings: (
    location: string,
    known: readonly string[],
    projectDir: string,
  ) => Promise<PythonSettings>;
  /** Whether stderr takes colours. */
  readonly color: boolean;
  /** Whether stderr is a terminal, whose last line can be written over. */
  readonly rewrites: boolean;
  /** Is called before Ctrl-C ends the process. Returns what takes it back. */
  onInterrupt(last: () => void): () => void;
  out(text: string): void;
  err(text: string): void;
}

export interface FileReader {
  /** The text of a file, or null when it cannot be read. */
  read(path: string): string | null;
  exists(path: string): boolean;
  /** `unknown`: this user may not see it, or it is neither. */
  kind(path: string): 'file' | 'folder' | 'missing' | 'unknown';
  /** What keeps this user from reading a folder, as a sentence; null: nothing, or it is not there. `path` is absolute. */
  whoDenies(path: string): Promise<string | null>;
  /** Names of the sub-folders of a folder, sorted; empty when it cannot be read. */
  folders(path: string): Promise<readonly string[]>;
}

/** The real world. */
export function processTerminal(): Terminal {
  const env = processEnvironment();
  return {
    env,
    // A reload may go to another.
    get cwd() {
      return process.cwd();
    },
    files: diskFiles,
    cpus: async () => (await import('../base/cpus.ts')).usableCpus(),
    pythonSettings: async (location, known, projectDir) =>
      (await import('./python-settings.ts')).readPythonSettings(location, known, { projectDir, env }),
    color: process.stderr.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    rewrites: process.stderr.isTTY === true && env['TERM'] !== 'dumb',
    onInterrupt(last) {
      const end = (): void => {
        last();
        // The handler is off: whoever started us sees that the signal was the end.
        process.kill(process.pid, 'SIGINT');
      };
      process.once('SIGINT', end);
      return () => void process.off('SIGINT', end);
    },
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

const diskFiles: FileReader = {
  read(path) {
    try {
      return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch {
      return null;
    }
  },
  exists: (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  kind(path) {
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return 'missing';
      if (found.isDirectory()) return 'folder';
      return found.isFile() ? 'file' : 'unknown';
    } catch {
      return 'unknown';
    }
  },
  whoDenies: async (path) => (await import('../files/permission-walk.ts')).whoDenies(path),
  async folders(path) {
    const { readdir } = await import('node:fs/promises');
    try {
      const all = await readdir(path, { withFileTypes: true });
      return all
        .filter((one) => one.isDirectory())
        .map((one) => one.name)
        .toSorted();
    } catch {
      return [];
    }
  },
};
