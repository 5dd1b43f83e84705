import { fault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { Gather } from './gather.ts';

const CR = 0x0d;
const LF = 0x0a;

/**
 * Finds the end of a header or trailer section, the empty line, in bytes that arrive in pieces. Refuses at the first
 * byte that makes
 * the section hopeless, without waiting for its end.
 */
export class FieldSection {
  done = false;
  fault: RequestFault | null = null;
  readonly #bytesMax: number;
  readonly #countMax: number;
  readonly #gather: Gather;
  #afterCr = false;
  #lineBytes = 0;
  #lines = 0;
  /** Bytes of the section so far, line ends included. */
  #bytes = 0;

  constructor(bytesMax: number, countMax: number) {
    this.#bytesMax = bytesMax;
    this.#countMax = countMax;
    // The empty line's own CRLF, and the CRLF of the line before it.
    this.#gather = new Gather(bytesMax + 4);
  }

  /** The section without its final CRLFs; only once `done`. */
  take(): string {
    const text = this.#gather.take();
    return text.endsWith('\r\n\r\n') ? text.slice(0, -4) : '';
  }

  /** Reads from `start`, at most to `end`; returns the index after the last byte used. */
  read(chunk: Buffer, start: number, end: number): number {
    for (let i = start; i < end; i++) {
      this.#step(chunk[i] ?? 0);
      if (this.fault !== null) return i;
      if (this.done) {
        this.#gather.add(chunk, start, i + 1);
        return i + 1;
      }
    }
    this.#gather.add(chunk, start, end);
    return end;
  }

  #step(byte: number): void {
    this.#bytes++;
    if (this.#afterCr) {
      if (byte !== LF) this.fault = fault(400, 'CR without LF in the headers');
      else if (this.#lineBytes === 0) this.done = true;
      this.#afterCr = false;
      this.#lineBytes = 0;
      return;
    }
    if (byte === CR) {
      this.#afterCr = true;
      return;
    }
    if (byte === LF) this.fault = fault(400, 'LF without CR in the headers');
    else if (byte === 0) this.fault = fault(400, 'NUL in the headers');
    else if (this.#bytes > this.#bytesMax) this.fault = fault(431, 'headers too large');
    else if (this.#lineBytes++ === 0 && ++this.#lines > this.#countMax)
      this.fault = fault(431, 'too many header lines');
  }
}
