import { close, type NoParamCallback, open, read, unlink, write } from 'node:fs';
import { join } from 'node:path';

/** Disk space for request bodies that do not fit in memory, shared by all requests of a gateway. */
export class Spool {
  readonly #directory: string;
  readonly #bytesMax: number;
  /** Of all spools of the process: after a reload there are two for a while, in one folder. */
  static #serial = 0;
  #bytes = 0;

  /** @param bytesMax quota of all spooled bodies together; 0 turns spooling off. */
  constructor(directory: string, bytesMax: number) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
  }

  /** Bytes in use now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A new file, already without a name on disk, so that nothing is left behind whatever happens. */
  open(done: (file: SpoolFile | Error) => void): void {
    Spool.#serial += 1;
    const path = join(this.#directory, `body-${process.pid}-${Spool.#serial}`);
    open(path, 'wx+', 0o600, (error, fd) => {
      if (error !== null) {
        done(error);
        return;
      }
      unlink(path, () => done(new SpoolFile(this, fd)));
    });
  }

  /** False when the quota does not allow it. */
  reserve(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** An anonymous file, written at its end and read from its start. */
export class SpoolFile {
  readonly #spool: Spool;
  readonly #fd: number;
  #busy = 0;
  #closed = false;
  /** Bytes written so far. */
  size = 0;

  constructor(spool: Spool, fd: number) {
    this.#spool = spool;
    this.#fd = fd;
  }

  /** Appends all of `bytes`. Fails without writing when the quota is used up. */
  append(bytes: Buffer, done: NoParamCallback): void {
    if (!this.#spool.reserve(bytes.length)) {
      done(new Error('the spool quota (spool_bytes_max) is used up'));
      return;
    }
    this.#busy += 1;
    this.#writeAll(bytes, 0, (error) => {
      if (error === null) this.size += bytes.length;
      else this.#spool.release(bytes.length);
      this.#idle();
      done(error);
    });
  }

  readAt(position: number, max: number, done: (result: Buffer | Error) => void): void {
    const buffer = Buffer.allocUnsafeSlow(Math.min(max, this.size - position));
    this.#busy += 1;
    read(this.#fd, buffer, 0, buffer.length, position, (error, bytes) => {
      this.#idle();
      if (error !== null) done(error);
      else if (bytes === 0) done(new Error('the spool file is shorter than what was written'));
      else done(buffer.subarray(0, bytes));
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#busy === 0) this.#release();
  }

  #writeAll(bytes: Buffer, offset: number, done: NoParamCallback): void {
    write(this.#fd, bytes, offset, bytes.length - offset, this.size + offset, (error, written) => {
      if (error !== null) done(error);
      else if (offset + written === bytes.length) done(null);
      else this.#writeAll(bytes, offset + written, done);
    });
  }

  #idle(): void {
    this.#busy -= 1;
    if (this.#closed && this.#busy === 0) this.#release();
  }

  #release(): void {
    this.#spool.release(this.size);
    this.size = 0;
    close(this.#fd, () => undefined);
  }
}
