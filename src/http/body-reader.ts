import { ChunkHeader } from './chunk-header.ts';
import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { parseFieldLines } from './field-lines.ts';
import { FieldSection } from './field-section.ts';
import type { HeaderBlock } from './header-block.ts';
import type { BodyLimits } from './limits.ts';

/** Takes the content as it is found. The bytes are valid only during the call. */
export interface BodySink {
  data(chunk: Buffer, start: number, end: number): void;
}

const CR = 0x0d;
const LF = 0x0a;
// What may not come in a trailer (RFC 9110 6.5.1): routing, request modifiers, authentication, content format. It is
// dropped; what would be framing is refused.
const FORBIDDEN_TRAILER = new RegExp(
  `^(?:${[
    'authorization|cache-control|connection|content-.*|cookie2?|expect|forwarded|from|host|if-.*|keep-alive|max-forwards',
    'pragma|proxy-.*|range|referer|set-cookie|te|trailer|upgrade|user-agent|via|x-forwarded-.*',
  ].join('|')})$`,
);

type Phase = 'length' | 'chunkHeader' | 'chunkData' | 'chunkEnd' | 'trailers' | 'done';

/** Finds the content of one body, and its end, in the bytes that follow the head (RFC 9112 6 and 7). */
export class BodyReader {
  /**
   * 400 for bad framing, 413 for too much; then nothing more of this connection is to be read. Look at it before the
   * first read.
   */
  fault: RequestFault | null = null;
  /** Trailer fields, flat as the headers of a block; those that may not come in a trailer, or with `_`, left out. */
  trailers: string[] = [];
  /** Content may have so many bytes. */
  bytesMax: number;
  readonly #limits: BodyLimits;
  readonly #sink: BodySink;
  #phase: Phase;
  #remaining = 0;
  #received = 0;
  #afterCr = false;
  #header: ChunkHeader | null = null;
  #section: FieldSection | null = null;

  constructor(block: Pick<HeaderBlock, 'chunked' | 'contentLength'>, limits: BodyLimits, sink: BodySink) {
    this.#limits = limits;
    this.bytesMax = limits.bodyBytesMax;
    this.#sink = sink;
    if (block.chunked) {
      this.#phase = 'chunkHeader';
      this.#header = new ChunkHeader();
    } else {
      this.#remaining = Math.max(0, block.contentLength);
      this.#phase = this.#remaining === 0 ? 'done' : 'length';
      if (this.#remaining > limits.bodyBytesMax) this.fault = fault(413, 'Content-Length above the limit');
    }
  }

  get done(): boolean {
    return this.#phase === 'done';
  }

  /** Bytes of content so far. */
  get received(): number {
    return this.#received;
  }

  /**
   * Reads from `start`, at most to `end`; returns the index after the last byte used (after a fault: of no meaning).
   */
  read(chunk: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#phase !== 'done' && this.fault === null) {
      if (this.#phase === 'length' || this.#phase === 'chunkData') at = this.#readData(chunk, at, end);
      else if (this.#phase === 'chunkHeader') at = this.#readChunkHeader(chunk, at, end);
      else if (this.#phase === 'chunkEnd') this.#stepChunkEnd(chunk[at++] ?? 0);
      else at = this.#readTrailers(chunk, at, end);
    }
    return at;
  }

  #readData(chunk: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#remaining);
    this.#remaining -= stop - start;
    this.#received += stop - start;
    if (this.#remaining === 0) this.#phase = this.#phase === 'length' ? 'done' : 'chunkEnd';
    this.#sink.data(chunk, start, stop);
    return stop;
  }

  #readChunkHeader(chunk: Buffer, start: number, end: number): number {
    const header = this.#header;
    if (header === null) return start;
    for (let i = start; i < end; i++) {
      header.step(chunk[i] ?? 0);
      if (header.fault !== null) {
        this.fault = header.fault;
        return i;
      }
      if (header.done) {
        this.#startChunk(header.size);
        header.reset();
        return i + 1;
      }
    }
    return end;
  }

  #startChunk(size: number): void {
    if (size === 0) {
      this.#phase = 'trailers';
      this.#section = new FieldSection(this.#limits.headerBytesMax, this.#limits.headerCountMax);
    } else if (size > this.bytesMax - this.#received) {
      this.fault = fault(413, 'chunked body above the limit');
    } else {
      this.#remaining = size;
      this.#phase = 'chunkData';
    }
  }

  #stepChunkEnd(byte: number): void {
    if (byte !== (this.#afterCr ? LF : CR)) {
      this.fault = fault(400, 'chunk data does not end in CRLF');
      return;
    }
    if (this.#afterCr) this.#phase = 'chunkHeader';
    this.#afterCr = !this.#afterCr;
  }

  #readTrailers(chunk: Buffer, start: number, end: number): number {
    const section = this.#section;
    if (section === null) return start;
    const next = section.read(chunk, start, end);
    this.fault = section.fault;
    if (!section.done) return next;
    const lines = parseFieldLines(section.take(), this.#limits.headerCountMax);
    if (isFault(lines)) {
      this.fault = lines;
      return next;
    }
    if (lines.lower.includes('content-length') || lines.lower.includes('transfer-encoding')) {
      this.fault = fault(400, 'framing header among the trailers');
      return next;
    }
    for (let i = 0; i < lines.lower.length; i++) {
      if (FORBIDDEN_TRAILER.test(lines.lower[i] ?? '')) continue;
      this.trailers.push(lines.fields[2 * i] ?? '', lines.fields[2 * i + 1] ?? '');
    }
    this.#phase = 'done';
    return next;
  }
}
