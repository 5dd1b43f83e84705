import type { Coding } from '../http/accept-encoding.ts';

export interface FileBody {
  /** Bytes. */
  readonly size: number;
  /** All of it when it is in memory; never changed afterwards. */
  readonly bytes: Buffer | null;
  /**
   * For a file that is not in memory: a descriptor to read from, by position. It stays open until as many `release`
   * calls. To be called in the turn in which the entry was got; later it may be closed already: -1.
   */
  retain(): number;
  release(): void;
}

/** One version of one file. A file that changes becomes another entry. */
export interface FileEntry extends FileBody {
  /** Absolute; for logs only. */
  readonly path: string;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** As HTTP writes it; never in the future. */
  readonly lastModified: string;
  /** Whole seconds since 1970. */
  readonly lastModifiedSeconds: number;
  /** With a charset where it is text. */
  readonly contentType: string;
  /** Compressed forms that lie beside it or have been made. */
  readonly codings: readonly Coding[];
  variant(coding: Coding): FileEntry | null;
  /** In memory, of a type and size worth it: `FileStore.compressed` would try. */
  readonly compressible: boolean;
  /** For handlers: prepared response heads; null at first, and again when `codings` change. Dies with the entry. */
  memo: unknown;
}
