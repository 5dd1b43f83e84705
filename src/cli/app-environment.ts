import { readFileSync } from 'node:fs';
import { parseDotenv } from '../config/dotenv.ts';
import type { Environment } from '../config/env.ts';
import type { AppSettings } from '../config/options.ts';

/** The variables of an app's files, and what of them could not be understood. */
export interface FileVariables {
  readonly values: Readonly<Record<string, string>>;
  /** In words, with the file and the line. */
  readonly faults: readonly string[];
}

/**
 * Reads the files of `env_file`, now. A variable that the server was started with keeps its value, as everywhere that reads such files: what is said on the
 * spot counts more than a file. Of two files the later one wins. Throws in words when a file can't be read.
 */
export function fileVariables(settings: Pick<AppSettings, 'env_file'>, env: Environment): FileVariables {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const path of settings.env_file) {
    const file = parseDotenv(read(path), { ...values, ...env });
    faults.push(...file.faults.map((line) => `${path}:${line}: this line is not NAME=value and is left out`));
    for (const [name, value] of file.values) if (env[name] === undefined) values[name] = value;
  }
  return { values, faults };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code;
    throw new Error(`env_file: ${path} cannot be read: ${why}`, { cause: error });
  }
}
