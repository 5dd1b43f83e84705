import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** Tells of changes of the entries of folders; not of what lies deeper. */
export interface FileWatcher {
  /** How it is done, for people. */
  readonly name: string;
  /** Also after the folder was removed and made anew. */
  add(folder: string): void;
  close(): void;
}

export interface WatcherEvents {
  /** An entry was written, made, renamed or removed. It may be told several times. */
  changed(path: string): void;
  /** The system has no room for more watches; nothing more is told of. */
  exhausted(): void;
}

/** One watch of the system for each folder (inotify, FSEvents): nothing is done while nothing changes. */
export class EventWatcher implements FileWatcher {
  readonly name = 'file events';
  readonly #events: WatcherEvents;
  readonly #watchers = new Map<string, FSWatcher>();
  #closed = false;

  constructor(events: WatcherEvents) {
    this.#events = events;
  }

  add(folder: string): void {
    if (this.#closed) return;
    this.#watchers.get(folder)?.close();
    try {
      // A file that an editor puts in another's place by renaming is an entry of the folder all the same.
      const watcher = watch(folder, { persistent: false }, (_kind, name) => {
        this.#events.changed(name === null ? folder : join(folder, name));
      });
      watcher.on('error', () => this.#remove(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#watchers.delete(folder);
      const { code } = error as NodeJS.ErrnoException;
      // Any other fault means that the folder is not there, or is not for us.
      if (code !== 'ENOSPC' && code !== 'EMFILE' && code !== 'ENFILE') return;
      this.close();
      this.#events.exhausted();
    }
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #remove(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
  }
}
