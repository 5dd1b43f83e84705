import { latin1 } from './latin1.ts';

/** Bytes of one short thing that arrives in pieces, copied out of the read buffer they came in. */
export class Gather {
  #buffer: Buffer | null = null;
  #length = 0;
  readonly #bytesMax: number;

  /** @param bytesMax what the caller will never go beyond; memory grows with what came, not to this at once */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Copies the bytes of `chunk` from `start` up to `end`. */
  add(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + (end - start);
    if (length > this.#bytesMax) throw new RangeError('gathered more than its limit');
    if (this.#buffer === null || length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#bytesMax, Math.max(256, length * 2)));
      if (this.#buffer !== null) this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }

  /** The bytes as latin-1 text, and an empty gather again. */
  take(): string {
    const text = this.#buffer === null ? '' : latin1(this.#buffer, 0, this.#length);
    this.clear();
    return text;
  }

  clear(): void {
    this.#buffer = null;
    this.#length = 0;
  }
}
