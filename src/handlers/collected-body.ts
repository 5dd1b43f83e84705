import type { BodyConsumer, RequestBody } from '../http/exchange.ts';
import type { BodySource } from '../upstream/body-source.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Spool, SpoolFile } from './spool.ts';

/** Bytes held in memory between client and disk, or between client and worker, before the client is paused. */
const BACKLOG_BYTES_MAX = 262_144;

/**
 * A request body collected before a worker is used, so that a slow upload occupies nobody: in memory while it is small, then in
 * a file without a name. When the disk or its quota is at its end, collecting stops, and the rest flows from
 * the client to the worker as it comes.
 *
 * `ready` is called once: when the body is complete, or when it must be streamed.
 */
export class CollectedBody implements BodyConsumer, BodySource {
  readonly #body: RequestBody;
  readonly #spool: Spool;
  readonly #memoryBytesMax: number;
  readonly #ready: () => void;
  readonly #aborted: () => void;
  readonly #pending = new ByteQueue();
  #file: SpoolFile | null = null;
  #opening = false;
  #writing = false;
  #readPosition = 0;
  #ended = false;
  #failed = false;
  #closed = false;
  #scheduled = false;
  #announced = false;
  #streaming = false;
  #paused = false;
  #waiting: { max: number; done: (result: Buffer | null | Error) => void } | null = null;

  constructor(
    body: RequestBody,
    options: { spool: Spool; memoryBytesMax: number; ready: () => void; aborted: () => void },
  ) {
    this.#body = body;
    this.#spool = options.spool;
    this.#memoryBytesMax = options.memoryBytesMax;
    this.#ready = options.ready;
    this.#aborted = options.aborted;
  }

  takeText(bytesMax: number): string | null {
    return this.#ended && this.#file === null && this.#pending.bytes <= bytesMax
      ? this.#pending.takeText()
      : null;
  }

  whole(bytesMax: number): Buffer | null {
    const inMemory = this.#ended && this.#file === null && this.#pending.bytes <= bytesMax;
    return inMemory ? this.#pending.peekAll() : null;
  }

  /** Length of a complete body, -1 while it is still coming. */
  get length(): number {
    return this.#ended ? (this.#file?.size ?? 0) + this.#pending.bytes : -1;
  }

  // From the client.

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    if (end - start === this.#body.length) this.#pending.appendWhole(chunk, start, end);
    else this.#pending.append(chunk, start, end);
    if (this.#streaming) this.#deliverSoon();
    else if (this.#file !== null || this.#pending.bytes > this.#memoryBytesMax) this.#toDisk();
    // While the body is still gathered in memory nobody takes from it, so nobody would let the client go on.
    const draining = this.#streaming || this.#writing || this.#opening;
    if (draining && this.#pending.bytes > BACKLOG_BYTES_MAX && !this.#paused) {
      this.#paused = true;
      this.#body.pause();
    }
  }

  end(): void {
    this.#ended = true;
    if (this.#streaming) this.#deliver();
    else if (!this.#writing && !this.#opening) this.#announce();
  }

  abort(): void {
    this.#failed = true;
    this.#waiting?.done(new Error('the client left before its request was complete'));
    this.#waiting = null;
    this.close();
    this.#aborted();
  }

  // To the worker.

  read(max: number, done: (result: Buffer | null | Error) => void): void {
    if (this.#failed) done(new Error('the client left before its request was complete'));
    else if (this.#file !== null && this.#readPosition < this.#file.size) {
      this.#file.readAt(this.#readPosition, Math.min(max, BACKLOG_BYTES_MAX), (result) => {
        if (result instanceof Buffer) this.#readPosition += result.length;
        done(result);
      });
    } else {
      this.#waiting = { max, done };
      this.#deliver();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.clear();
    this.#file?.close();
    this.#resume();
  }

  #announce(): void {
    if (this.#announced || this.#closed) return;
    this.#announced = true;
    this.#streaming = true;
    this.#ready();
  }

  /** The pieces of one packet go on together, however small the client made them. */
  #deliverSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** Answers a waiting `read` from memory: everything before it has been read from the file by then. */
  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const part = this.#pending.shift(waiting.max);
    if (part !== null) {
      this.#waiting = null;
      this.#resume();
      waiting.done(part);
    } else if (this.#ended) {
      this.#waiting = null;
      waiting.done(null);
    }
  }

  #resume(): void {
    if (!this.#paused || this.#pending.bytes > BACKLOG_BYTES_MAX / 2) return;
    this.#paused = false;
    this.#body.resume();
  }

  #toDisk(): void {
    if (this.#file !== null) this.#write(this.#file);
    else if (!this.#opening) {
      this.#opening = true;
      this.#spool.open((file) => {
        this.#opening = false;
        if (file instanceof Error) this.#announce();
        else if (this.#closed) file.close();
        else {
          this.#file = file;
          this.#write(file);
        }
      });
    }
  }

  #write(file: SpoolFile): void {
    if (this.#writing || this.#pending.bytes === 0) return;
    const bytes = this.#pending.takeAll();
    this.#writing = true;
    file.append(bytes, (error) => {
      this.#writing = false;
      if (this.#closed) return;
      if (error !== null) {
        this.#pending.unshift(bytes);
        this.#announce();
        return;
      }
      this.#resume();
      if (this.#ended) this.#announce();
      else this.#write(file);
    });
  }
}
