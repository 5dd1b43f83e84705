import type { Coding } from '../http/accept-encoding.ts';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import {
  createCompressor,
  flushCompressor,
  GZIP_HEADER_BYTES,
  paddedGzipHeader,
  type Compressor,
} from './compressor.ts';

/** With this much unsent the compressor waits; the sink is sure to tell when it has drained. */
const WAIT_BYTES = 65_536;

export interface CompressedStreamOptions {
  readonly coding: Coding;
  readonly padded: boolean;
  /** Of the body before compression; -1 unknown. */
  readonly wholeBytes: number;
  /** One is taken while the compressor lives. */
  readonly places: { free: number };
  /** What was written is compressed, and the sink has taken most of it. */
  readonly onDrain: () => void;
  readonly failed: (message: string) => void;
}

/**
 * A compressor between what is written and a sink. It holds what the sink is too slow for, tells how much that is, and
 * ends, at the latest, with its exchange.
 */
export class CompressedStream {
  readonly #inner: ResponseSink;
  readonly #exchange: Exchange;
  readonly #options: CompressedStreamOptions;
  #compressor: Compressor | null = null;
  #ending = false;
  /** Written since the last flush. */
  #dirty = false;
  #flushing = false;
  #headerDone: boolean;

  constructor(inner: ResponseSink, exchange: Exchange, options: CompressedStreamOptions) {
    this.#inner = inner;
    this.#exchange = exchange;
    this.#options = options;
    this.#headerDone = !options.padded;
  }

  /** Bytes that were written and not given to the sink yet. */
  get heldBytes(): number {
    const compressor = this.#compressor;
    return compressor === null ? 0 : compressor.writableLength + compressor.readableLength;
  }

  start(head: ResponseHead): void {
    const [inner, exchange, options] = [this.#inner, this.#exchange, this.#options];
    const compressor = createCompressor(options.coding, options.wholeBytes);
    options.places.free -= 1;
    this.#compressor = compressor;
    compressor.on('data', (chunk: Buffer) => this.#compressed(chunk));
    compressor.on('error', (error) => {
      this.dispose();
      options.failed(error.message);
    });
    // The handler takes back its own onGone when it has written all; the compressor may not be done by then.
    const done = exchange.onDone;
    exchange.onDone = (ended) => {
      this.dispose();
      done?.(ended);
    };
    inner.onDrain = () => this.#drained();
    inner.start(head, -1);
    // The client has left already: nobody will say so again.
    if (!inner.started) this.dispose();
  }

  /** `piece` is not changed any more. */
  write(piece: Buffer): void {
    this.#dirty = true;
    this.#compressor?.write(piece, this.#took);
  }

  end(trailers: readonly string[] | null): void {
    const compressor = this.#compressor;
    this.#ending = true;
    if (compressor === null) return;
    compressor.once('end', () => {
      if (this.#compressor === null) return;
      this.dispose();
      this.#inner.end(trailers);
    });
    compressor.end();
  }

  /** Gives back everything it holds. */
  dispose(): void {
    const compressor = this.#compressor;
    if (compressor === null) return;
    this.#compressor = null;
    this.#options.places.free += 1;
    this.#inner.onDrain = null;
    compressor.destroy();
  }

  readonly #took = (): void => {
    const compressor = this.#compressor;
    if (compressor === null || compressor.writableLength > 0) return;
    this.#settle();
    if (!this.#dirty || this.#flushing || this.#ending) return;
    this.#flushing = true;
    setImmediate(this.#flush);
  };

  /** Nothing new came: the application pauses, and the client shall see what there is. */
  readonly #flush = (): void => {
    this.#flushing = false;
    const compressor = this.#compressor;
    // When it is busy again, `took` follows.
    if (compressor === null || this.#ending || compressor.writableLength > 0) return;
    this.#dirty = false;
    flushCompressor(compressor, this.#options.coding);
  };

  #compressed(chunk: Buffer): void {
    const [inner, compressor] = [this.#inner, this.#compressor];
    if (compressor === null) return;
    if (this.#headerDone) inner.writeShared(chunk, 0, chunk.length);
    else this.#compressedHeader(chunk);
    if (inner.pending >= WAIT_BYTES) compressor.pause();
  }

  /** zlib writes its header in one piece. */
  #compressedHeader(chunk: Buffer): void {
    this.#headerDone = true;
    const header = paddedGzipHeader(chunk);
    this.#inner.writeShared(header, 0, header.length);
    this.#inner.writeShared(chunk, GZIP_HEADER_BYTES, chunk.length);
  }

  #drained(): void {
    this.#compressor?.resume();
    this.#settle();
  }

  #settle(): void {
    const compressor = this.#compressor;
    if (compressor === null || this.#ending || compressor.writableLength > 0) return;
    if (this.#inner.pending < WAIT_BYTES) this.#options.onDrain();
  }
}
