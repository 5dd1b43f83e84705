import type { BodyConsumer, RequestBody } from '../http/exchange.ts';
import type { BodySource } from '../upstream/body-source.ts';

/** Bytes held between client and worker before the client is paused. */
const BACKLOG_BYTES_MAX = 262_144;

/** A request body that flows from the client to the worker as it comes; what an async app wants, since waiting costs it nothing. */
export class StreamedBody implements BodyConsumer, BodySource {
  readonly #body: RequestBody;
  readonly #aborted: () => void;
  #chunks: Buffer[] = [];
  #chunkBytes = 0;
  #started = false;
  #taken = false;
  #ended = false;
  #failed = false;
  #closed = false;
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

  /** The whole body, if all of it has come and none of it was read. */
  whole(): Buffer | null {
    return this.#ended && !this.#taken ? Buffer.concat(this.#chunks, this.#chunkBytes) : null;
  }

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    this.#chunks.push(Buffer.from(chunk.subarray(start, end)));
    this.#chunkBytes += end - start;
    this.#deliver();
    if (this.#chunkBytes > BACKLOG_BYTES_MAX) this.#body.pause();
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
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#body.resume();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const chunk = this.#chunks.shift();
    if (chunk === undefined && !this.#ended) return;
    this.#waiting = null;
    this.#taken = true;
    if (chunk === undefined) {
      waiting.done(null);
      return;
    }
    const part = chunk.length > waiting.max ? chunk.subarray(0, waiting.max) : chunk;
    if (part !== chunk) this.#chunks.unshift(chunk.subarray(waiting.max));
    this.#chunkBytes -= part.length;
    if (this.#chunkBytes <= BACKLOG_BYTES_MAX / 2) this.#body.resume();
    waiting.done(part);
  }
}

function gone(): Error {
  return new Error('the client left before its request was complete');
}
