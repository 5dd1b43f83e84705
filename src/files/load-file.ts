import { pooledDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import { etagOf, sameVersion, stampOf } from './file-stamp.ts';
import type { FileStamp } from './file-stamp.ts';
import { LoadedFile } from './loaded-file.ts';
import { missFromError } from './miss.ts';
import type { Miss } from './miss.ts';
import type { OpenedFile } from './open-file.ts';

export interface LoadOptions {
  readonly contentType: string;
  /** Up to this size the contents are read into memory. */
  readonly memoryBytesMax: number;
  /** Of a compressed form; becomes part of its ETag. */
  readonly coding: string;
  /** How a file of a few pages is read; default: in the pool. */
  readonly disk?: Disk;
}

export interface Loaded {
  readonly file: LoadedFile;
  /** False: it changes faster than it can be read. It may be sent, but not be kept. */
  readonly settled: boolean;
}

/**
 * Makes an entry of an opened file, whose descriptor is its affair from now on. Contents are taken into memory only if
 * the file is the same before and after the reading; one that changes all the time is served from the descriptor.
 */
export function loadFile(
  opened: OpenedFile,
  options: LoadOptions,
  done: (loaded: Loaded | Miss) => void,
): void {
  if (opened.stamp.size > options.memoryBytesMax)
    return done({ file: fromDescriptor(opened, options), settled: true });
  attempt(opened, opened.stamp, options, 1, done);
}

const ATTEMPTS_MAX = 3;
/** Nobody else is to wait while a larger one is read. */
const IMMEDIATE_BYTES_MAX = 65_536;

function attempt(
  opened: OpenedFile,
  stamp: FileStamp,
  options: LoadOptions,
  count: number,
  done: (loaded: Loaded | Miss) => void,
): void {
  const disk = stamp.size > IMMEDIATE_BYTES_MAX ? pooledDisk : (options.disk ?? pooledDisk);
  const failed = (error: NodeJS.ErrnoException): void => {
    disk.close(opened.fd);
    done(missFromError(error, opened.path));
  };
  readWhole(disk, opened.fd, stamp.size, (error, bytes) => {
    if (error !== null) return failed(error);
    disk.fstat(opened.fd, (problem, stat) => {
      if (problem !== null) return failed(problem);
      const now = stampOf(stat, Date.now());
      if (bytes !== null && sameVersion(stamp, now)) {
        disk.close(opened.fd);
        // Young before or after: the stamp that says so is the careful one.
        const file = fromMemory(opened, stamp.young ? stamp : now, bytes, options);
        return done({ file, settled: true });
      }
      const current = { ...opened, stamp: now };
      if (count === ATTEMPTS_MAX) return done({ file: fromDescriptor(current, options), settled: false });
      if (now.size > options.memoryBytesMax)
        return done({ file: fromDescriptor(current, options), settled: true });
      attempt(opened, now, options, count + 1, done);
    });
  });
}

/** Null: the file ended before. A buffer of its own: one cut out of a pool would keep the pool alive. */
function readWhole(
  disk: Disk,
  fd: number,
  size: number,
  done: (error: NodeJS.ErrnoException | null, bytes: Buffer | null) => void,
): void {
  const bytes = Buffer.allocUnsafeSlow(size);
  const next = (from: number): void => {
    if (from === size) return done(null, bytes);
    disk.read(fd, bytes, from, (error, got) => {
      if (error !== null) return done(error, null);
      if (got === 0) return done(null, null);
      next(from + got);
    });
  };
  next(0);
}

function fromMemory(opened: OpenedFile, stamp: FileStamp, bytes: Buffer, options: LoadOptions): LoadedFile {
  const etag = etagOf(stamp, options.coding);
  const { contentType } = options;
  return new LoadedFile({ path: opened.path, stamp, etag, contentType, size: bytes.length, bytes, fd: -1 });
}

function fromDescriptor(opened: OpenedFile, options: LoadOptions): LoadedFile {
  const { path, stamp, fd } = opened;
  const etag = etagOf(stamp, options.coding);
  const { contentType } = options;
  return new LoadedFile({ path, stamp, etag, contentType, size: stamp.size, bytes: null, fd });
}
