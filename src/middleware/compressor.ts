import { randomInt } from 'node:crypto';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { Coding } from '../http/accept-encoding.ts';

/** A running compression: bytes in, bytes out, and what was written so far on demand. */
export type Compressor = Transform & { flush(kind: number): void };

/** In order of our preference: zstd takes the least time for its size, where the runtime has it. */
export const OFFERED_CODINGS: readonly Coding[] = hasZstd() ? ['zstd', 'br', 'gzip'] : ['br', 'gzip'];

/** Compresses what comes in pieces. `wholeBytes`: how much it will be, -1 unknown. */
export function createCompressor(coding: Coding, wholeBytes: number): Compressor {
  if (coding === 'gzip') return zlib.createGzip(GZIP);
  if (coding === 'br') return zlib.createBrotliCompress(brotliOptions(wholeBytes));
  const create = runtime.createZstdCompress;
  if (create === undefined) throw new Error('this runtime has no zstd');
  return create({ params: ZSTD_PARAMS });
}

/** Lets everything written so far come out. */
export function flushCompressor(compressor: Compressor, coding: Coding): void {
  if (coding === 'gzip') compressor.flush(zlib.constants.Z_SYNC_FLUSH);
  else if (coding === 'br') compressor.flush(zlib.constants.BROTLI_OPERATION_FLUSH);
  else compressor.flush(ZSTD_E_FLUSH);
}

/** Compresses a small body at once: cheaper than a compressor, but nothing else happens meanwhile. */
export function compressWhole(coding: Coding, bytes: Buffer): Buffer {
  if (coding === 'gzip') return zlib.gzipSync(bytes, GZIP);
  if (coding === 'br') return zlib.brotliCompressSync(bytes, brotliOptions(bytes.length));
  const compress = runtime.zstdCompressSync;
  if (compress === undefined) throw new Error('this runtime has no zstd');
  return compress(bytes, { params: ZSTD_PARAMS });
}

/** Length of the header that every gzip stream begins with (RFC 1952 2.3); zlib writes no optional fields. */
export const GZIP_HEADER_BYTES = 10;

/**
 * A gzip header as `header`, with a file name of a random length, 0 to 100 bytes: the length of the response tells less
 * about how well it compressed.
 */
export function paddedGzipHeader(header: Buffer): Buffer {
  const padded = Buffer.alloc(GZIP_HEADER_BYTES + randomInt(PADDING_BYTES_MAX + 1) + 1, 'a');
  header.copy(padded, 0, 0, GZIP_HEADER_BYTES);
  padded[FLAGS_OFFSET] = FNAME;
  padded[padded.length - 1] = 0;
  return padded;
}

const PADDING_BYTES_MAX = 100;
const FLAGS_OFFSET = 3;
const FNAME = 8;
// Beyond these levels time grows faster than bytes shrink.
const GZIP = { level: 5 };
const BROTLI_QUALITY = 4;
// Windows of 256 KiB: what larger ones would save of a page is nothing, what they hold of memory is much.
const WINDOW_BITS = 18;
const ZSTD_PARAMS = { 100: 3, 101: WINDOW_BITS };
const ZSTD_E_FLUSH = 1;

interface ZstdOptions {
  readonly params: Readonly<Record<number, number>>;
}
interface ZstdRuntime {
  readonly createZstdCompress?: (options: ZstdOptions) => Compressor;
  readonly zstdCompressSync?: (bytes: Buffer, options: ZstdOptions) => Buffer;
}
// Node has it since 22.15; the types of the oldest runtime we support do not.
const runtime: ZstdRuntime = zlib as ZstdRuntime;

function hasZstd(): boolean {
  const { createZstdCompress, zstdCompressSync } = zlib as ZstdRuntime;
  return createZstdCompress !== undefined && zstdCompressSync !== undefined;
}

function brotliOptions(wholeBytes: number): zlib.BrotliOptions {
  return {
    params: {
      [zlib.constants.BROTLI_PARAM_MODE]: zlib.constants.BROTLI_MODE_TEXT,
      [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [zlib.constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: Math.min(Math.max(wholeBytes, 0), 2 ** 30),
    },
  };
}
