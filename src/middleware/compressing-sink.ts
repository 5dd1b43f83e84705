import type { Coding } from '../http/accept-encoding.ts';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { CodedHeads, HeadVariants } from './coded-heads.ts';
import { chooseCoding, type CodingChoice } from './coding-choice.ts';
import { compressWhole, GZIP_HEADER_BYTES, paddedGzipHeader } from './compressor.ts';
import { CompressedStream } from './compressed-stream.ts';

/** What all requests share. */
export interface CompressSettings {
  readonly mode: 'safe' | 'on';
  readonly bytesMin: number;
  readonly offered: readonly Coding[];
  readonly heads: CodedHeads;
  /** Compressors that may still be started. */
  readonly places: { free: number };
  readonly appFault: (exchange: Exchange, message: string) => void;
}

/** Up to this a body that is there at once is compressed in one go, which takes a quarter of a millisecond. */
const WHOLE_BYTES_MAX = 32_768;

type State =
  /** Nothing was started. */
  | 'new'
  /** What comes is passed on. */
  | 'through'
  /** The whole body is expected in this turn of the event loop; the head waits for it. */
  | 'collecting'
  /** What comes is compressed. */
  | 'streaming'
  /** The client has, or needs, no more of the body. */
  | 'discarding'
  | 'over';

/**
 * Decides, when the head comes, whether the body is compressed. The body's length is checked here against the
 * Content-Length that the client does not get to see.
 */
export class CompressingSink implements ResponseSink {
  readonly #inner: ResponseSink;
  readonly #exchange: Exchange;
  readonly #settings: CompressSettings;
  #state: State = 'new';
  #onDrain: (() => void) | null = null;
  #variants: HeadVariants | null = null;
  #choice: CodingChoice | null = null;
  /** Bytes that the body still has to have; -1 when nobody said. */
  #owed = -1;
  #collected: Buffer | null = null;
  #collectedBytes = 0;
  #stream: CompressedStream | null = null;

  constructor(inner: ResponseSink, exchange: Exchange, settings: CompressSettings) {
    this.#inner = inner;
    this.#exchange = exchange;
    this.#settings = settings;
  }

  get started(): boolean {
    return this.#state === 'collecting' || this.#inner.started;
  }

  get pending(): number {
    // What is collected does not count: it is little, and the application must go on for it to become complete.
    return this.#inner.pending + (this.#stream?.heldBytes ?? 0);
  }

  get onDrain(): (() => void) | null {
    return this.#onDrain;
  }

  set onDrain(call: (() => void) | null) {
    this.#onDrain = call;
    // The stream calls it when it has drained, too.
    if (this.#stream === null) this.#inner.onDrain = call;
  }

  inform(head: ResponseHead): void {
    if (this.#state === 'new') this.#inner.inform(head);
  }

  start(head: ResponseHead, wholeBytes: number): void {
    if (this.#state !== 'new') return;
    const isHead = this.#exchange.head.method === 'HEAD';
    const variants = this.#settings.heads.of(head);
    if (variants === null) {
      this.#pass(head.status === 304 ? this.#notModified(head) : head, wholeBytes);
      return;
    }
    // An answer to HEAD has its length in the head only.
    const given = isHead && wholeBytes === 0 ? -1 : wholeBytes;
    const length = variants.contentLength === -1 ? given : variants.contentLength;
    const contradicts = given !== -1 && given !== length;
    const small = length !== -1 && length < this.#settings.bytesMin;
    const choice =
      contradicts || small
        ? null
        : chooseCoding(this.#exchange.head.block, this.#settings.mode, this.#settings.offered);
    if (choice === null) {
      this.#pass(variants.varied, wholeBytes);
      return;
    }
    this.#variants = variants;
    this.#choice = choice;
    if (isHead) {
      this.#state = 'discarding';
      this.#inner.start(variants.coded(choice.coding), -1);
      return;
    }
    this.#owed = length;
    if (length === -1 || length > WHOLE_BYTES_MAX) this.#startStream();
    else this.#startCollecting();
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, false);
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, true);
  }

  end(trailers: readonly string[] | null): void {
    if (this.#state === 'over') return;
    if (this.#owed > 0) {
      this.#fault(`the body ended ${this.#owed} bytes before its Content-Length`);
      this.abort('short body');
      return;
    }
    this.#state = 'over';
    if (this.#stream === null) this.#inner.end(trailers);
    else this.#stream.end(trailers);
  }

  abort(reason: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#collected = null;
    this.#stream?.dispose();
    this.#inner.abort(reason);
  }

  /** The client has a compressed response with a weak entity tag: the 304 must be about that, not about another. */
  #notModified(head: ResponseHead): ResponseHead {
    const variants = this.#settings.heads.ofNotModified(head);
    if (variants === null) return head;
    const { lower, fields } = this.#exchange.head.block;
    const index = lower.indexOf('if-none-match');
    const asked = index === -1 ? '' : (fields[2 * index + 1] ?? '');
    return asked.includes(`W/${variants.etag}`) ? variants.weak : head;
  }

  #pass(head: ResponseHead, wholeBytes: number): void {
    this.#state = 'through';
    this.#inner.start(head, wholeBytes);
  }

  #startCollecting(): void {
    this.#state = 'collecting';
    setImmediate(() => {
      if (this.#state !== 'collecting') return;
      // The application takes its time. It must not look as if nothing came.
      const collected = this.#collected;
      this.#collected = null;
      this.#startStream();
      if (collected !== null) this.#send(collected, 0, this.#collectedBytes, true);
    });
  }

  #startStream(): void {
    const [variants, choice, { places }] = [this.#variants, this.#choice, this.#settings];
    if (variants === null || choice === null) return;
    if (places.free === 0) {
      // The connection checks the length itself.
      const length = this.#owed === -1 ? -1 : this.#owed + this.#collectedBytes;
      this.#owed = -1;
      this.#pass(variants.varied, length);
      return;
    }
    this.#state = 'streaming';
    const stream = new CompressedStream(this.#inner, this.#exchange, {
      ...choice,
      wholeBytes: this.#owed,
      places,
      onDrain: () => this.#onDrain?.(),
      failed: (message) => {
        this.#fault(`its compression failed: ${message}`);
        this.abort('compression failed');
      },
    });
    this.#stream = stream;
    stream.start(variants.coded(choice.coding));
  }

  #body(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.#state === 'over' || start === end) return;
    let last = end;
    if (this.#owed !== -1) {
      last = Math.min(end, start + this.#owed);
      this.#owed -= last - start;
    }
    if (last > start) this.#take(chunk, start, last, shared);
    if (last < end) this.#overflow(end - last);
  }

  #take(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.#state === 'collecting') this.#collect(chunk, start, end);
    else this.#send(chunk, start, end, shared);
  }

  #send(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.#state === 'streaming') {
      const piece = chunk.subarray(start, end);
      this.#stream?.write(shared ? piece : Buffer.from(piece));
    } else if (this.#state === 'through') {
      if (shared) this.#inner.writeShared(chunk, start, end);
      else this.#inner.write(chunk, start, end);
    }
  }

  #collect(chunk: Buffer, start: number, end: number): void {
    if (this.#collectedBytes === 0 && this.#owed === 0) {
      this.#sendWhole(chunk.subarray(start, end));
      return;
    }
    this.#collected ??= Buffer.allocUnsafe(end - start + this.#owed);
    this.#collectedBytes += chunk.copy(this.#collected, this.#collectedBytes, start, end);
    if (this.#owed > 0) return;
    const whole = this.#collected;
    this.#collected = null;
    this.#sendWhole(whole);
  }

  #sendWhole(whole: Buffer): void {
    const [variants, choice, inner] = [this.#variants, this.#choice, this.#inner];
    if (variants === null || choice === null) return;
    this.#state = 'discarding';
    const coded = compressWhole(choice.coding, whole);
    const head = variants.coded(choice.coding);
    if (!choice.padded) {
      inner.start(head, coded.length);
      inner.writeShared(coded, 0, coded.length);
      return;
    }
    const header = paddedGzipHeader(coded);
    inner.start(head, header.length + coded.length - GZIP_HEADER_BYTES);
    inner.writeShared(header, 0, header.length);
    inner.writeShared(coded, GZIP_HEADER_BYTES, coded.length);
  }

  /** What the client has is complete; whatever else the application gives is not wanted. */
  #overflow(bytes: number): void {
    this.#fault(`the body is longer than its Content-Length (at least ${bytes} bytes more); it was cut off`);
    const gone = this.#exchange.onGone;
    this.#exchange.onGone = null;
    this.end(null);
    gone?.();
  }

  #fault(message: string): void {
    this.#settings.appFault(this.#exchange, message);
  }
}
