import { heldMemory } from './held-memory.ts';
import type { Coding } from '../http/accept-encoding.ts';
import { Compressor } from './compressor.ts';
import { contentTypeOf } from './content-type.ts';
import { immediateDisk, pooledDisk } from './disk.ts';
import { FileCache } from './file-cache.ts';
import type { FileEntry } from './file-entry.ts';
import { FileRoot } from './file-root.ts';
import type { Found, Pending, RootSpec } from './file-root.ts';
import { sameVersion } from './file-stamp.ts';
import { loadFile } from './load-file.ts';
import type { Loaded } from './load-file.ts';
import { LoadedFile } from './loaded-file.ts';
import { isMiss } from './miss.ts';
import type { Miss } from './miss.ts';
import { openExact, openFile } from './open-file.ts';
import type { OpenedFile } from './open-file.ts';
import { mayHaveSiblings, openSiblings, siblingsChanged } from './siblings.ts';
import type { Sibling } from './siblings.ts';
import { Slot } from './slot.ts';

export interface FileStoreOptions {
  /** Contents, compressed forms and a fixed price per entry. */
  readonly memoryBytesMax: number;
  /** Larger files are never taken into memory. */
  readonly fileBytesMax: number;
  readonly entriesMax: number;
  /** How old at most is what is told, milliseconds; a second when not given. 0: files are as the disk is now. */
  readonly freshMs?: number;
  /** Milliseconds on a clock that is never set back. */
  readonly now?: () => number;
}

/**
 * Files on disk as they were at most a second ago; those in use are in memory or open. `peek` answers from memory, `find` calls
 * back: at once where DiskPace has found that nobody has to wait for the disk.
 */
export class FileStore {
  readonly #now: () => number;
  readonly #freshMs: number;
  readonly #inMemoryBytesMax: number;
  readonly #memoryBytesMax: number;
  readonly #cache: FileCache;
  readonly #compressor = new Compressor();
  readonly #exact: FileRoot;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: FileStoreOptions) {
    const { memoryBytesMax, fileBytesMax, entriesMax } = options;
    this.#now = options.now ?? (() => performance.now());
    this.#freshMs = options.freshMs ?? FRESH_MS;
    this.#memoryBytesMax = memoryBytesMax;
    // One file must not drive out all others.
    this.#inMemoryBytesMax = Math.min(fileBytesMax, memoryBytesMax / 2);
    this.#exact = this.root({ dir: '/', symlinks: 'follow', dotfiles: true, precompressed: false });
    const limits = { memoryBytesMax, entriesMax, descriptorsMax: DESCRIPTORS_MAX };
    this.#cache = new FileCache(limits, (slot) => slot.root.slots.delete(slot.name));
  }

  /** A folder to serve files from. Each call makes a place of its own in the cache: call it once per location. */
  root(spec: RootSpec): FileRoot {
    return new FileRoot(spec, this.#now);
  }

  /**
   * What is known and was true at most a second ago; null: ask `find`. A file in use is asked after in the background
   * before that second is over, so it never comes to waiting.
   */
  peek(root: FileRoot, name: string): FileEntry | null {
    const slot = root.slots.get(name);
    if (slot === undefined) return null;
    const now = this.#now();
    const age = now - slot.checkedAt;
    if (age >= this.#freshMs) return null;
    this.#use(slot, now);
    if (age >= RECHECK_MS && !slot.checking) this.#ask(root, name, []);
    return slot.entry;
  }

  /**
   * Looks for a file. `name`: the decoded path below the root without a slash in front, one latin-1 code point a byte.
   * Calls back exactly once, perhaps at once. `maxAgeMs`: how old the answer may be; 0: as the disk is now.
   */
  find(root: FileRoot, name: string, done: (found: Found) => void, maxAgeMs: number = this.#freshMs): void {
    const now = this.#now();
    const slot = root.slots.get(name);
    if (slot !== undefined && now - slot.checkedAt < maxAgeMs) {
      this.#use(slot, now);
      return done(slot.entry);
    }
    const miss = root.misses.get(name, now - maxAgeMs);
    if (miss !== null) return done(miss);
    const pending = root.pending.get(name);
    if (pending === undefined) this.#ask(root, name, [done]);
    else if (now - pending.startedAt < maxAgeMs) pending.waiters.push(done);
    else pending.later.push(done);
  }

  /**
   * A file that the application named by its absolute path (latin-1, one code point a byte), as it is now: what the
   * app has just written must be what is sent. With `identity`, only the very file that the app has open.
   */
  exact(
    path: string,
    identity: { readonly dev: number; readonly ino: number } | null,
    done: (found: Found) => void,
  ): void {
    const judge = (found: Found): void => {
      if (identity === null || !(found instanceof LoadedFile)) return done(found);
      const { dev, ino } = found.stamp;
      if (Number(dev) === identity.dev && Number(ino) === identity.ino) return done(found);
      done({
        miss: 'missing',
        path: found.path,
        detail: 'another file has taken its name since the app opened it',
      });
    };
    this.find(this.#exact, path, judge, 0);
  }

  /** A compressed form of a small file in memory, made now if it has to be; null: not worth it, send it as it is. */
  compressed(entry: FileEntry, coding: Coding, done: (variant: FileEntry | null) => void): void {
    if (!(entry instanceof LoadedFile) || this.#closed) return done(null);
    this.#compressor.make(entry, coding, (variant) => {
      done(variant);
      this.#cache.trim();
    });
  }

  /** What is remembered: for tests and for whoever looks after the server. */
  get usage(): { readonly entries: number; readonly bytes: number; readonly descriptors: number } {
    return { entries: this.#cache.size, bytes: this.#cache.bytes, descriptors: this.#cache.descriptors };
  }

  /** Closes descriptors nobody has wanted for a minute. Called by a timer as long as there are any. */
  sweep(): void {
    this.#cache.closeUnused(this.#now() - IDLE_MS_MAX);
    if (this.#cache.descriptors > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Forgets everything. What is being sent may still be read to its end; later questions are answered `failed`. */
  close(): void {
    this.#closed = true;
    this.#cache.clear();
    this.sweep();
  }

  #use(slot: Slot, now: number): void {
    const { entry } = slot;
    const again = now - slot.usedAt <= MEMORY_WITHIN_MS;
    slot.used = true;
    slot.uses += 1;
    slot.usedAt = now;
    if (entry.bytes !== null || slot.wantsMemory || !again || entry.size > this.#inMemoryBytesMax) return;
    // Slow clients hold what the cache may have let go long ago: large files come from the disk until they are done.
    if (heldMemory.bytes + entry.size > this.#memoryBytesMax) return;
    slot.wantsMemory = true;
    if (!slot.checking) this.#ask(slot.root, slot.name, []);
  }

  /** Asks the disk, once for all who want to know at the same time. */
  #ask(root: FileRoot, name: string, waiters: ((found: Found) => void)[]): void {
    // What nobody waits for needs no haste; and the entry that `peek` is about to return must not be closed under its hands.
    const immediate = waiters.length > 0 && root.pace.mayWait(folderOf(name));
    const disk = immediate ? immediateDisk : pooledDisk;
    const pending: Pending = { startedAt: this.#now(), disk, waiters, later: [] };
    root.pending.set(name, pending);
    const slot = root.slots.get(name);
    if (slot !== undefined) slot.checking = true;
    const began = immediate ? performance.now() : 0;
    this.#open(root, name, pending, 1);
    if (immediate) root.pace.took(performance.now() - began);
  }

  #open(root: FileRoot, name: string, pending: Pending, attempt: number): void {
    const opened = (result: OpenedFile | Miss): void => {
      if (!isMiss(result)) return this.#opened(root, name, pending, result);
      const retry = result.miss === 'failed' && attempt === 1 && this.#cache.descriptors > 0;
      if (!retry) return this.#missed(root, name, pending, result);
      // Perhaps the descriptors kept open are the ones that were wanting.
      this.#cache.closeAll();
      this.#open(root, name, pending, attempt + 1);
    };
    if (root === this.#exact) openExact(name, opened);
    else openFile(root, name, opened, pending.disk);
  }

  #opened(root: FileRoot, name: string, pending: Pending, opened: OpenedFile): void {
    const slot = root.slots.get(name);
    const load = (): void => this.#load(root, name, pending, opened);
    if (slot === undefined || !this.#stillTrue(slot, opened)) return load();
    // Those that exist are asked after every time; new ones are looked for less often.
    const all = pending.startedAt - slot.siblingsAt > SIBLINGS_MS && Number.isFinite(slot.siblingsAt);
    const { disk } = pending;
    siblingsChanged(root, name, slot.siblings, { all, disk }, (changed) => {
      if (changed || root.slots.get(name) !== slot) return load();
      disk.close(opened.fd);
      if (all) slot.siblingsAt = pending.startedAt;
      if (slot.uses >= HOT_USES) this.#compressor.refine(slot.entry);
      this.#found(slot, pending);
    });
  }

  /** A young stamp proves nothing, and a file that is wanted in memory is read now. */
  #stillTrue(slot: Slot, opened: OpenedFile): boolean {
    const { entry } = slot;
    if (entry.stamp.young || !sameVersion(entry.stamp, opened.stamp)) return false;
    return entry.bytes !== null || !slot.wantsMemory;
  }

  #load(root: FileRoot, name: string, pending: Pending, opened: OpenedFile): void {
    const contentType = contentTypeOf(name);
    const { stamp } = opened;
    const { disk } = pending;
    const wanted = root.slots.get(name)?.wantsMemory === true;
    const memoryBytesMax = wanted
      ? this.#inMemoryBytesMax
      : Math.min(this.#inMemoryBytesMax, EAGER_BYTES_MAX);
    const asked = mayHaveSiblings(root, name, contentType);
    let loaded: Loaded | Miss | null = null;
    let siblings: readonly Sibling[] | null = asked ? null : [];
    const join = (): void => {
      if (loaded !== null && siblings !== null) this.#loaded(root, name, pending, loaded, siblings, asked);
    };
    loadFile(opened, { contentType, memoryBytesMax, coding: '', disk }, (result) => {
      loaded = result;
      join();
    });
    if (!asked) return;
    openSiblings(root, name, { stamp, contentType, memoryBytesMax, disk }, (found) => {
      siblings = found;
      join();
    });
  }

  #loaded(
    root: FileRoot,
    name: string,
    pending: Pending,
    loaded: Loaded | Miss,
    siblings: readonly Sibling[],
    asked: boolean,
  ): void {
    if (isMiss(loaded) || this.#closed) {
      for (const { file } of siblings) file.drop();
      if (!isMiss(loaded)) loaded.file.drop();
      const closed: Miss = {
        miss: 'failed',
        path: root.path(name).toString(),
        detail: 'the server is stopping',
      };
      return this.#missed(root, name, pending, isMiss(loaded) ? loaded : closed);
    }
    const { file, settled } = loaded;
    for (const sibling of siblings) file.setVariant(sibling.coding, sibling.file);
    const before = root.slots.get(name);
    if (!settled) {
      if (before !== undefined) this.#cache.remove(before);
      this.#answer(root, name, pending, file);
      file.drop();
      return;
    }
    const slot = before ?? new Slot(root, name, file);
    if (before !== undefined) before.entry.drop();
    slot.entry = file;
    slot.siblings = new Map(siblings.map((sibling) => [sibling.coding, sibling.file.stamp]));
    slot.siblingsAt = asked ? pending.startedAt : -Infinity;
    file.onGrown = () => {
      if (root.slots.get(name) === slot && slot.entry === file) this.#cache.count(slot);
    };
    root.slots.set(name, slot);
    root.misses.delete(name);
    this.#cache.count(slot);
    if (this.#cache.descriptors > 0) this.#timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    if (pending.disk === pooledDisk && root !== this.#exact) root.pace.learn(folderOf(name), root.path(name));
    this.#found(slot, pending);
    // Whoever comes once is the first to go.
    if (before === undefined) slot.used = false;
    this.#cache.trim();
  }

  #found(slot: Slot, pending: Pending): void {
    slot.checkedAt = pending.startedAt;
    slot.checking = false;
    if (pending.waiters.length > 0) this.#use(slot, this.#now());
    this.#answer(slot.root, slot.name, pending, slot.entry);
  }

  #missed(root: FileRoot, name: string, pending: Pending, miss: Miss): void {
    const slot = root.slots.get(name);
    if (slot !== undefined) this.#cache.remove(slot);
    if (miss.miss !== 'failed') root.misses.set(name, miss, pending.startedAt);
    this.#answer(root, name, pending, miss);
  }

  #answer(root: FileRoot, name: string, pending: Pending, found: Found): void {
    // The use may have made a large file worth memory: then the next question is on its way already.
    if (root.pending.get(name) === pending) root.pending.delete(name);
    for (const done of pending.waiters) done(found);
    if (pending.later.length > 0) this.#askAgain(root, name, pending.later);
  }

  #askAgain(root: FileRoot, name: string, waiters: ((found: Found) => void)[]): void {
    const pending = root.pending.get(name);
    // One of those who were answered may have asked already: later than these.
    if (pending === undefined) this.#ask(root, name, waiters);
    else pending.waiters.push(...waiters);
  }
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

/** `peek` and `find` tell nothing older where nobody wants it otherwise, milliseconds. */
const FRESH_MS = 1000;
/** From this age on, a file in use is asked after. */
const RECHECK_MS = 500;
/** New compressed forms beside a file that has not changed itself. */
const SIBLINGS_MS = 5000;
/** A larger file is taken into memory when it is used a second time, so that one reader of everything doesn't wash the memory out. */
const EAGER_BYTES_MAX = 1_048_576;
const MEMORY_WITHIN_MS = 60_000;
/** Kept open for files that are not in memory. */
const DESCRIPTORS_MAX = 256;
const IDLE_MS_MAX = 60_000;
const SWEEP_MS = 15_000;
const HOT_USES = 3;
