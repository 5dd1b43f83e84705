import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { pooledDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { judgeName } from './file-name.ts';
import type { FileRoot } from './file-root.ts';
import { stampOf } from './file-stamp.ts';
import type { FileStamp } from './file-stamp.ts';
import { missFromError } from './miss.ts';
import type { Miss, MissReason } from './miss.ts';
import { whoDenies } from './permission-walk.ts';
import { realPathOf } from './real-path.ts';

export interface OpenedFile {
  /** The caller closes it. */
  readonly fd: number;
  readonly stamp: FileStamp;
  /** Absolute; for logs only. */
  readonly path: string;
}

/**
 * Opens a regular file below a root. What counts is what has been opened, never what was there a moment before: its
 * kind is asked of the descriptor, and so is where it really lies. Nothing blocks on a named pipe.
 */
export function openFile(
  root: FileRoot,
  name: string,
  done: (opened: OpenedFile | Miss) => void,
  disk: Disk = pooledDisk,
): void {
  const reason = judgeName(name, root.spec.dotfiles);
  const path = root.path(name);
  if (reason !== null) return done({ miss: reason, path: path.toString(), detail: '' });
  new Opening(root, path, 'file', disk, done).begin(ROOT_AGE_MS_MAX);
}

/** As `openFile`, a folder: for a listing of it. */
export function openFolder(root: FileRoot, name: string, done: (opened: OpenedFile | Miss) => void): void {
  const reason = judgeName(name, root.spec.dotfiles);
  const path = root.path(name);
  if (reason !== null) return done({ miss: reason, path: path.toString(), detail: '' });
  new Opening(root, path, 'folder', pooledDisk, done).begin(ROOT_AGE_MS_MAX);
}

/** As `openFile`, by an absolute path (latin-1, one code point a byte) that the application named: links are followed. */
export function openExact(path: string, done: (opened: OpenedFile | Miss) => void): void {
  const bytes = Buffer.from(path, 'latin1');
  if (!path.startsWith('/') || path.includes('\0')) {
    return done({ miss: 'invalid', path: bytes.toString(), detail: 'not an absolute path' });
  }
  new Opening(null, bytes, 'file', pooledDisk, done).begin(0);
}

/** A root that is a link turned elsewhere is noticed this late, unless a file lies outside of what is known. */
const ROOT_AGE_MS_MAX = 1000;
const ATTEMPTS_MAX = 3;

// Windows knows fewer of them. O_CLOEXEC is set by libuv.
const FLAGS =
  constants.O_RDONLY |
  ((constants.O_NONBLOCK as number | undefined) ?? 0) |
  ((constants.O_NOCTTY as number | undefined) ?? 0);
const NO_LINK = (constants.O_NOFOLLOW as number | undefined) ?? 0;

class Opening {
  /** Null: no root, links are followed. */
  readonly #root: FileRoot | null;
  readonly #path: Buffer;
  readonly #kind: 'file' | 'folder';
  readonly #disk: Disk;
  readonly #done: (opened: OpenedFile | Miss) => void;
  #attempts = 0;

  constructor(
    root: FileRoot | null,
    path: Buffer,
    kind: 'file' | 'folder',
    disk: Disk,
    done: (opened: OpenedFile | Miss) => void,
  ) {
    this.#root = root;
    this.#path = path;
    this.#kind = kind;
    this.#disk = disk;
    this.#done = done;
  }

  /** The roots are resolved before the file is opened: a root turned in between is then noticed below. */
  begin(rootAgeMs: number): void {
    this.#attempts += 1;
    const root = this.#root;
    if (root === null || root.spec.symlinks === 'follow') return this.#open([]);
    root.realPaths(rootAgeMs, (allowed) => this.#open(allowed));
  }

  #open(allowed: readonly Buffer[]): void {
    const flags = this.#root?.spec.symlinks === 'refuse' ? FLAGS | NO_LINK : FLAGS;
    const disk = this.#disk;
    disk.open(this.#path, flags, (error, fd) => {
      if (error !== null) return this.#failed(error);
      disk.fstat(fd, (failed, stat) => {
        if (failed !== null) return this.#end(fd, missFromError(failed, this.#text()));
        if (!stat.isFile() && !stat.isDirectory()) return this.#miss(fd, 'special', '');
        if (allowed.length === 0) return this.#opened(fd, stat);
        realPathOf({ fd, path: this.#path, stat }, (real) => this.#judge(fd, stat, real, allowed), disk);
      });
    });
  }

  #judge(fd: number, stat: BigIntStats, real: Buffer | null, allowed: readonly Buffer[]): void {
    if (real !== null && this.#isAllowed(real, allowed)) return this.#opened(fd, stat);
    // The root may lead elsewhere since it was resolved.
    (this.#root as FileRoot).realPaths(0, (fresh) => {
      if (real !== null && this.#isAllowed(real, fresh)) return this.#opened(fd, stat);
      const turned = real === null || fresh.some((dir, index) => !dir.equals(allowed[index] ?? NOTHING));
      if (!turned || this.#attempts >= ATTEMPTS_MAX) {
        return this.#miss(fd, 'symlink', real === null ? '' : this.#leads(real));
      }
      this.#disk.close(fd);
      this.begin(0);
    });
  }

  #leads(real: Buffer): string {
    const refuse = this.#root?.spec.symlinks === 'refuse';
    return `it leads to ${real.toString()}${refuse ? ', and symlinks = "refuse" allows no symbolic links' : ''}`;
  }

  #isAllowed(real: Buffer, allowed: readonly Buffer[]): boolean {
    const root = this.#root as FileRoot;
    if (root.spec.symlinks === 'refuse') {
      const [dir = NOTHING] = allowed;
      const name = withoutSlash(this.#path.subarray(root.base.length));
      return real.equals(name.length === 0 ? withoutSlash(dir) : Buffer.concat([dir, name]));
    }
    return allowed.some((dir) => isInside(real, dir));
  }

  #opened(fd: number, stat: BigIntStats): void {
    if (stat.isDirectory() !== (this.#kind === 'folder')) {
      return this.#miss(fd, stat.isDirectory() ? 'directory' : 'missing', '');
    }
    this.#done({ fd, stamp: stampOf(stat, Date.now()), path: this.#text() });
  }

  #failed(error: NodeJS.ErrnoException): void {
    const miss = missFromError(error, this.#text());
    if (miss.miss === 'denied') void this.#denied(miss);
    else if (miss.miss === 'symlink') this.#done({ ...miss, detail: this.#linkDetail() });
    else this.#done(miss);
  }

  #linkDetail(): string {
    return this.#root?.spec.symlinks === 'refuse'
      ? 'it is a symbolic link, and symlinks = "refuse" allows none'
      : 'there are too many symbolic links on the way to it, perhaps in a circle';
  }

  async #denied(miss: Miss): Promise<void> {
    const detail = await (this.#root?.denials.of(miss.path) ?? whoDenies(miss.path).catch(() => null));
    this.#done({ ...miss, detail: detail ?? miss.detail });
  }

  #miss(fd: number, miss: MissReason, detail: string): void {
    this.#end(fd, { miss, path: this.#text(), detail });
  }

  #end(fd: number, miss: Miss): void {
    this.#disk.close(fd);
    this.#done(miss);
  }

  #text(): string {
    return this.#path.toString();
  }
}

const NOTHING = Buffer.alloc(0);
const SLASH = 0x2f;

/** `dir` ends in a slash. The folder itself is inside. */
function isInside(real: Buffer, dir: Buffer): boolean {
  if (dir.length === 0) return false;
  if (real.length === dir.length - 1) return dir.subarray(0, -1).equals(real);
  return real.length >= dir.length && real.subarray(0, dir.length).equals(dir);
}

function withoutSlash(path: Buffer): Buffer {
  return path.at(-1) === SLASH ? path.subarray(0, -1) : path;
}
