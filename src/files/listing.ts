import { close, lstat, opendir, stat } from 'node:fs';
import type { Dir, Dirent } from 'node:fs';
import { judgeName } from './file-name.ts';
import type { FileRoot } from './file-root.ts';
import { isMiss, missFromError } from './miss.ts';
import type { Miss } from './miss.ts';
import { openFile, openFolder } from './open-file.ts';

export interface ListedEntry {
  /** One latin-1 code point a byte; without a slash. */
  readonly name: string;
  readonly directory: boolean;
  /** Bytes; 0 of a folder. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
}

export interface Listing {
  readonly entries: readonly ListedEntry[];
  /** There are more than NAMES_READ_MAX, and which of them were read is chance. */
  readonly truncated: boolean;
}

/**
 * What a folder shows to a stranger: files and folders, without what `find` would refuse by its name, its kind or where
 * it leads. `name` as for `FileStore.find`; '' is the root itself.
 */
export function readListing(root: FileRoot, name: string, done: (listing: Listing | Miss) => void): void {
  const folder = name === '' || name.endsWith('/') ? name : `${name}/`;
  openFolder(root, folder, (opened) => {
    if (isMiss(opened)) return done(opened);
    const finish = (result: Listing | Miss): void => {
      close(opened.fd);
      done(result);
    };
    // By the descriptor where that is possible: the folder that was judged is the one that is read.
    const linux = process.platform === 'linux';
    const base = linux ? Buffer.from(`/proc/self/fd/${opened.fd}/`) : root.path(folder);
    openDirectory(base, (error, dir) => {
      if (error !== null) return finish(missFromError(error, opened.path));
      readNames(dir, root, folder, (names, truncated) => {
        describeAll(root, folder, base, names, (entries) => finish({ entries, truncated }));
      });
    });
  });
}

/** Names of a folder that are read, shown or not. */
export const NAMES_READ_MAX = 20_000;
/** Questions to the disk at the same time. */
const ASKED_AT_ONCE = 16;
const READ_AT_ONCE = 256;

// With the encoding "buffer" the names are bytes, which the types don't know.
interface ByteDirent extends Omit<Dirent, 'name'> {
  readonly name: Buffer;
}

function openDirectory(path: Buffer, done: (error: NodeJS.ErrnoException | null, dir: Dir) => void): void {
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: READ_AT_ONCE };
  opendir(path, options, done);
}

function readNames(
  dir: Dir,
  root: FileRoot,
  folder: string,
  done: (names: readonly string[], truncated: boolean) => void,
): void {
  const names: string[] = [];
  let count = 0;
  const end = (truncated: boolean): void => {
    dir.close(() => done(names, truncated));
  };
  const next = (): void => {
    dir.read((error, dirent) => {
      if (error !== null || dirent === null) return end(false);
      if (count === NAMES_READ_MAX) return end(true);
      count += 1;
      const { name } = dirent as unknown as ByteDirent;
      const text = name.toString('latin1');
      if (judgeName(folder + text, root.spec.dotfiles) === null) names.push(text);
      next();
    });
  };
  next();
}

function describeAll(
  root: FileRoot,
  folder: string,
  base: Buffer,
  names: readonly string[],
  done: (entries: readonly ListedEntry[]) => void,
): void {
  const entries: ListedEntry[] = [];
  let begun = 0;
  let left = names.length;
  if (left === 0) return done(entries);
  const next = (): void => {
    const name = names[begun];
    if (name === undefined) return;
    begun += 1;
    describe(root, folder, base, name, (entry) => {
      if (entry !== null) entries.push(entry);
      left -= 1;
      if (left === 0) done(entries);
      else next();
    });
  };
  for (let i = 0; i < ASKED_AT_ONCE; i++) next();
}

function describe(
  root: FileRoot,
  folder: string,
  base: Buffer,
  name: string,
  done: (entry: ListedEntry | null) => void,
): void {
  const path = Buffer.concat([base, Buffer.from(name, 'latin1')]);
  lstat(path, (error, found) => {
    if (error !== null) return done(null);
    const mtimeMs = dated(found.mtimeMs);
    if (found.isFile()) return done({ name, directory: false, size: found.size, mtimeMs });
    if (found.isDirectory()) return done({ name, directory: true, size: 0, mtimeMs });
    if (!found.isSymbolicLink()) return done(null);
    // A link is shown as what it leads to, if a request for it would be answered.
    openFile(root, folder + name, (opened) => {
      if (!isMiss(opened)) {
        close(opened.fd);
        const { size, mtimeNs } = opened.stamp;
        return done({ name, directory: false, size, mtimeMs: dated(Number(mtimeNs / 1_000_000n)) });
      }
      if (opened.miss !== 'directory') return done(null);
      stat(path, (failed, target) =>
        done(failed === null ? { name, directory: true, size: 0, mtimeMs: dated(target.mtimeMs) } : null),
      );
    });
  });
}

/** Some file systems keep times that no calendar has. */
function dated(mtimeMs: number): number {
  return Math.floor(Math.max(0, Math.min(mtimeMs, DATE_MS_MAX)));
}

/** The end of the year 9999. */
const DATE_MS_MAX = 253_402_300_799_999;
