import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { startTimeOf } from '../children/process-time.ts';
import { removeRunDir } from '../children/run-dir.ts';

/** A server that runs, as it wrote it down for the commands that talk to it. */
export interface RegisteredServer {
  /** Of the master. */
  readonly pid: number;
  /** When that process began: the pair names one process for good. */
  readonly startTime: string;
  /** The folder it was started in, without symbolic links. */
  readonly cwd: string;
  /** The same by the name it was started under, which may be a link that leads elsewhere by now. */
  readonly cwdName: string;
  /** The folders of its apps, without symbolic links. */
  readonly projectDirs: readonly string[];
  /** Where its control socket is. */
  readonly runDir: string;
  readonly binds: readonly string[];
}

const ENTRY_BYTES_MAX = 65_536;
const ENTRIES_MAX = 1_000;
const ENTRY_NAME = /^([1-9][0-9]{0,9})\.json$/;
/** An entry that is being written. */
const NEXT_NAME = /^\.([1-9][0-9]{0,9})\.next$/;

/** Folders in which the servers of a user write themselves down: the first that is safe is written to, all of them are read. */
export function registryFolders(
  env: Readonly<Record<string, string | undefined>>,
  uid: number = ownUid(),
  temporary: string = tmpdir(),
): readonly string[] {
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const folders = [
    ...(isAbsolute(runtime) && isOwn(runtime, uid) ? [join(runtime, 'licorne')] : []),
    join(temporary, `licorne-${uid}`),
  ];
  // A service of the same user may have neither variable.
  const others = [join('/run/user', String(uid), 'licorne'), join('/tmp', `licorne-${uid}`)];
  return [...new Set([...folders, ...others])];
}

/**
 * Where the servers of a user are written down, one file each. Only folders that belong to the user and that nobody else may
 * enter are used, and never through a symbolic link: whoever could write there could make `licorne stop` talk to a server of theirs.
 */
export class Registry {
  readonly #folders: readonly string[];
  readonly #uid: number;
  readonly #startTimeOf: (pid: number) => string | null;

  constructor(
    folders: readonly string[],
    options: { readonly uid?: number; readonly startTimeOf?: (pid: number) => string | null } = {},
  ) {
    this.#folders = folders;
    this.#uid = options.uid ?? ownUid();
    this.#startTimeOf = options.startTimeOf ?? startTimeOf;
  }

  /** Writes a server down, again when it was before. Throws, in words, when no folder is safe. */
  register(server: RegisteredServer): void {
    const refusals: string[] = [];
    for (const folder of this.#folders) {
      try {
        this.#prepare(folder);
        write(folder, server);
        return;
      } catch (error) {
        refusals.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(refusals[0] ?? 'there is no folder for it');
  }

  /** Strikes a server out. */
  remove(pid: number): void {
    for (const folder of this.#folders)
      if (this.#refusal(folder) === null) this.#forget(join(folder, `${pid}.json`), null);
  }

  /** The servers that run, oldest process id first. What a dead one left behind is removed. */
  list(): readonly RegisteredServer[] {
    const found = new Map<number, RegisteredServer>();
    for (const folder of this.#folders) {
      if (this.#refusal(folder) !== null) continue;
      for (const name of names(folder, NEXT_NAME)) this.#forgetUnfinished(folder, name);
      for (const name of names(folder, ENTRY_NAME)) {
        const path = join(folder, name);
        const pid = Number(ENTRY_NAME.exec(name)?.[1]);
        const server = read(path, this.#uid);
        const began = this.#startTimeOf(pid);
        if (server !== null && server.pid === pid && server.startTime === began) found.set(pid, server);
        else if (began === null || server !== null) this.#forget(path, server);
      }
    }
    return [...found.values()].sort((a, b) => a.pid - b.pid);
  }

  /** A server that was killed could not put its things away: the folder that its workers' sockets were in goes with its entry. */
  #forget(path: string, server: RegisteredServer | null): void {
    if (server !== null) removeRunDir(server.runDir, this.#uid);
    try {
      rmSync(path, { force: true });
    } catch {
      // Somebody has put a folder in the place of an entry: it is none, and hinders nobody.
    }
  }

  /** A server that was killed while it wrote its entry left half of one; who still runs puts it in place itself. */
  #forgetUnfinished(folder: string, name: string): void {
    if (this.#startTimeOf(Number(NEXT_NAME.exec(name)?.[1])) === null) this.#forget(join(folder, name), null);
  }

  #prepare(folder: string): void {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const refusal = this.#refusal(folder);
    if (refusal !== null) throw new Error(refusal);
  }

  /** Why a folder is not used; null when it may be. */
  #refusal(folder: string): string | null {
    const found = stat(folder);
    if (found === null) return `${folder} does not exist`;
    if (found.isSymbolicLink()) return `${folder} is a symbolic link`;
    if (!found.isDirectory()) return `${folder} is no folder`;
    if (found.uid !== this.#uid) return `${folder} belongs to another user`;
    return (found.mode & 0o077) === 0
      ? null
      : `${folder} may be entered by other users (chmod 700 ${folder})`;
  }
}

/** Not by name: in a container the user may have none. */
function ownUid(): number {
  return process.getuid?.() ?? 0;
}

function isOwn(folder: string, uid: number): boolean {
  const found = stat(folder);
  return found !== null && found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0;
}

function stat(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function names(folder: string, form: RegExp): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => form.test(name))
      .slice(0, ENTRIES_MAX);
  } catch {
    return [];
  }
}

/** Whole or not at all: a reader never sees half of it. */
function write(folder: string, server: RegisteredServer): void {
  const next = join(folder, `.${server.pid}.next`);
  rmSync(next, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeSync(fd, `${JSON.stringify(server)}\n`);
  } finally {
    closeSync(fd);
  }
  renameSync(next, join(folder, `${server.pid}.json`));
}

function read(path: string, uid: number): RegisteredServer | null {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = fstatSync(fd);
      if (!found.isFile() || found.uid !== uid || found.size > ENTRY_BYTES_MAX) return null;
      const bytes = Buffer.alloc(found.size);
      return asServer(JSON.parse(bytes.toString('utf8', 0, readSync(fd, bytes))));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function asServer(value: unknown): RegisteredServer | null {
  if (typeof value !== 'object' || value === null) return null;
  const { pid, startTime, cwd, cwdName, projectDirs, runDir, binds } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof startTime !== 'string') return null;
  if (typeof cwd !== 'string' || typeof runDir !== 'string') return null;
  if (!isTexts(projectDirs) || !isTexts(binds)) return null;
  return {
    pid,
    startTime,
    cwd,
    cwdName: typeof cwdName === 'string' ? cwdName : cwd,
    projectDirs,
    runDir,
    binds,
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
