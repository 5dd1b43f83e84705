import type { Coding } from '../http/accept-encoding.ts';
import type { FileRoot } from './file-root.ts';
import type { FileStamp } from './file-stamp.ts';
import type { LoadedFile } from './loaded-file.ts';

/** The place of one name in the cache: the entry that is true now, and what is known of its use. */
export class Slot {
  readonly root: FileRoot;
  readonly name: string;
  entry: LoadedFile;
  /** Compressed forms that lay beside the file when it was loaded. */
  siblings: ReadonlyMap<Coding, FileStamp> = new Map();
  /** All times: milliseconds on the store's clock. When the disk was asked last whether the entry is true. */
  checkedAt = 0;
  /** When it was looked for compressed forms beside the file; -Infinity: it never has any. */
  siblingsAt = -Infinity;
  usedAt = -Infinity;
  /** A question to the disk is on its way. */
  checking = false;
  /** Since the cache's hand passed last. */
  used = false;
  uses = 0;
  /** Used twice within a minute: worth memory although it is large. */
  wantsMemory = false;
  /** What the cache has counted for it. */
  countedBytes = 0;
  countedDescriptors = 0;

  constructor(root: FileRoot, name: string, entry: LoadedFile) {
    this.root = root;
    this.name = name;
    this.entry = entry;
  }
}
