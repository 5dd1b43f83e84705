import { NameHash } from './name-hash.ts';

/**
 * Reads Django's staticfiles.json piece by piece and keeps of every name with a hash of its content only 53 bits:
 * `{"paths": {"css/a.css": "css/a.1a2b3c4d5e6f.css"}}`. What maps to itself has no hash. A manifest of 100,000 names is
 * 10 MB; parsed as a whole it would stop the event loop and fill the memory.
 */
export class ManifestScanner {
  #hashes = new Float64Array(1024);
  #count = 0;
  readonly #hash = new NameHash();
  #depth = 0;
  #inString = false;
  /** Characters of an escape that are read already, without the backslash; null: none has begun. */
  #escape: string | null = null;
  #surrogate = 0;
  #isValue = false;
  /** The key at depth 1, as far as it matters. */
  #section = '';
  #key = 0;
  #failed = false;

  /** A piece of the file. */
  push(piece: Buffer): void {
    for (const byte of piece) {
      if (this.#inString) this.#stringByte(byte);
      else this.#byte(byte);
    }
  }

  /** The hashes in ascending order; null when it was no manifest. */
  end(): Float64Array | null {
    if (this.#failed || this.#inString || this.#depth !== 0) return null;
    return this.#hashes.slice(0, this.#count).sort();
  }

  #byte(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        this.#hash.reset();
        if (this.#depth === 1 && !this.#isValue) this.#section = '';
        return;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#depth += 1;
        this.#isValue = false;
        if (this.#depth > DEPTH_MAX) this.#failed = true;
        return;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#depth -= 1;
        this.#isValue = false;
        if (this.#depth < 0) this.#failed = true;
        return;
      case COLON:
        this.#isValue = true;
        return;
      case COMMA:
        this.#isValue = false;
        return;
      default:
    }
  }

  #stringByte(byte: number): void {
    if (this.#escape !== null) return this.#escaped(byte);
    if (byte === BACKSLASH) {
      this.#escape = '';
      return;
    }
    if (byte !== QUOTE) return this.#take(byte);
    this.#inString = false;
    if (this.#depth !== 2 || this.#section !== 'paths') return;
    if (!this.#isValue) this.#key = this.#hash.value;
    else if (this.#hash.value !== this.#key) this.#keep(this.#hash.value);
  }

  #take(byte: number): void {
    this.#hash.byte(byte);
    if (this.#depth === 1 && !this.#isValue && this.#section.length < SECTION_CHARS_MAX) {
      this.#section += String.fromCharCode(byte);
    }
  }

  /** RFC 8259 section 7; Python writes everything beyond ASCII as \uXXXX, in pairs beyond U+FFFF. */
  #escaped(byte: number): void {
    const text = this.#escape + String.fromCharCode(byte);
    if (!text.startsWith('u')) {
      this.#escape = null;
      return this.#take((ESCAPES[text] ?? text).charCodeAt(0));
    }
    this.#escape = text;
    if (text.length < 5) return;
    this.#escape = null;
    const code = Number.parseInt(text.slice(1), 16);
    if (code >= 0xd800 && code < 0xdc00) {
      this.#surrogate = code;
      return;
    }
    const low = code >= 0xdc00 && code < 0xe000;
    const point = low ? 0x10000 + (this.#surrogate - 0xd800) * 0x400 + (code - 0xdc00) : code;
    // A name that is no UTF-8 is written by Python as one low surrogate per byte (surrogateescape, PEP 383).
    if (low && this.#surrogate === 0) return this.#take(code & 0xff);
    this.#surrogate = 0;
    for (const one of Buffer.from(String.fromCodePoint(point), 'utf8')) this.#take(one);
  }

  #keep(hash: number): void {
    if (this.#count === NAMES_MAX) return;
    if (this.#count === this.#hashes.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#count] = hash;
    this.#count += 1;
  }
}

const NAMES_MAX = 1_000_000;
const DEPTH_MAX = 16;
const SECTION_CHARS_MAX = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
