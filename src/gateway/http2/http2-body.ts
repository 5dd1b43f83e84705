import type { ServerHttp2Stream } from 'node:http2';
import type { BodyConsumer, BodyLimit, RequestBody } from '../../http/exchange.ts';
import type { RequestFault, RequestHead } from '../../http/request.ts';
import { BodyClock, changesPace, paceWithin, type BodyPace } from '../body-clock.ts';
import type { ConnectionLimits } from '../context.ts';

/** Whoever has a body. */
export interface BodyOwner {
  /** The body can't be had: why. */
  bodyFault(fault: RequestFault): void;
}

/** The body of one HTTP/2 request: measured, its pace watched, given to whoever wants it. Until then the client's window stays closed. */
export class Http2Body implements RequestBody {
  readonly length: number;
  /** All of it was given to the consumer. */
  done: boolean;
  consumer: BodyConsumer | null = null;
  readonly #stream: ServerHttp2Stream;
  readonly #expectContinue: boolean;
  readonly #owner: BodyOwner;
  #bytesMax: number;
  #pace: BodyPace;
  /** Runs from `start` on. */
  #clock: BodyClock | null = null;
  #bytes = 0;
  #paused = false;

  constructor(stream: ServerHttp2Stream, head: RequestHead, limits: ConnectionLimits, owner: BodyOwner) {
    const { block } = head;
    this.#stream = stream;
    this.#expectContinue = block.expectContinue;
    this.#bytesMax = limits.bodyBytesMax;
    this.#pace = limits;
    this.#owner = owner;
    this.length = block.chunked ? -1 : Math.max(0, block.contentLength);
    this.done = this.length === 0;
  }

  /** What is wrong with the announced size. */
  get fault(): RequestFault | null {
    return this.length > this.#bytesMax ? TOO_LARGE : null;
  }

  /** When the pace is to be looked at next. */
  get deadline(): number {
    return this.done || this.#clock === null ? Infinity : this.#clock.deadline;
  }

  late(now: number): boolean {
    return this.#clock?.late(now) === true;
  }

  limit(limit: BodyLimit): boolean {
    if (this.length > limit.bytesMax) return false;
    this.#bytesMax = limit.bytesMax;
    if (changesPace(limit)) this.#pace = paceWithin(this.#pace, limit);
    return true;
  }

  start(consumer: BodyConsumer): void {
    this.consumer = consumer;
    if (this.done) {
      consumer.end();
      return;
    }
    const stream = this.#stream;
    // A client that has reset the stream may be noticed later than this.
    const open = !stream.closed && !stream.destroyed && !stream.headersSent;
    if (this.#expectContinue && open) stream.additionalHeaders({ ':status': 100 });
    this.#clock = new BodyClock(this.#pace);
    this.#clock.start(performance.now());
    stream.on('data', (chunk: Buffer) => this.#received(chunk));
    stream.on('end', () => this.#ended());
    if (this.#paused) stream.pause();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#clock?.stop();
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#clock?.start(performance.now());
    this.#stream.resume();
  }

  /** The rest is not wanted. */
  drop(): void {
    this.consumer = null;
  }

  /** It will never be complete. */
  abort(): void {
    const { consumer } = this;
    this.consumer = null;
    if (!this.done) consumer?.abort();
  }

  #received(chunk: Buffer): void {
    const { consumer } = this;
    if (consumer === null) return;
    this.#bytes += chunk.length;
    this.#clock?.received(chunk.length, performance.now());
    if (this.#bytes > this.#bytesMax) this.#owner.bodyFault(TOO_LARGE);
    else consumer.data(chunk, 0, chunk.length);
  }

  #ended(): void {
    const { consumer } = this;
    // A stream that was reset ends here, too.
    if (consumer === null || this.#stream.aborted || this.#stream.rstCode !== 0) return;
    this.done = true;
    this.#clock?.stop();
    consumer.end();
  }
}

const TOO_LARGE: RequestFault = { status: 413, reason: 'the request body is too large' };
