import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** How processes are told from each other: ids are used again, a pair of id and start time is not. */
export interface ProcessLook {
  readonly pid: number;
  /** Null: there is no such process. */
  startTimeOf(pid: number): string | null;
}

/** The holder touches its lock so often. */
const BEAT_MS = 10_000;
/** On another machine (a shared folder) nobody can be looked at: a lock that was not touched for so long is left over. */
const SILENT_MS_MAX = 60_000;

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Only one process orders a certificate. A file that says who; one whose process is gone does not count. It is an agreement between
 * well-meaning processes: whoever gets the lock looks first whether the work has been done.
 */
export class OrderLock {
  readonly #path: string;
  readonly #processes: ProcessLook;
  readonly #host: string;
  #beat: NodeJS.Timeout | null = null;

  constructor(folder: string, name: string, processes: ProcessLook, host: string = hostname()) {
    this.#path = join(folder, `${name}.lock`);
    this.#processes = processes;
    this.#host = host;
  }

  /** Whether we have it now. Throws what the file system says, but for a lock that is there. */
  take(): boolean {
    if (this.#make()) return this.#taken();
    const found = this.#look();
    if (found !== null && !this.#isLeftOver(found)) return false;
    // Two may see the same left over lock: only who makes this name may remove it, and looks again before.
    const clearing = `${this.#path}.clearing`;
    if (!createNew(clearing, '')) {
      if ((ageMs(clearing) ?? 0) > SILENT_MS_MAX) rmSync(clearing, { force: true });
      return false;
    }
    try {
      const still = this.#look();
      if (still === null || this.#isLeftOver(still)) rmSync(this.#path, { force: true });
      return this.#make() && this.#taken();
    } finally {
      rmSync(clearing, { force: true });
    }
  }

  release(): void {
    if (this.#beat === null) return;
    clearInterval(this.#beat);
    this.#beat = null;
    const holder = this.#look()?.holder;
    if (holder?.pid === this.#processes.pid && holder.host === this.#host)
      rmSync(this.#path, { force: true });
  }

  #taken(): true {
    this.#beat = setInterval(() => {
      try {
        utimesSync(this.#path, new Date(), new Date());
      } catch {
        // Somebody removed it. The order that runs is finished all the same.
      }
    }, BEAT_MS).unref();
    return true;
  }

  /** With its content from the first moment on: an empty lock would be nobody's. */
  #make(): boolean {
    const { pid } = this.#processes;
    const own: Holder = { host: this.#host, pid, startTime: this.#processes.startTimeOf(pid) ?? '' };
    const beside = `${this.#path}.${pid}.next`;
    rmSync(beside, { force: true });
    createNew(beside, JSON.stringify(own));
    try {
      linkSync(beside, this.#path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(beside, { force: true });
    }
  }

  /** Null: it is not there (any more). */
  #look(): { readonly holder: Holder | null; readonly silentMs: number } | null {
    const silentMs = ageMs(this.#path);
    const text = silentMs === null ? null : unlessGone(() => readFileSync(this.#path, 'utf8'));
    return silentMs === null || text === null ? null : { holder: readHolder(text), silentMs };
  }

  #isLeftOver({ holder, silentMs }: { readonly holder: Holder | null; readonly silentMs: number }): boolean {
    if (holder === null || holder.host !== this.#host) return silentMs > SILENT_MS_MAX;
    return this.#processes.startTimeOf(holder.pid) !== holder.startTime;
  }
}

function createNew(path: string, text: string): boolean {
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null: it is not there. */
function ageMs(path: string): number | null {
  return unlessGone(() => Date.now() - statSync(path).mtimeMs);
}

function unlessGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readHolder(text: string): Holder | null {
  try {
    const { host, pid, startTime } = JSON.parse(text) as Partial<Holder>;
    if (typeof host !== 'string' || typeof startTime !== 'string' || !Number.isSafeInteger(pid)) return null;
    return { host, pid: Number(pid), startTime };
  } catch {
    return null;
  }
}
