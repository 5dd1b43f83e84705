import { latin1 } from '../http/latin1.ts';

/** Pieces of at least this many bytes keep a buffer of their own; smaller ones share blocks. */
const OWN_BUFFER_BYTES_MIN = 4096;
const BLOCK_BYTES_MIN = 256;
const BLOCK_BYTES_MAX = 65_536;
const TEXT_BYTES_MAX = 65_536;

/**
 * Bytes in order, copied in and taken out. A client chooses how small its pieces are; what they cost here is their bytes, not an object for each.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  /** Room that is left at the end of the last chunk's block: the block, and where it is filled to. */
  #block: Buffer | null = null;
  #filled = 0;
  #blockStart = 0;
  #bytes = 0;
  /** The only piece, as long as it may turn out to be wanted as text: bytes of JavaScript's heap cost the collector less than those outside of it. */
  #text = '';

  get bytes(): number {
    return this.#bytes;
  }

  append(chunk: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    if (this.#text !== '') this.#putText();
    if (length >= OWN_BUFFER_BYTES_MIN) {
      this.#seal();
      this.#chunks.push(Buffer.from(chunk.subarray(start, end)));
    } else {
      if (this.#block === null || this.#filled + length > this.#block.length) this.#newBlock(length);
      chunk.copy(this.#block as Buffer, this.#filled, start, end);
      this.#filled += length;
    }
    this.#bytes += length;
  }

  /** As `append`, of what is likely to be all there is: it is kept as text until it is wanted as bytes. */
  appendWhole(chunk: Buffer, start: number, end: number): void {
    if (this.#bytes > 0 || end - start > TEXT_BYTES_MAX) return this.append(chunk, start, end);
    this.#text = latin1(chunk, start, end);
    this.#bytes = end - start;
  }

  /** Everything as latin-1 text, if it is kept so, and the queue is empty then; else null. */
  takeText(): string | null {
    if (this.#text === '') return null;
    const text = this.#text;
    this.clear();
    return text;
  }

  /** At most `max` bytes from the front; null when empty. */
  shift(max: number): Buffer | null {
    if (this.#text !== '') this.#putText();
    if (this.#chunks.length === 0) this.#seal();
    const first = this.#chunks[0];
    if (first === undefined) return null;
    if (first.length <= max) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(max);
    const taken = first.length <= max ? first : first.subarray(0, max);
    this.#bytes -= taken.length;
    return taken;
  }

  /** Everything, in one buffer; the queue stays as it is. */
  peekAll(): Buffer {
    if (this.#text !== '') this.#putText();
    this.#seal();
    const [only] = this.#chunks;
    return this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#bytes);
  }

  /** Everything, in one buffer; the queue is empty then. */
  takeAll(): Buffer {
    const all = this.peekAll();
    this.clear();
    return all;
  }

  /** Puts bytes back in front. */
  unshift(bytes: Buffer): void {
    if (this.#text !== '') this.#putText();
    this.#chunks.unshift(bytes);
    this.#bytes += bytes.length;
  }

  clear(): void {
    this.#chunks = [];
    this.#block = null;
    this.#filled = 0;
    this.#blockStart = 0;
    this.#bytes = 0;
    this.#text = '';
  }

  #putText(): void {
    this.#chunks.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }

  /** What was gathered in the block so far becomes a chunk; the room behind it stays in use. */
  #seal(): void {
    const block = this.#block;
    if (block === null || this.#filled === this.#blockStart) return;
    this.#chunks.push(block.subarray(this.#blockStart, this.#filled));
    this.#blockStart = this.#filled;
  }

  /** Blocks grow with what has come, so that a short body stays small and a long one in few pieces. */
  #newBlock(length: number): void {
    this.#seal();
    const size = Math.min(BLOCK_BYTES_MAX, Math.max(BLOCK_BYTES_MIN, length, this.#bytes));
    this.#block = Buffer.allocUnsafeSlow(size);
    this.#filled = 0;
    this.#blockStart = 0;
  }
}
