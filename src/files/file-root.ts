import { realpath } from 'node:fs';
import type { Disk } from './disk.ts';
import { Denials } from './denials.ts';
import { DiskPace } from './disk-pace.ts';
import { MissMemory } from './miss-memory.ts';
import type { Miss } from './miss.ts';
import type { FileEntry } from './file-entry.ts';
import type { Slot } from './slot.ts';

export interface RootSpec {
  /** Absolute; may itself be a symbolic link (`current`), also one that is turned elsewhere later. */
  readonly dir: string;
  /** Where symbolic links below it may lead: to somewhere inside (or inside `alsoAllowed`), anywhere, nowhere. */
  readonly symlinks: 'inside' | 'follow' | 'refuse';
  /** Whether names that begin with a dot are served; `.well-known` at the top always is. */
  readonly dotfiles: boolean;
  /** Absolute folders that links may lead into as well: the location's other roots. */
  readonly alsoAllowed?: readonly string[];
  /** Whether `.br`, `.zst` and `.gz` beside a file are its compressed forms; default true. */
  readonly precompressed?: boolean;
}

export type Found = FileEntry | Miss;

/** A question to the disk that is on its way. */
export interface Pending {
  /** On the store's clock. */
  readonly startedAt: number;
  /** How it is asked. */
  readonly disk: Disk;
  readonly waiters: ((found: Found) => void)[];
  /** They want an answer that is younger than this one: they get the next. */
  readonly later: ((found: Found) => void)[];
}

/** A folder that files are served from, and where it and the folders links may lead into really are. */
export class FileRoot {
  readonly spec: RootSpec;
  /** The folder's path and a slash: a name is put behind it. */
  readonly base: Buffer;
  /** What the store knows about names below it. */
  readonly slots = new Map<string, Slot>();
  readonly misses = new MissMemory();
  readonly pace: DiskPace;
  readonly denials: Denials;
  readonly pending = new Map<string, Pending>();
  readonly #dirs: readonly string[];
  readonly #now: () => number;
  #real: readonly Buffer[] = [];
  #realAt = -Infinity;
  #waiting: ((real: readonly Buffer[]) => void)[] | null = null;

  /** @param now milliseconds on a clock that is never set back. */
  constructor(spec: RootSpec, now: () => number = () => performance.now()) {
    this.spec = spec;
    this.base = Buffer.from(spec.dir.endsWith('/') ? spec.dir : `${spec.dir}/`);
    this.#dirs = spec.symlinks === 'inside' ? [spec.dir, ...(spec.alsoAllowed ?? [])] : [spec.dir];
    this.#now = now;
    this.pace = new DiskPace(now);
    this.denials = new Denials(now);
  }

  /** The bytes of the path of a name (latin-1, one code point a byte). */
  path(name: string): Buffer {
    return Buffer.concat([this.base, Buffer.from(name, 'latin1')]);
  }

  /**
   * The real paths of this folder (the first) and of those links may lead into, each with a slash at its end; an empty
   * one does not exist at present. `maxAgeMs`: how old the answer may be; perhaps called back at once.
   */
  realPaths(maxAgeMs: number, done: (real: readonly Buffer[]) => void): void {
    if (this.#now() - this.#realAt < maxAgeMs) return done(this.#real);
    if (maxAgeMs === 0) return this.#resolve(done);
    if (this.#waiting !== null) {
      this.#waiting.push(done);
      return;
    }
    const waiting = [done];
    this.#waiting = waiting;
    this.#resolve((real) => {
      this.#waiting = null;
      for (const one of waiting) one(real);
    });
  }

  #resolve(done: (real: readonly Buffer[]) => void): void {
    const now = this.#now();
    const real: Buffer[] = [];
    let left = this.#dirs.length;
    for (const [index, dir] of this.#dirs.entries()) {
      realpath.native(dir, { encoding: 'buffer' }, (error, path) => {
        real[index] = error === null ? withSlash(path) : EMPTY;
        left -= 1;
        if (left > 0) return;
        this.#real = real;
        this.#realAt = now;
        done(real);
      });
    }
  }
}

const EMPTY = Buffer.alloc(0);
const SLASH = 0x2f;

function withSlash(path: Buffer): Buffer {
  return path.at(-1) === SLASH ? path : Buffer.concat([path, Buffer.of(SLASH)]);
}
