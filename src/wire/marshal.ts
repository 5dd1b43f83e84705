/**
 * CPython's `marshal` format, the few codes of it that every CPython since 3.4 reads, as latin-1 strings of bytes.
 * Only ever sent to a worker of the same installation. See "REQUEST" in docs/internals/wire.md.
 */
import { u32 } from './frame.ts';

/** A text of any code points; lone surrogates pass as they are (Python reads them with `surrogatepass`). */
export function marshalText(s: string): string {
  if (NOT_ASCII.test(s)) {
    const utf8 = utf8Bytes(s);
    return `u${u32(utf8.length)}${utf8}`;
  }
  return marshalAscii(s);
}

/** As `marshalText`, of a text that is known to be ASCII. */
export function marshalAscii(s: string): string {
  return s.length < 256 ? `z${String.fromCharCode(s.length)}${s}` : `a${u32(s.length)}${s}`;
}

/** A bytes object from a latin-1 string, one character per byte. */
export function marshalBytes(latin1: string): string {
  return `s${u32(latin1.length)}${latin1}`;
}

/** An int from -2^31 to 2^31-1; anything else is a RangeError. */
export function marshalInt(n: number): string {
  if ((n | 0) !== n) throw new RangeError(`${n} is not a 32-bit integer`);
  return `i${u32(n)}`;
}

/** Python's None. */
export const MARSHAL_NONE = 'N';

/** A tuple of values that are already marshalled. */
export function marshalTuple(items: readonly string[]): string {
  const head = items.length < 256 ? `)${String.fromCharCode(items.length)}` : `(${u32(items.length)}`;
  return head + items.join('');
}

/** A dict; both the key and the value of an entry are already marshalled. */
export function marshalDict(entries: readonly (readonly [key: string, value: string])[]): string {
  let out = '{';
  for (const [key, value] of entries) out += key + value;
  return `${out}0`;
}

const NOT_ASCII = /[^\0-\x7f]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The UTF-8 bytes of a text as a latin-1 string. */
function utf8Bytes(s: string): string {
  return LONE_SURROGATE.test(s) ? utf8BytesWithSurrogates(s) : Buffer.from(s, 'utf8').toString('latin1');
}

/** As `utf8Bytes`, a lone surrogate being encoded like any other code point, where Buffer would put U+FFFD. */
function utf8BytesWithSurrogates(s: string): string {
  let out = '';
  for (const char of s) {
    const code = char.codePointAt(0) as number;
    out +=
      code >= 0xd800 && code <= 0xdfff
        ? String.fromCharCode(0xe0 | (code >>> 12), 0x80 | ((code >>> 6) & 63), 0x80 | (code & 63))
        : Buffer.from(char, 'utf8').toString('latin1');
  }
  return out;
}
