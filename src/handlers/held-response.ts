import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Spool, SpoolFile } from './spool.ts';

/** Bytes between peer and disk before the peer has to wait for the disk. */
const BACKLOG_BYTES_MAX = 524_288;
const PIECE_BYTES = 262_144;
/** With this much unsent the sink is sure to tell when it has drained. */
const UNSENT_BYTES_MAX = 65_536;

export interface HeldResponseOptions {
  readonly exchange: Exchange;
  readonly sink: ResponseSink;
  readonly spool: Spool;
  /** Of this response, beside the quota of all. */
  readonly bytesMax: number;
  /** The peer has to wait: disk or quota are at their end, or slower than it. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly failed: (reason: string) => void;
}

/**
 * What a client has not taken yet of a response: in a file without a name, so that the peer is free while the client is slow. When the file
 * may not become longer, the peer waits until the client has everything that is held, and the file is begun anew when it is needed again.
 */
export class HeldResponse {
  readonly #options: HeldResponseOptions;
  /** Behind what is in the file. */
  readonly #pending = new ByteQueue();
  #file: SpoolFile | null = null;
  #opening = false;
  #writing = false;
  #reading = false;
  #full = false;
  #readPosition = 0;
  #ended = false;
  #trailers: readonly string[] | null = null;
  #closed = false;

  constructor(options: HeldResponseOptions) {
    this.#options = options;
    options.sink.onDrain = () => this.#deliver();
  }

  /** Bytes of the peer. */
  take(chunk: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    const { sink } = this.#options;
    // The client has caught up.
    if (this.#empty && sink.pending <= UNSENT_BYTES_MAX) return sink.write(chunk, start, end);
    this.#pending.append(chunk, start, end);
    if (this.#pending.bytes > BACKLOG_BYTES_MAX) this.#options.pause();
    this.#toDisk();
  }

  /** The peer is done, and not needed any more. */
  end(trailers: readonly string[] | null): void {
    this.#ended = true;
    this.#trailers = trailers;
    const { exchange, sink } = this.#options;
    exchange.onGone = () => this.close();
    sink.onDrain = () => this.#deliver();
    this.#deliver();
  }

  /** Nobody wants the rest. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.clear();
    this.#file?.close();
  }

  get #empty(): boolean {
    return this.#file === null && !this.#opening && this.#pending.bytes === 0;
  }

  #toDisk(): void {
    if (this.#full) return;
    if (this.#file !== null) this.#write(this.#file);
    else if (!this.#opening) {
      this.#opening = true;
      this.#options.spool.open((file) => {
        this.#opening = false;
        if (file instanceof Error) this.#stop();
        else if (this.#closed) file.close();
        else {
          this.#file = file;
          this.#write(file);
        }
      });
    }
  }

  #write(file: SpoolFile): void {
    if (this.#writing || this.#pending.bytes === 0 || this.#closed) return;
    if (file.size + this.#pending.bytes > this.#options.bytesMax) return this.#stop();
    const bytes = this.#pending.takeAll();
    this.#writing = true;
    file.append(bytes, (error) => {
      this.#writing = false;
      if (this.#closed) return;
      if (error !== null) {
        this.#pending.unshift(bytes);
        this.#stop();
        return;
      }
      if (this.#pending.bytes <= BACKLOG_BYTES_MAX) this.#options.resume();
      this.#write(file);
      this.#deliver();
    });
  }

  /** No more goes to the disk before everything has left it. */
  #stop(): void {
    this.#full = true;
    this.#options.pause();
    this.#deliver();
  }

  /** Gives the client what it takes: of the file first, then of what is behind it. */
  #deliver(): void {
    const { sink } = this.#options;
    while (!this.#closed && !this.#reading && sink.pending <= UNSENT_BYTES_MAX) {
      const file = this.#file;
      if (file !== null && this.#readPosition < file.size) this.#read(file);
      else if (this.#writing || this.#opening) return;
      else if (!this.#deliverPending()) return;
    }
  }

  /** False when there is nothing left. */
  #deliverPending(): boolean {
    const { exchange, sink, resume } = this.#options;
    this.#file?.close();
    this.#file = null;
    this.#readPosition = 0;
    const piece = this.#pending.shift(PIECE_BYTES);
    if (piece !== null) {
      sink.writeShared(piece, 0, piece.length);
      return true;
    }
    this.#full = false;
    if (this.#ended) {
      this.#closed = true;
      exchange.onGone = null;
      sink.onDrain = null;
      sink.end(this.#trailers);
    } else resume();
    return false;
  }

  #read(file: SpoolFile): void {
    this.#reading = true;
    file.readAt(this.#readPosition, PIECE_BYTES, (result) => {
      this.#reading = false;
      if (this.#closed) return;
      if (result instanceof Error) {
        this.close();
        this.#options.failed(result.message);
        return;
      }
      this.#readPosition += result.length;
      this.#options.sink.writeShared(result, 0, result.length);
      this.#deliver();
    });
  }
}
