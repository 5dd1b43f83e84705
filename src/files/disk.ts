import * as fs from 'node:fs';
import type { BigIntStats } from 'node:fs';

type Done<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

/** The calls of the system that opening and reading a file needs. Where an error is given, the result means nothing. */
export interface Disk {
  readonly open: (path: Buffer, flags: number, done: Done<number>) => void;
  readonly fstat: (fd: number, done: Done<BigIntStats>) => void;
  /** Null: there is nothing of that name, or it can't be told. */
  readonly stat: (path: Buffer, done: (stat: BigIntStats | null) => void) => void;
  readonly readlink: (path: string, done: Done<Buffer>) => void;
  /** Reads into `bytes` from index `at` on, from the same position of the file; to its end at most. */
  readonly read: (fd: number, bytes: Buffer, at: number, done: Done<number>) => void;
  readonly close: (fd: number) => void;
}

/** In the threads of the pool: nobody waits, and each call costs two changes of thread, some 50 µs. */
export const pooledDisk: Disk = {
  open: (path, flags, done) => fs.open(path, flags, done),
  fstat: (fd, done) => fs.fstat(fd, BIG, done),
  stat: (path, done) => fs.stat(path, BIG, (error, stat) => done(error === null ? stat : null)),
  readlink: (path, done) => fs.readlink(path, BYTES, done),
  read: (fd, bytes, at, done) => fs.read(fd, bytes, at, bytes.length - at, at, done),
  close: (fd) => fs.close(fd),
};

/** In this very turn, calling back before it returns: a few µs each where the system has it in memory. Everybody else waits meanwhile: see DiskPace. */
export const immediateDisk: Disk = {
  open: (path, flags, done) => attempt(() => fs.openSync(path, flags), done),
  fstat: (fd, done) => attempt(() => fs.fstatSync(fd, BIG), done),
  stat: (path, done) =>
    attempt(
      () => fs.statSync(path, ABSENT) ?? null,
      (error, stat) => done(error === null ? stat : null),
    ),
  readlink: (path, done) => attempt(() => fs.readlinkSync(path, BYTES), done),
  read: (fd, bytes, at, done) => attempt(() => fs.readSync(fd, bytes, at, bytes.length - at, at), done),
  close: (fd) => attempt(() => fs.closeSync(fd), ignore),
};

const BIG = { bigint: true } as const;
const ABSENT = { bigint: true, throwIfNoEntry: false } as const;
const BYTES = { encoding: 'buffer' } as const;

function ignore(): void {}

/** What `done` throws is not an error of the call. */
function attempt<T>(call: () => T, done: Done<T>): void {
  let result: T;
  try {
    result = call();
  } catch (error) {
    done(error as NodeJS.ErrnoException, undefined as T);
    return;
  }
  done(null, result);
}
