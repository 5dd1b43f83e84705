import { writeLatin1 } from '../http/latin1.ts';

/** Nothing longer is joined: a slow client would hold so much of ours for a part of it. */
export const JOINED_BYTES_MAX = 16_384;

const NOTHING = Buffer.alloc(0) as Buffer;

/** Where a text and bytes are put one after the other, to be written as one: the same memory again and again, until it is given away. */
export class JoinedBytes {
  #memory = NOTHING;
  #view = NOTHING;

  /** What is returned is valid until the next call. Together they are at most JOINED_BYTES_MAX. */
  join(text: string, chunk: Buffer, start: number, end: number): Buffer {
    const length = text.length + end - start;
    if (this.#memory === NOTHING) this.#memory = Buffer.allocUnsafeSlow(JOINED_BYTES_MAX);
    writeLatin1(this.#memory, text, 0);
    chunk.copy(this.#memory, text.length, start, end);
    if (this.#view.length !== length) this.#view = this.#memory.subarray(0, length);
    return this.#view;
  }

  /** What was joined last is somebody else's now. */
  giveAway(): void {
    this.#memory = NOTHING;
    this.#view = NOTHING;
  }
}
