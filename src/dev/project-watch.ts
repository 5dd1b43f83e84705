import { statSync } from 'node:fs';
import type { ModulesMessage } from '../wire/dev.ts';
import { EventWatcher, type FileWatcher } from './file-watcher.ts';
import { foldersBelow, isFolder } from './folders.ts';
import { PollWatcher } from './poll-watcher.ts';
import { type ChangeKind, WatchList, type WatchListOptions } from './watch-list.ts';

export interface ProjectWatchOptions extends WatchListOptions {
  /** Look again and again, as the system tells of no changes here. */
  readonly poll: boolean;
  readonly changed: (path: string, kind: ChangeKind) => void;
  readonly warn: (message: string) => void;
}

/** A file that was written this long ago may have been read before that, milliseconds. */
const FRESH_MS = 2_000;
const INSTALLED = /\/(?:site|dist)-packages\//;

/** Watches the project's folders and the files that its workers run on. */
export class ProjectWatch {
  readonly #options: ProjectWatchOptions;
  readonly #list: WatchList;
  readonly #folders = new Set<string>();
  readonly #stamps = new Map<string, string>();
  /** What changed while an app was being loaded, and was not known to be of it. */
  readonly #unknown = new Set<string>();
  #watcher: FileWatcher;
  #loading = true;

  constructor(options: ProjectWatchOptions) {
    this.#options = options;
    this.#list = new WatchList(options);
    this.#watcher = options.poll ? this.#poll() : this.#byEvents();
  }

  /** How changes are noticed, for people. */
  get how(): string {
    return this.#watcher.name;
  }

  async start(): Promise<void> {
    const { projects, extra } = this.#options;
    for (const top of [...projects, ...extra]) {
      if (!(await isFolder(top))) this.#watch([parentOf(top)]);
      else this.#watch(await foldersBelow(top));
    }
  }

  /** A worker told what it runs on. What of it changed while it was being loaded has changed now. */
  modules({ files, globs }: Pick<ModulesMessage, 'files' | 'globs'>): void {
    this.#watch(this.#list.addFiles(files));
    for (const file of files) {
      if (!this.#stamps.has(file) && !INSTALLED.test(file)) this.#stamps.set(file, stampOf(file).stamp);
      if (this.#unknown.delete(file)) this.#options.changed(file, 'code');
    }
    for (const [folder, glob] of globs) {
      this.#list.addGlob(folder, glob);
      void foldersBelow(folder).then((found) => this.#watch(found));
    }
  }

  /** Whether an app is being loaded at the moment. */
  loading(now: boolean): void {
    this.#loading = now;
    if (!now) this.#unknown.clear();
  }

  /** While an app cannot be loaded, anything that is written in the project may mend it. */
  broken(now: boolean): void {
    this.#list.anything = now;
  }

  close(): void {
    this.#watcher.close();
  }

  #changed(path: string): void {
    const kind = this.#list.kindOf(path);
    if (kind !== null) {
      if (this.#isAnother(path)) this.#options.changed(path, kind);
    } else {
      if (this.#loading) this.#unknown.add(path);
      void this.#maybeFolder(path);
    }
  }

  /** Changes of permissions and the like are told of, too. */
  #isAnother(path: string): boolean {
    const before = this.#stamps.get(path);
    const { stamp, ageMs } = stampOf(path);
    if (this.#list.isModule(path)) this.#stamps.set(path, stamp);
    return stamp !== before || ageMs < FRESH_MS;
  }

  /** A folder that was made, or put in another's place, with all that is in it. */
  async #maybeFolder(path: string): Promise<void> {
    const known = this.#folders.has(path);
    if (!(await isFolder(path)) || !this.#options.projects.some((top) => path.startsWith(top))) return;
    if (!known && parentOf(path) === path) return;
    const parent = parentOf(path);
    if (!this.#folders.has(parent)) return;
    for (const folder of await foldersBelow(path)) this.#watch([folder], true);
    for (const file of this.#list.below(path)) this.#changed(file);
  }

  #watch(folders: readonly string[], again = false): void {
    for (const folder of folders) {
      if (this.#folders.has(folder) && !again) continue;
      this.#folders.add(folder);
      if (this.#options.poll && INSTALLED.test(`${folder}/`)) continue;
      this.#watcher.add(folder);
    }
  }

  #byEvents(): FileWatcher {
    return new EventWatcher({
      changed: (path) => this.#changed(path),
      exhausted: () => {
        this.#options.warn(
          'The system has no more room for watching files (on Linux: fs.inotify.max_user_watches); the files are looked at every second instead.',
        );
        this.#watcher = this.#poll();
        for (const folder of this.#folders) if (!INSTALLED.test(`${folder}/`)) this.#watcher.add(folder);
      },
    });
  }

  #poll(): FileWatcher {
    return new PollWatcher({
      matters: (path) => this.#list.mayMatter(path),
      changed: (path) => this.#changed(path),
    });
  }
}

function stampOf(path: string): { readonly stamp: string; readonly ageMs: number } {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return { stamp: `${mtimeMs}/${size}/${ino}`, ageMs: Date.now() - mtimeMs };
  } catch {
    return { stamp: 'gone', ageMs: Infinity };
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
