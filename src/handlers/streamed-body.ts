import type { BodyConsumer, RequestBody } from '../http/exchange.ts';
import type { BodySource } from '../upstream/body-source.ts';
import { ByteQueue } from './byte-queue.ts';

/** Bytes held between client and worker before the client is paused. */
const BACKLOG_BYTES_MAX = 262_144;

/** A request body that flows from the client to the worker as it comes; what an async app wants, since waiting costs it nothing. */
export class StreamedBody implements BodyConsumer, BodySource {
  readonly #body: RequestBody;
  readonly #aborted: () => void;
  readonly #pending = new ByteQueue();
  #started = false;
  #taken = false;
  #ended = false;
  #failed = false;
  #closed = false;
  #scheduled = false;
  #waiting: { max: number; done: (result: Buffer | null | Error) => void } | null = null;

  constructor(body: RequestBody, aborted: () => void) {
    this.#body = body;
    this.#aborted = aborted;
  }

  readonly length = -1;

  /** Lets the client send. Without it the first `read` does, which is when a client that waits for 100 Continue gets it. */
  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    this.#body.start(this);
  }

  takeText(bytesMax: number): string | null {
    return this.#ended && !this.#taken && this.#pending.bytes <= bytesMax ? this.#pending.takeText() : null;
  }

  whole(bytesMax: number): Buffer | null {
    return this.#ended && !this.#taken && this.#pending.bytes <= bytesMax ? this.#pending.peekAll() : null;
  }

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    if (end - start === this.#body.length) this.#pending.appendWhole(chunk, start, end);
    else this.#pending.append(chunk, start, end);
    this.#deliverSoon();
    if (this.#pending.bytes > BACKLOG_BYTES_MAX) this.#body.pause();
  }

  end(): void {
    this.#ended = true;
    this.#deliver();
  }

  abort(): void {
    this.#failed = true;
    this.#waiting?.done(gone());
    this.#waiting = null;
    this.close();
    this.#aborted();
  }

  read(max: number, done: (result: Buffer | null | Error) => void): void {
    if (this.#failed) {
      done(gone());
      return;
    }
    this.#waiting = { max, done };
    this.start();
    this.#deliver();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.clear();
    this.#body.resume();
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

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const part = this.#pending.shift(waiting.max);
    if (part === null && !this.#ended) return;
    this.#waiting = null;
    this.#taken = true;
    if (this.#pending.bytes <= BACKLOG_BYTES_MAX / 2) this.#body.resume();
    waiting.done(part);
  }
}

function gone(): Error {
  return new Error('the client left before its request was complete');
}
