import { statfs } from 'node:fs';

/**
 * Decides where files may be opened in the turn of a request, which for a small file that the system has in memory costs a tenth of
 * what going through the thread pool does. Everybody waits meanwhile, so it is allowed only
 *
 * - in a folder that lies on a file system of this machine, which was asked in the background: one that is far away (NFS, FUSE) may
 *   be fast a thousand times and hang then;
 * - as long as it goes fast: when openings take more than a millisecond on average, the files come from a disk that has
 *   to be waited for, and for the next seconds the pool's threads do that.
 */
export class DiskPace {
  readonly #now: () => number;
  /** Folders that may be waited for, and when that was found out. The oldest first. */
  readonly #known = new Map<string, number>();
  readonly #asked = new Set<string>();
  #averageMs = 0;
  #slowUntil = -Infinity;

  /** @param now milliseconds on a clock that is never set back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  mayWait(folder: string): boolean {
    const at = this.#known.get(folder);
    if (at === undefined) return false;
    const now = this.#now();
    return now - at < KNOWN_MS && now >= this.#slowUntil;
  }

  /** An opening in the turn of a request took this long, milliseconds. */
  took(ms: number): void {
    this.#averageMs += (ms - this.#averageMs) * WEIGHT;
    if (this.#averageMs <= AVERAGE_MS_MAX) return;
    this.#averageMs = 0;
    this.#slowUntil = this.#now() + SLOW_MS;
  }

  /** A file was found in a folder, without waiting: asks where it lies. `done` is for whoever wants to wait for it. */
  learn(folder: string, path: Buffer, done: () => void = () => {}): void {
    const at = this.#known.get(folder) ?? -Infinity;
    if (this.#now() - at < KNOWN_MS || this.#asked.has(folder) || this.#asked.size >= ASKED_MAX)
      return done();
    this.#asked.add(folder);
    statfs(path, (error, found) => {
      this.#asked.delete(folder);
      this.#known.delete(folder);
      if (error === null && LOCAL.has(found.type)) this.#keep(folder);
      done();
    });
  }

  #keep(folder: string): void {
    if (this.#known.size >= FOLDERS_MAX) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(folder, this.#now());
  }
}

/** Something else may be mounted in the place of a folder. */
const KNOWN_MS = 30_000;
const FOLDERS_MAX = 1000;
const ASKED_MAX = 4;
const AVERAGE_MS_MAX = 1;
/** One that is slow among fast ones may have waited for the processor, not for the disk. */
const WEIGHT = 1 / 16;
const SLOW_MS = 3000;

/** By statfs(2) of Linux, where elsewhere nothing has these numbers: ext, XFS, Btrfs, tmpfs, overlay, F2FS, ZFS, squashfs, EROFS. */
const LOCAL: ReadonlySet<number> = new Set(
  process.platform === 'linux'
    ? [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0x73717368, 0xe0f5e1e2]
    : [],
);
