import { performance } from 'node:perf_hooks';
import { BodyReader, type BodySink } from '../http/body-reader.ts';
import type { BodyConsumer, BodyLimit, RequestBody } from '../http/exchange.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import { BodyClock, changesPace, paceWithin } from './body-clock.ts';
import type { ConnectionLimits } from './context.ts';

/** The connection, as the request's body needs it. */
export interface BodyConnection {
  bodyStarted(): void;
  bodyPaused(): void;
  bodyResumed(): void;
}

/** The body of one HTTP/1 request: framing off, pace watched, given to whoever wants it. */
export class Http1Body implements RequestBody, BodySink {
  readonly length: number;
  /** Who takes the body; null until the handler wants it. */
  consumer: BodyConsumer | null = null;
  paused = false;
  readonly #connection: BodyConnection;
  readonly #reader: BodyReader | null;
  #clock: BodyClock | null = null;
  readonly #limits: ConnectionLimits;

  constructor(connection: BodyConnection, head: RequestHead, limits: ConnectionLimits) {
    const { block } = head;
    this.#connection = connection;
    this.length = block.chunked ? -1 : Math.max(0, block.contentLength);
    this.#limits = limits;
    if (this.length === 0) this.#reader = null;
    else {
      const { bodyBytesMax } = limits;
      this.#clock = new BodyClock(limits);
      this.#reader = new BodyReader(block, { ...limits.head, bodyBytesMax }, this);
    }
  }

  /** What is wrong with the framing or the size; looked at after construction and after each `read`. */
  get fault(): RequestFault | null {
    return this.#reader?.fault ?? null;
  }

  get done(): boolean {
    return this.#reader === null || this.#reader.done;
  }

  /** Whether bytes are wanted now. */
  get flowing(): boolean {
    return this.consumer !== null && !this.paused && !this.done;
  }

  /** When the pace is to be looked at next. */
  get deadline(): number {
    return this.#clock === null || this.done ? Infinity : this.#clock.deadline;
  }

  /** Whether the client sends too slowly. */
  late(now: number): boolean {
    return this.#clock?.late(now) === true;
  }

  /** Reads from `at`; returns the index after the last byte used. Ends the consumer when it was the last. */
  read(chunk: Buffer, at: number): number {
    const reader = this.#reader;
    if (reader === null) return at;
    const next = reader.read(chunk, at, chunk.length);
    if (reader.fault === null && reader.done) this.consumer?.end();
    return next;
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.#clock?.received(end - start, performance.now());
    this.consumer?.data(chunk, start, end);
  }

  limit(limit: BodyLimit): boolean {
    if (this.length > limit.bytesMax) return false;
    if (this.#reader !== null) this.#reader.bytesMax = limit.bytesMax;
    if (this.#clock !== null && changesPace(limit))
      this.#clock = new BodyClock(paceWithin(this.#limits, limit));
    return true;
  }

  start(consumer: BodyConsumer): void {
    this.consumer = consumer;
    if (this.length === 0) {
      consumer.end();
      return;
    }
    this.#clock?.start(performance.now());
    this.#connection.bodyStarted();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#clock?.stop();
    this.#connection.bodyPaused();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#clock?.start(performance.now());
    this.#connection.bodyResumed();
  }
}
