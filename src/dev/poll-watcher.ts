import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileWatcher } from './file-watcher.ts';

export interface PollOptions {
  /** Whether a change of this entry may ever matter; the others are not looked at. Always the same answer for a path. */
  readonly matters: (path: string) => boolean;
  readonly changed: (path: string) => void;
  /** Between two looks. */
  readonly ms?: number;
}

const POLL_MS = 1_000;

/** Looks at the files again and again: for folders whose system tells of no changes, such as network and shared ones. */
export class PollWatcher implements FileWatcher {
  readonly name = 'polling';
  readonly #options: PollOptions;
  /** What was seen of each folder's entries; null: it was not looked at yet, so nothing in it is new. */
  readonly #folders = new Map<string, ReadonlyMap<string, string> | null>();
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: PollOptions) {
    this.#options = options;
    this.#arm();
  }

  add(folder: string): void {
    if (!this.#folders.has(folder)) this.#folders.set(folder, null);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** One look at everything. */
  async look(): Promise<void> {
    for (const [folder, before] of this.#folders) {
      if (this.#closed) return;
      const now = await this.#stampsOf(folder);
      this.#folders.set(folder, now);
      if (before === null) continue;
      for (const path of new Set([...before.keys(), ...now.keys()]))
        if (before.get(path) !== now.get(path)) this.#options.changed(path);
    }
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      void this.look().then(() => {
        if (!this.#closed) this.#arm();
      });
    }, this.#options.ms ?? POLL_MS).unref();
  }

  async #stampsOf(folder: string): Promise<ReadonlyMap<string, string>> {
    const names = await readdir(folder).catch(() => [] as string[]);
    const stamps = new Map<string, string>();
    for (const name of names) {
      const path = join(folder, name);
      const stamp = this.#options.matters(path) ? await stampOf(path) : null;
      if (stamp !== null) stamps.set(path, stamp);
    }
    return stamps;
  }
}

async function stampOf(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(
    ({ mtimeNs, size, ino }) => `${mtimeNs}/${size}/${ino}`,
    () => null,
  );
}
