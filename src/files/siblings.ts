import { close, stat } from 'node:fs';
import type { Coding } from '../http/accept-encoding.ts';
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
  original: { readonly stamp: FileStamp; readonly contentType: string; readonly memoryBytesMax: number },
  done: (siblings: readonly Sibling[]) => void,
): void {
  const found: (Sibling | null)[] = SUFFIXES.map(() => null);
  let left = SUFFIXES.length;
  const settle = (index: number, sibling: Sibling | null): void => {
    found[index] = sibling;
    left -= 1;
    if (left === 0) done(found.filter((one) => one !== null));
  };
  for (const [index, [coding, suffix]] of SUFFIXES.entries()) {
    openFile(root, name + suffix, (opened) => {
      if (isMiss(opened)) return settle(index, null);
      const { stamp } = opened;
      if (seconds(stamp) < seconds(original.stamp) || stamp.size >= original.stamp.size || stamp.size === 0) {
        close(opened.fd);
        return settle(index, null);
      }
      loadFile(opened, { ...original, coding }, (loaded) => {
        if (isMiss(loaded)) return settle(index, null);
        if (loaded.settled) return settle(index, { coding, file: loaded.file });
        loaded.file.drop();
        settle(index, null);
      });
    });
  }
}

/** Whether one of `known` is another file now, or is gone; with `all`, also whether one has appeared. */
export function siblingsChanged(
  root: FileRoot,
  name: string,
  known: ReadonlyMap<Coding, FileStamp>,
  all: boolean,
  done: (changed: boolean) => void,
): void {
  const asked = SUFFIXES.filter(([coding]) => all || known.has(coding));
  let left = asked.length;
  if (left === 0) return done(false);
  let changed = false;
  for (const [coding, suffix] of asked) {
    stat(root.path(name + suffix), { bigint: true }, (error, found) => {
      const before = known.get(coding);
      const now = error === null ? stampOf(found, Date.now()) : null;
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

function seconds(stamp: FileStamp): bigint {
  return stamp.mtimeNs / 1_000_000_000n;
}
