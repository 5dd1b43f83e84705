import { fault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { hexDigit } from './percent.ts';
import { isTokenByte } from './token.ts';

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SIZE_DIGITS_MAX = 16;
/** Bytes of chunk extensions in one whole body; they carry nothing for an application, so this is generous. */
const EXTENSION_BYTES_MAX = 16_384;

type State = 'size' | 'extension' | 'name' | 'value' | 'token' | 'quoted' | 'escaped' | 'afterQuoted' | 'lf';

/**
 * Reads `chunk-size [chunk-ext] CRLF` (RFC 9112 7.1), byte by byte. Sizes are 1-16 hexadecimal digits. Extensions
 * must follow the grammar and are
 * then ignored; whitespace is allowed only after a semicolon.
 */
export class ChunkHeader {
  size = 0;
  done = false;
  fault: RequestFault | null = null;
  #state: State = 'size';
  #digits = 0;
  #extensionBytes = 0;

  /** For the next chunk of the same body. */
  reset(): void {
    this.size = 0;
    this.done = false;
    this.#state = 'size';
    this.#digits = 0;
  }

  /** Takes one byte. */
  step(byte: number): void {
    switch (this.#state) {
      case 'size':
        return this.#stepSize(byte);
      case 'lf':
        if (byte !== LF) this.fault = fault(400, 'chunk size line does not end in CRLF');
        this.done = true;
        return;
      default:
        if (++this.#extensionBytes > EXTENSION_BYTES_MAX)
          this.fault = fault(400, 'too many chunk extensions');
        else if (!this.#stepExtension(byte)) this.fault = fault(400, 'bad chunk extension');
    }
  }

  #stepSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > SIZE_DIGITS_MAX) this.fault = fault(400, 'chunk size too long');
      this.size = this.size * 16 + digit;
      if (!Number.isSafeInteger(this.size)) this.fault = fault(400, 'chunk size out of range');
    } else if (this.#digits === 0 || !this.#separator(byte)) {
      this.fault = fault(400, 'bad chunk size');
    }
  }

  /** Whether the byte is one that may end a size, a name or a value. */
  #separator(byte: number): boolean {
    if (byte === CR) this.#state = 'lf';
    else if (byte === SEMICOLON) this.#state = 'extension';
    else return false;
    return true;
  }

  #stepExtension(byte: number): boolean {
    switch (this.#state) {
      case 'extension':
        if (byte === 0x20 || byte === 0x09) return true;
        this.#state = 'name';
        return isTokenByte(byte);
      case 'name':
        if (isTokenByte(byte)) return true;
        if (byte !== EQUALS) return this.#separator(byte);
        this.#state = 'value';
        return true;
      case 'value':
        this.#state = byte === QUOTE ? 'quoted' : 'token';
        return byte === QUOTE || isTokenByte(byte);
      case 'token':
        return isTokenByte(byte) || this.#separator(byte);
      case 'quoted':
        if (byte === QUOTE) this.#state = 'afterQuoted';
        else if (byte === BACKSLASH) this.#state = 'escaped';
        return isQuotable(byte);
      case 'escaped':
        this.#state = 'quoted';
        return isQuotable(byte);
      default:
        return this.#separator(byte);
    }
  }
}

function isQuotable(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
}
