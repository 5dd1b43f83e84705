import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { FieldSection } from './field-section.ts';
import { Gather } from './gather.ts';
import type { HeaderBlock } from './header-block.ts';
import { latin1 } from './latin1.ts';
import type { HeadLimits } from './limits.ts';
import { parseRequestHead, parseRequestLine, parseRequestParts } from './request.ts';
import type { RequestHead } from './request.ts';
import { isTokenByte } from './token.ts';

const CR = 0x0d;
const LF = 0x0a;
const TLS_HANDSHAKE = 0x16;
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Finds request heads in the bytes of a connection and parses them. Two ways to one result: a head that lies whole in
 * one chunk is cut out
 * and parsed at once; anything else, and any head found bad that way, is read byte by byte. So what a client is told
 * never depends on how its bytes were cut into packets.
 */
export class HeadReader {
  /** Set when a head is complete; `read` is not called again before `reset`. */
  head: RequestHead | null = null;
  /** Set when the request is refused; nothing more of this connection is to be read. */
  fault: RequestFault | null = null;
  readonly #limits: HeadLimits;
  readonly #line: Gather;
  #block: HeaderBlock | null = null;
  /** The head before, with its empty line, where it came whole. */
  #lastText = '';
  #lastHead: RequestHead | null = null;
  /** The last two were the same; so may be the next. */
  #repeating = false;
  #phase: 'before' | 'line' | 'fields' = 'before';
  #afterCr = false;
  #emptyLines = 0;
  #lineText = '';
  #section: FieldSection | null = null;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
    this.#line = new Gather(limits.requestLineBytesMax + 2);
  }

  /** Whether a byte of this request was seen. The one empty line that may come before a request does not count. */
  get started(): boolean {
    return this.#phase !== 'before';
  }

  /** Forgets the request that was read, ready for the next; header blocks are still recognised. */
  reset(): void {
    this.head = null;
    this.fault = null;
    this.#phase = 'before';
    this.#afterCr = false;
    this.#emptyLines = 0;
    this.#section = null;
    this.#line.clear();
  }

  /**
   * Reads from `start`, at most to `end`; returns the index after the last byte used (after a fault: of no meaning).
   */
  read(chunk: Buffer, start: number, end: number): number {
    if (this.#phase === 'before' && !this.#afterCr && start < end && chunk[start] !== CR) {
      if (this.#isRepeated(chunk, start, end)) return end;
      const found = chunk.indexOf(HEAD_END, start);
      // The chunk may be larger than what was read into it this time.
      if (found >= 0 && found + 4 <= end && this.#readWhole(latin1(chunk, start, found + 4)))
        return found + 4;
    }
    return this.#readPieces(chunk, start, end);
  }

  /** The same bytes mean the same head: then nothing is looked for in them. */
  #isRepeated(chunk: Buffer, start: number, end: number): boolean {
    if (!this.#repeating || end - start !== this.#lastText.length) return false;
    this.#repeating = latin1(chunk, start, end) === this.#lastText;
    if (!this.#repeating) return false;
    this.head = this.#lastHead;
    this.#phase = 'fields';
    return true;
  }

  #readWhole(text: string): boolean {
    this.#repeating = text === this.#lastText;
    if (this.#repeating) {
      this.head = this.#lastHead;
    } else {
      const head = parseRequestHead(text.slice(0, -HEAD_END.length), this.#block, this.#limits);
      if (isFault(head)) return false;
      this.#block = head.block;
      this.#lastText = text;
      this.#lastHead = head;
      this.head = head;
    }
    this.#phase = 'fields';
    return true;
  }

  #readPieces(chunk: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#phase === 'before') at = this.#skipEmptyLine(chunk, at, end);
    if (this.#phase === 'line' && this.fault === null) at = this.#readLine(chunk, at, end);
    if (this.#phase === 'fields' && this.fault === null) at = this.#readFields(chunk, at, end);
    return at;
  }

  /** RFC 9112 2.2: at least one empty line before the request line is to be ignored. We ignore one. */
  #skipEmptyLine(chunk: Buffer, start: number, end: number): number {
    for (let i = start; i < end; i++) {
      const byte = chunk[i] ?? 0;
      if (this.#afterCr) {
        this.#afterCr = false;
        if (byte !== LF) this.fault = fault(400, 'CR without LF before the request');
        else if (++this.#emptyLines > 1)
          this.fault = fault(400, 'more than one empty line before the request');
      } else if (byte === CR) {
        this.#afterCr = true;
      } else if (byte === LF) {
        this.fault = fault(400, 'LF without CR before the request');
      } else if (byte === TLS_HANDSHAKE) {
        this.fault = fault(400, 'TLS handshake on a port that speaks plain HTTP');
      } else if (!isTokenByte(byte)) {
        this.fault = fault(400, 'not an HTTP request');
      } else {
        this.#phase = 'line';
        return i;
      }
      if (this.fault !== null) return i;
    }
    return end;
  }

  #readLine(chunk: Buffer, start: number, end: number): number {
    for (let i = start; i < end; i++) {
      const byte = chunk[i] ?? 0;
      if (this.#afterCr) {
        if (byte !== LF) return this.#refuse(fault(400, 'CR without LF in the request line'), i);
        this.#line.add(chunk, start, i + 1);
        return this.#endLine(i + 1);
      }
      if (byte === CR) this.#afterCr = true;
      else if (byte === LF) return this.#refuse(fault(400, 'LF without CR in the request line'), i);
      else if (byte === 0) return this.#refuse(fault(400, 'NUL in the request line'), i);
      else if (this.#line.length + (i - start) >= this.#limits.requestLineBytesMax) {
        return this.#refuse(fault(414, 'request line too long'), i);
      }
    }
    this.#line.add(chunk, start, end);
    return end;
  }

  /** The line is judged as soon as it is there: a client that speaks something else may never send an empty line. */
  #endLine(next: number): number {
    this.#afterCr = false;
    this.#lineText = this.#line.take().slice(0, -2);
    const line = parseRequestLine(this.#lineText, this.#limits.requestLineBytesMax);
    if (isFault(line)) return this.#refuse(line, next);
    this.#phase = 'fields';
    this.#section = new FieldSection(this.#limits.headerBytesMax, this.#limits.headerCountMax);
    return next;
  }

  #readFields(chunk: Buffer, start: number, end: number): number {
    const section = this.#section;
    if (section === null) return start;
    const next = section.read(chunk, start, end);
    if (section.fault !== null) return this.#refuse(section.fault, next);
    if (!section.done) return next;
    const head = parseRequestParts(this.#lineText, section.take(), this.#block, this.#limits);
    this.#section = null;
    if (isFault(head)) return this.#refuse(head, next);
    this.#block = head.block;
    this.head = head;
    return next;
  }

  #refuse(reason: RequestFault, index: number): number {
    this.fault = reason;
    return index;
  }
}
