/**
 * A hash of 53 bits, fed byte by byte: what a manifest with 100,000 names is kept as. Not against an enemy: two names
 * that collide would only be kept longer by browsers.
 */
export class NameHash {
  #high = OFFSET;
  #low = SEED;

  reset(): void {
    this.#high = OFFSET;
    this.#low = SEED;
  }

  byte(byte: number): void {
    this.#high = Math.imul(this.#high ^ byte, 0x01000193);
    this.#low = Math.imul(this.#low ^ byte, 0x5bd1e995);
    this.#low ^= this.#low >>> 15;
  }

  /** A whole number within 2^53. */
  get value(): number {
    return (this.#high >>> 0) * 2 ** 21 + (this.#low >>> 11);
  }
}

/** One latin-1 code point a byte. */
export function nameHash(name: string): number {
  const hash = new NameHash();
  for (let i = 0; i < name.length; i++) hash.byte(name.charCodeAt(i));
  return hash.value;
}

const OFFSET = 0x811c9dc5 | 0;
const SEED = 0x2f6e2b1;
