import type { Middleware, ResponseSink } from '../../http/exchange.ts';
import { PassingSink } from '../passing-sink.ts';
import type { Paced, Pacer } from './pacer.ts';
import { whenDone } from './when-done.ts';

/** What may be sent at once, as a time of the rate: small responses do not wait at all. */
const BURST_MS = 250;

/** Sends the body of each response at most so fast. A handler sees what waits in `pending`, as of a slow client. */
export function bandwidth(bytesPerSecond: number, pacer: Pacer): Middleware {
  return (next) => (exchange, sink) => {
    if (exchange.websocket !== null) return next(exchange, sink);
    const paced = new PacedSink(sink, bytesPerSecond, pacer);
    whenDone(exchange, () => paced.close());
    next(exchange, paced);
  };
}

interface Piece {
  readonly chunk: Buffer;
  at: number;
  readonly end: number;
  readonly shared: boolean;
}

class PacedSink extends PassingSink implements Paced {
  readonly #perMs: number;
  readonly #pacer: Pacer;
  /** Bytes that may be sent now; it grows with time, up to the burst. */
  #allowed: number;
  #at = performance.now();
  readonly #held: Piece[] = [];
  #heldBytes = 0;
  /** Undefined: more may come. */
  #end: readonly string[] | null | undefined;
  #onDrain: (() => void) | null = null;

  constructor(inner: ResponseSink, bytesPerSecond: number, pacer: Pacer) {
    super(inner);
    this.#perMs = bytesPerSecond / 1000;
    this.#allowed = this.#perMs * BURST_MS;
    this.#pacer = pacer;
  }

  override get pending(): number {
    return this.inner.pending + this.#heldBytes;
  }

  override get onDrain(): (() => void) | null {
    return this.#onDrain;
  }

  override set onDrain(call: (() => void) | null) {
    this.#onDrain = call;
    this.inner.onDrain = call === null ? null : () => this.#drained();
  }

  override write(chunk: Buffer, start: number, end: number): void {
    this.#take(chunk, start, end, false);
  }

  override writeShared(chunk: Buffer, start: number, end: number): void {
    this.#take(chunk, start, end, true);
  }

  override end(trailers: readonly string[] | null): void {
    if (this.#heldBytes === 0) this.inner.end(trailers);
    else this.#end = trailers;
  }

  override abort(reason: string): void {
    this.close();
    this.inner.abort(reason);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#pacer.delete(this);
  }

  tick(now: number): boolean {
    this.#grow(now);
    while (this.#allowed >= 1) {
      const piece = this.#held[0];
      if (piece === undefined) break;
      const from = piece.at;
      const to = Math.min(piece.end, from + Math.floor(this.#allowed));
      piece.at = to;
      if (to === piece.end) this.#held.shift();
      this.#heldBytes -= to - from;
      this.#send(piece.chunk, from, to, piece.shared);
    }
    if (this.#heldBytes > 0) return true;
    if (this.#end !== undefined) this.inner.end(this.#end);
    else if (this.inner.pending === 0) this.#onDrain?.();
    // Who was told may have given more.
    return this.#heldBytes > 0;
  }

  #take(chunk: Buffer, start: number, end: number, shared: boolean): void {
    let from = start;
    if (this.#heldBytes === 0) {
      this.#grow(performance.now());
      const now = Math.min(end - start, Math.floor(this.#allowed));
      if (now > 0) this.#send(chunk, start, start + now, shared);
      from += now;
      if (from === end) return;
      this.#pacer.add(this);
    }
    const piece = shared
      ? { chunk, at: from, end, shared }
      : { chunk: Buffer.from(chunk.subarray(from, end)), at: 0, end: end - from, shared: true };
    this.#held.push(piece);
    this.#heldBytes += end - from;
  }

  #send(chunk: Buffer, from: number, to: number, shared: boolean): void {
    this.#allowed -= to - from;
    if (shared) this.inner.writeShared(chunk, from, to);
    else this.inner.write(chunk, from, to);
  }

  #grow(now: number): void {
    this.#allowed = Math.min(this.#perMs * BURST_MS, this.#allowed + (now - this.#at) * this.#perMs);
    this.#at = now;
  }

  #drained(): void {
    if (this.#heldBytes === 0) this.#onDrain?.();
  }
}
