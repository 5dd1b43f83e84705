import * as zlib from 'node:zlib';
import type { Coding } from '../http/accept-encoding.ts';
import { LoadedFile } from './loaded-file.ts';

/** `fast`: somebody waits for it; `best`: nobody does. */
export type Effort = 'fast' | 'best';

/** The codings this runtime can make; zstd came with Node 22.15. */
export function codingsMade(): readonly Coding[] {
  return zstdCompress === undefined ? ['br', 'gzip'] : ['br', 'zstd', 'gzip'];
}

/**
 * A compressed form of a file in memory, made in a thread of the pool; null when it saves less than a tenth. Two
 * efforts give different bytes, so the effort is part of its ETag.
 */
export function compressVariant(
  file: LoadedFile,
  coding: Coding,
  effort: Effort,
  done: (variant: LoadedFile | null) => void,
): void {
  const original = file.bytes;
  if (original === null) return done(null);
  const level = levelOf(coding, effort, original.length);
  compress(original, coding, level, (error, bytes) => {
    if (error !== null || bytes.length > original.length * WORTH_RATIO_MAX) return done(null);
    const { path, stamp, contentType } = file;
    const etag = etagWithin(file.etag, `-${coding}${level}`);
    // zlib may hand out a part of a larger buffer.
    const own = bytes.buffer.byteLength > bytes.length + SLACK_BYTES_MAX ? copyOf(bytes) : bytes;
    done(new LoadedFile({ path, stamp, etag, contentType, size: own.length, bytes: own, fd: -1 }));
  });
}

type Callback = (error: Error | null, bytes: Buffer) => void;

interface Zstd {
  readonly zstdCompress?: (
    bytes: Buffer,
    options: { params: Record<number, number> },
    done: Callback,
  ) => void;
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}

const { zstdCompress, constants: zstdConstants } = zlib as unknown as Zstd;
const WORTH_RATIO_MAX = 0.9;
const SLACK_BYTES_MAX = 4096;
/** Up to here the best effort takes less than half a second. */
const SMALL_BYTES_MAX = 131_072;

function levelOf(coding: Coding, effort: Effort, size: number): number {
  const small = size <= SMALL_BYTES_MAX;
  if (coding === 'gzip') return effort === 'fast' ? 6 : 9;
  if (coding === 'zstd') return effort === 'fast' ? 3 : small ? 19 : 12;
  if (effort === 'fast') return small ? 5 : 4;
  return small ? 11 : 9;
}

function compress(bytes: Buffer, coding: Coding, level: number, done: Callback): void {
  if (coding === 'gzip') return zlib.gzip(bytes, { level }, done);
  if (coding === 'zstd') {
    const key = zstdConstants.ZSTD_c_compressionLevel;
    if (zstdCompress === undefined || key === undefined) return done(new Error('no zstd'), bytes);
    return zstdCompress(bytes, { params: { [key]: level } }, done);
  }
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_MODE, BROTLI_MODE_TEXT } =
    zlib.constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: level,
    [BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT,
  };
  zlib.brotliCompress(bytes, { params }, done);
}

function etagWithin(etag: string, suffix: string): string {
  return `${etag.slice(0, -1)}${suffix}"`;
}

function copyOf(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
