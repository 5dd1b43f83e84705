import { close } from 'node:fs';
import type { Coding } from '../http/accept-encoding.ts';
import { isCompressible } from '../http/compressible.ts';
import type { FileEntry } from './file-entry.ts';
import type { FileStamp } from './file-stamp.ts';

export interface LoadedFileParts {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly etag: string;
  readonly contentType: string;
  readonly size: number;
  /** Null: it is read from `fd`. */
  readonly bytes: Buffer | null;
  /** Belongs to the file from now on; -1 when `bytes` holds it all. */
  readonly fd: number;
}

/** The entries of a FileStore: contents in memory, or a descriptor that is closed when nobody holds it any more. */
export class LoadedFile implements FileEntry {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly etag: string;
  readonly lastModified: string;
  readonly lastModifiedSeconds: number;
  readonly contentType: string;
  readonly size: number;
  readonly bytes: Buffer | null;
  readonly compressible: boolean;
  codings: readonly Coding[] = [];
  memo: unknown = null;
  /** Called when a compressed form was added: the memory it takes is to be counted. */
  onGrown: (() => void) | null = null;
  #variants: readonly LoadedFile[] = [];
  #fd: number;
  #holders = 0;
  #dropped = false;

  constructor(parts: LoadedFileParts) {
    this.path = parts.path;
    this.stamp = parts.stamp;
    this.etag = parts.etag;
    this.contentType = parts.contentType;
    this.size = parts.size;
    this.bytes = parts.bytes;
    this.#fd = parts.fd;
    this.compressible =
      parts.bytes !== null &&
      parts.size >= COMPRESSED_BYTES_MIN &&
      parts.size <= COMPRESSED_BYTES_MAX &&
      isCompressible(parts.contentType);
    const changedMs = Number(parts.stamp.mtimeNs / 1_000_000n);
    // RFC 9110 8.8.2.1: not later than now. Before 1970 there is nothing that clients understand.
    this.lastModifiedSeconds = Math.floor(Math.max(0, Math.min(changedMs, Date.now())) / 1000);
    this.lastModified = new Date(this.lastModifiedSeconds * 1000).toUTCString();
  }

  variant(coding: Coding): LoadedFile | null {
    for (let i = 0; i < this.codings.length; i++) {
      if (this.codings[i] === coding) return this.#variants[i] ?? null;
    }
    return null;
  }

  /** Adds a compressed form, or puts a better one in its place. */
  setVariant(coding: Coding, file: LoadedFile): void {
    const at = this.codings.indexOf(coding);
    if (at === -1) {
      this.codings = [...this.codings, coding];
      this.#variants = [...this.#variants, file];
    } else {
      this.#variants[at]?.drop();
      this.#variants = this.#variants.with(at, file);
    }
    this.memo = null;
    this.onGrown?.();
  }

  retain(): number {
    if (this.#fd !== -1) this.#holders += 1;
    return this.#fd;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#dropped && this.#holders === 0) this.#close();
  }

  /** The store lets go of it; whoever holds it reads to the end. */
  drop(): void {
    this.#dropped = true;
    if (this.#holders === 0) this.#close();
    for (const variant of this.#variants) variant.drop();
  }

  /** What it takes, with its compressed forms. */
  get memoryBytes(): number {
    let bytes = ENTRY_BYTES + (this.bytes?.length ?? 0);
    for (const variant of this.#variants) bytes += variant.memoryBytes;
    return bytes;
  }

  /** How many descriptors it keeps open, with its compressed forms. */
  get descriptors(): number {
    let count = this.#fd === -1 ? 0 : 1;
    for (const variant of this.#variants) count += variant.descriptors;
    return count;
  }

  #close(): void {
    if (this.#fd === -1) return;
    close(this.#fd);
    this.#fd = -1;
  }
}

/** A generous estimate of an entry without its contents: fields, texts, the prepared heads of handlers. */
const ENTRY_BYTES = 2048;
/** Below, a packet is sent anyway; above, the first client would wait too long. */
const COMPRESSED_BYTES_MIN = 256;
const COMPRESSED_BYTES_MAX = 1_048_576;
