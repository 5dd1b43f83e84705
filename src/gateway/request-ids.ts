import { randomBytes } from 'node:crypto';

/** Request ids: a random prefix per gateway process and a count, so that they are unique without a system call each. */
export class RequestIds {
  /** With the higher digits of the count. */
  #prefix: string;
  readonly #process: string;
  #higher = 0;
  #lower = 0;

  constructor(prefix: string = randomBytes(5).toString('hex')) {
    this.#process = `${prefix}-`;
    this.#prefix = this.#process;
  }

  next(): string {
    this.#lower += 1;
    if (this.#lower === LOWER.length) this.#carry();
    return this.#prefix + (this.#higher === 0 ? this.#lower.toString(36) : LOWER[this.#lower]);
  }

  #carry(): void {
    this.#lower = 0;
    this.#higher += 1;
    this.#prefix = this.#process + this.#higher.toString(36);
  }
}

/** The last two digits of a count to the base of 36. */
const LOWER = Array.from({ length: 36 * 36 }, (_, count) => count.toString(36).padStart(2, '0'));
