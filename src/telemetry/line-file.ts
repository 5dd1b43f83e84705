import { close, open, write } from 'node:fs';

/** Lines waiting for a slow disk beyond this are dropped and counted: a full log never stops the server. */
const PENDING_BYTES_MAX = 16 * 1024 * 1024;
/** A batch is written when it has this many bytes, or after FLUSH_MS. */
const BATCH_BYTES = 32 * 1024;
const FLUSH_MS = 100;

/** Appends lines to a file or to an open descriptor, in batches, never blocking the event loop. */
export class LineFile {
  #fd: number;
  #path: string | null;
  #batch = '';
  #timer: NodeJS.Timeout | null = null;
  #writing = false;
  /** Replaced while a write to them was under way. */
  #stale: number[] = [];
  #closing: (() => void) | null = null;
  /** Lines lost because the disk did not keep up or failed. */
  dropped = 0;

  private constructor(fd: number, path: string | null) {
    this.#fd = fd;
    this.#path = path;
  }

  static descriptor(fd: number): LineFile {
    return new LineFile(fd, null);
  }

  /** Opens (creating it with mode 0640) for appending. */
  static async open(path: string): Promise<LineFile> {
    return new LineFile(await openAppend(path), path);
  }

  line(text: string): void {
    if (this.#batch.length + text.length > PENDING_BYTES_MAX) {
      this.dropped += 1;
      return;
    }
    this.#batch += text;
    if (this.#batch.length >= BATCH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Opens the path anew after somebody moved the file away. */
  async reopen(): Promise<void> {
    if (this.#path !== null) await this.redirect(this.#path);
  }

  /** From now on to another file. Rejects when that can't be opened; then all stays as it was. */
  async redirect(path: string): Promise<void> {
    this.#replace(await openAppend(path), path);
  }

  /** From now on to an open descriptor. */
  redirectTo(fd: number): void {
    this.#replace(fd, null);
  }

  #replace(fd: number, path: string | null): void {
    const [old, wasFile] = [this.#fd, this.#path !== null];
    this.#fd = fd;
    this.#path = path;
    if (!wasFile) return;
    // Closed under a write, the number could belong to a client's connection by the time the bytes go out.
    this.#stale.push(old);
    if (!this.#writing) this.#closeStale();
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#flush();
    });
    if (this.#path !== null) close(this.#fd, () => undefined);
  }

  #closeStale(): void {
    for (const fd of this.#stale) close(fd, () => undefined);
    this.#stale = [];
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing) return;
    if (this.#batch === '') {
      this.#closing?.();
      return;
    }
    const bytes = Buffer.from(this.#batch, 'utf8');
    this.#batch = '';
    this.#writing = true;
    this.#writeAll(this.#fd, bytes, 0);
  }

  #writeAll(fd: number, bytes: Buffer, offset: number): void {
    write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error !== null && error.code === 'EAGAIN') {
        setTimeout(() => this.#writeAll(fd, bytes, offset), FLUSH_MS);
        return;
      }
      if (error === null && offset + written < bytes.length) {
        this.#writeAll(fd, bytes, offset + written);
        return;
      }
      if (error !== null) this.dropped += 1;
      this.#writing = false;
      this.#closeStale();
      if (this.#batch !== '' || this.#closing !== null) this.#flush();
    });
  }
}

function openAppend(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, 'a', 0o640, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}
