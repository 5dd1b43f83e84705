import { randomBytes } from 'node:crypto';
import {
  type Dirent,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, normalize } from 'node:path';

const RUN_DIR_NAME = /^licorne-[A-Za-z0-9]{6}$/;
/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with the NUL. */
const SOCKET_PATH_BYTES_MAX = 103;
const LONGEST_NAME = '/w/w99-999-999999-12345678.sock';

export interface RunDirOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The private folder of one running server: the workers' sockets and spooled bodies, nothing else, nowhere else. */
export class RunDir {
  readonly path: string;
  readonly spool: string;
  /** Where workers put their sockets. */
  readonly #sockets: string;

  private constructor(parent: string, owner: RunDirOwner | null) {
    this.path = make(() => mkdtempSync(join(parent, 'licorne-')), parent);
    this.spool = join(this.path, 'spool');
    mkdirSync(this.spool, { mode: 0o700 });
    this.#sockets = owner === null ? this.path : join(this.path, 'w');
    if (owner === null) return;
    // The folder itself stays the master's: what it puts there (the control socket) nobody else can take away. The others' part is theirs alone.
    chmodSync(this.path, 0o711);
    mkdirSync(this.#sockets, { mode: 0o700 });
    for (const own of [this.spool, this.#sockets]) chownSync(own, owner.uid, owner.gid);
  }

  /**
   * Makes a new folder, always: two servers never share one, and what is removed at the end is ours alone.
   * @param parent where; empty: among the system's temporary files. It is made if it does not exist.
   * @param owner whom gateways and workers run as, when it is not the master's user.
   */
  static create(parent: string, owner: RunDirOwner | null = null): RunDir {
    const folder = parent === '' ? tmpdir() : parent;
    if (Buffer.byteLength(folder) + '/licorne-XXXXXX'.length + LONGEST_NAME.length > SOCKET_PATH_BYTES_MAX) {
      throw new Error(
        `the run directory ${folder} has too long a path for Unix sockets; choose a shorter one with --run-dir`,
      );
    }
    if (parent !== '') {
      const mode = owner === null ? 0o700 : 0o711;
      make(() => mkdirSync(parent, { recursive: true, mode }), parent);
      refuseStrangers(parent);
    }
    return new RunDir(folder, owner);
  }

  /** Never the same name twice, and none that could be guessed: whoever the workers run as may put things beside it. */
  workerSocket(app: number, worker: number, serial: number): string {
    return join(this.#sockets, `w${app}-${worker}-${serial}-${byChance()}.sock`);
  }

  zygoteSocket(serial: number): string {
    return join(this.#sockets, `z${serial}-${byChance()}.sock`);
  }

  remove(): void {
    removeFolder(this.path);
  }
}

/** The socket of a process that has ended. What lies there in its place stays until all is removed. */
export function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It had not come so far, or it is something else by now.
  }
}

function byChance(): string {
  return randomBytes(6).toString('base64url');
}

/**
 * Removes the folder of a server that is no more, if it is one: by its name, a folder of this user that nobody else may write to, and not
 * what a symbolic link leads to. Says nothing when it can't: there is no harm in it.
 */
export function removeRunDir(path: string, uid: number): void {
  if (!isAbsolute(path) || normalize(path) !== path || !RUN_DIR_NAME.test(basename(path))) return;
  try {
    const found = lstatSync(path);
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o066) === 0) removeFolder(path);
  } catch {
    // It is gone, or is not ours to remove.
  }
}

/**
 * Goes no deeper than our own folders are. What lies in those of the workers may be of another user, who could put a symbolic link in the place
 * of a folder while a deeper removal is at it; a name alone is safe to unlink. A folder that they made there stays, and so do those above it.
 */
function removeFolder(path: string): void {
  for (const entry of entriesOf(path)) {
    const inside = join(path, entry.name);
    if (!entry.isDirectory()) removeSocket(inside);
    else {
      for (const { name } of entriesOf(inside)) removeSocket(join(inside, name));
      removeEmpty(inside);
    }
  }
  removeEmpty(path);
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It is gone already, or holds what is not ours.
  }
}

/** Whoever owns the parent could put another folder in the place of ours: gateways and workers trust what comes over these sockets. */
function refuseStrangers(parent: string): void {
  const { uid, mode } = statSync(parent);
  const self = process.getuid?.() ?? uid;
  if (uid !== self && uid !== 0) throw new Error(`the run directory ${parent} belongs to another user`);
  const sticky = (mode & 0o1000) !== 0;
  if ((mode & 0o022) !== 0 && !sticky)
    throw new Error(`the run directory ${parent} may be changed by other users (chmod go-w ${parent})`);
}

function make<T>(create: () => T, parent: string): T {
  try {
    return create();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `no run directory can be made in ${parent} (${code}): choose a folder that this user may write to with --run-dir, or set TMPDIR`,
      { cause: error },
    );
  }
}
