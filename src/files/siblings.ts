import type { Coding } from '../http/accept-encoding.ts';
import { immediateDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import type { FileRoot } from './file-root.ts';
import { sameVersion, stampOf } from './file-stamp.ts';
import type { FileStamp } from './file-stamp.ts';
import { loadFile } from './load-file.ts';
import type { LoadedFile } from './loaded-file.ts';
import { isMiss } from './miss.ts';
import { openFile } from './open-file.ts';

export interface Sibling {
  readonly coding: Coding;
  readonly file: LoadedFile;
}

/** The file that they are compressed forms of. */
interface Original {
  readonly stamp: FileStamp;
  readonly contentType: string;
  readonly memoryBytesMax: number;
  readonly disk: Disk;
}

/** Whether somebody may have put compressed forms of a file beside it: of text, data and wasm, not of pictures and film. */
export function mayHaveSiblings(root: FileRoot, name: string, contentType: string): boolean {
  if (root.spec.precompressed === false) return false;
  return !COMPRESSED_ALREADY.test(contentType) && !COMPRESSED_NAME.test(name);
}

/**
 * The compressed forms that lie beside a file (`app.css.br`): opened by the same rules, smaller than it and not older,
 * by whole seconds, because archives and copies keep no fractions.
 */
export function openSiblings(
  root: FileRoot,
  name: string,
  original: Original,
  done: (siblings: readonly Sibling[]) => void,
): void {
  const found: (Sibling | null)[] = SUFFIXES.map(() => null);
  let left = SUFFIXES.length;
  const settle = (index: number, sibling: Sibling | null): void => {
    found[index] = sibling;
    left -= 1;
    if (left === 0) done(found.filter((one) => one !== null));
  };
  for (const [index, [coding]] of SUFFIXES.entries())
    openSibling(root, name, index, original, (file) =>
      settle(index, file === null ? null : { coding, file }),
    );
}

function openSibling(
  root: FileRoot,
  name: string,
  index: number,
  original: Original,
  done: (file: LoadedFile | null) => void,
): void {
  const [coding, suffix] = SUFFIXES[index] as (typeof SUFFIXES)[number];
  const { disk } = original;
  const begin = (): void =>
    openFile(
      root,
      name + suffix,
      (opened) => {
        if (isMiss(opened)) return done(null);
        if (!isWorth(opened.stamp, original.stamp)) {
          disk.close(opened.fd);
          return done(null);
        }
        loadFile(opened, { ...original, coding }, (loaded) => {
          if (isMiss(loaded)) return done(null);
          if (loaded.settled) return done(loaded.file);
          loaded.file.drop();
          done(null);
        });
      },
      disk,
    );
  // Few files have any. In the pool each question costs the same; else the error of an opening costs more than all of a look.
  if (disk !== immediateDisk) begin();
  else disk.stat(root.path(name + suffix), (stat) => (stat === null ? done(null) : begin()));
}

/** Whether one of `known` is another file now, or is gone; with `all`, also whether one has appeared. */
export function siblingsChanged(
  root: FileRoot,
  name: string,
  known: ReadonlyMap<Coding, FileStamp>,
  asked: { readonly all: boolean; readonly disk: Disk },
  done: (changed: boolean) => void,
): void {
  const suffixes = asked.all ? SUFFIXES : SUFFIXES.filter(([coding]) => known.has(coding));
  let left = suffixes.length;
  if (left === 0) return done(false);
  let changed = false;
  for (const [coding, suffix] of suffixes) {
    asked.disk.stat(root.path(name + suffix), (found) => {
      const before = known.get(coding);
      const now = found === null ? null : stampOf(found, Date.now());
      if (before === undefined ? now !== null : now === null || !sameVersion(before, now)) changed = true;
      left -= 1;
      if (left === 0) done(changed);
    });
  }
}

const SUFFIXES: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
];
const COMPRESSED_ALREADY = /^(?:video|audio)\/|^image\/(?:jpeg|png|gif|webp|avif|jxl|heic|heif)|^font\/woff/;
const COMPRESSED_NAME = /\.(?:br|zst|gz)$/;

function isWorth(stamp: FileStamp, original: FileStamp): boolean {
  return stamp.size > 0 && stamp.size < original.size && seconds(stamp) >= seconds(original);
}

function seconds(stamp: FileStamp): bigint {
  return stamp.mtimeNs / 1_000_000_000n;
}
