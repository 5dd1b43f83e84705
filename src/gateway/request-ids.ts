import { randomBytes } from 'node:crypto';

/** Request ids: a random prefix per gateway process and a count, so that they are unique without a system call each. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string = randomBytes(5).toString('hex')) {
    this.#prefix = `${prefix}-`;
  }

  next(): string {
    this.#count += 1;
    return this.#prefix + this.#count.toString(36);
  }
}
