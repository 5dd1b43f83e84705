import { WireError } from './wire-error.ts';

/** A file in the place of a body, as the worker saw it when it had it open. */
export interface FileReference {
  /** Absolute; a code point is a byte of the name. */
  readonly path: string;
  /** The body: `length` bytes from `offset` on. */
  readonly offset: number;
  readonly length: number;
  /** What fstat said. Rounded to a double, like the numbers of Node's own `fs.Stats`. */
  readonly dev: number;
  readonly ino: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly mtimeMs: number;
  readonly size: number;
}

/** Six numbers of 64 bits stand before the path. */
const NUMBERS_BYTES = 48;

/** Reads what follows the head in a FILE frame: `data[start, end)`. Throws WireError. */
export function parseFileReference(data: Buffer, start: number, end: number): FileReference {
  const pathStart = start + NUMBERS_BYTES;
  if (pathStart >= end) throw new WireError('a FILE without a path');
  const path = data.toString('latin1', pathStart, end);
  if (!path.startsWith('/') || path.includes('\0')) throw new WireError('a FILE whose path is not absolute');
  const file: FileReference = {
    path,
    offset: u64At(data, start),
    length: u64At(data, start + 8),
    dev: u64At(data, start + 16),
    ino: u64At(data, start + 24),
    mtimeMs: Number(data.readBigInt64LE(start + 32)) / NANOSECONDS_PER_MS,
    size: u64At(data, start + 40),
  };
  if (file.offset + file.length > file.size) throw new WireError('a FILE of more bytes than its file has');
  return file;
}

const NANOSECONDS_PER_MS = 1e6;

function u64At(data: Buffer, at: number): number {
  return data.readUInt32LE(at + 4) * 0x1_0000_0000 + data.readUInt32LE(at);
}
