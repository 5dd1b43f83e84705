import { dirname } from 'node:path';
import { whoDenies } from './permission-walk.ts';

interface Denial {
  readonly at: number;
  readonly detail: Promise<string | null>;
}

/**
 * Who keeps us from reading a file, for the log. When it is a folder on the way, all names below it get the same answer for a second:
 * to find it out takes a walk over the path, and a client has as many names as it likes.
 */
export class Denials {
  readonly #now: () => number;
  readonly #walk: (path: string) => Promise<string | null>;
  /** By the folder of the file. The oldest first. */
  readonly #known = new Map<string, Denial>();

  /** @param now milliseconds on a clock that is never set back. */
  constructor(now: () => number, walk: (path: string) => Promise<string | null> = whoDenies) {
    this.#now = now;
    this.#walk = walk;
  }

  /** A sentence that begins with what denies; null when nobody does. `path` is absolute. */
  async of(path: string): Promise<string | null> {
    const folder = dirname(path);
    const now = this.#now();
    const known = this.#known.get(folder);
    if (known !== undefined && now - known.at < KNOWN_MS) {
      const detail = await known.detail;
      if (detail !== null && isAbove(detail, folder)) return detail;
      return this.#walk(path).catch(() => null);
    }
    const detail = this.#walk(path).catch(() => null);
    this.#known.delete(folder);
    if (this.#known.size >= FOLDERS_MAX) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(folder, { at: now, detail });
    return detail;
  }
}

const KNOWN_MS = 1000;
const FOLDERS_MAX = 100;

/** Whether it is said of this folder or of one above it. One that was reached by a link has another path, and is walked to each time. */
function isAbove(detail: string, folder: string): boolean {
  for (let current = folder; ; current = dirname(current)) {
    if (detail.startsWith(`${current} is `)) return true;
    if (current === dirname(current)) return false;
  }
}
