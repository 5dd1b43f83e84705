import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { parseDotenv } from '../config/dotenv.ts';
import type { Environment } from '../config/env.ts';
import type { AppSettings } from '../config/options.ts';

type EnvFileSettings = Pick<AppSettings, 'env_file' | 'env_file_bytes_max'>;

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
export function fileVariables(settings: EnvFileSettings, env: Environment): FileVariables {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const path of settings.env_file) {
    const file = parseDotenv(read(path, settings.env_file_bytes_max), { ...values, ...env });
    faults.push(...file.faults.map((line) => `${path}:${line}: this line is not NAME=value and is left out`));
    const [bad] = file.impossible;
    if (bad !== undefined)
      throw new Error(`env_file: ${path}:${bad.line}: ${JSON.stringify(bad.name.slice(0, 80))}: ${bad.why}`);
    for (const [name, value] of file.values) if (env[name] === undefined) values[name] = value;
  }
  return { values, faults };
}

function read(path: string, bytesMax: number): string {
  try {
    return readRegular(path, bytesMax);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : code || message;
    throw new Error(`env_file: ${path} cannot be read: ${why}`, { cause: error });
  }
}

/** A pipe would keep the start waiting for ever, a device would have no end. */
function readRegular(path: string, bytesMax: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) throw new Error('it is no regular file');
    if (found.size > bytesMax)
      throw new Error(`it has ${found.size} bytes, and ${bytesMax} are the most (env_file_bytes_max)`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
