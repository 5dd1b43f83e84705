/**
 * Whether a name holds a hash of the content, as build tools write it before the extension:
 *
 * - Django (ManifestStaticFilesStorage): `app.1a2b3c4d5e6f.css`, exactly 12 hexadecimal digits between dots;
 * - webpack, parcel, Rails and others: 8 to 64 hexadecimal digits after a dot or hyphen, with a letter and a digit among
 *   them, so that dates and words are not taken, and not the end of a UUID, which names a thing and not its content;
 * - esbuild: 8 capitals and digits of base 32 after a hyphen;
 * - vite, rollup: 8 characters of base64url after a hyphen, with capitals, small letters and digits.
 *
 * A name taken wrongly would be kept for a year by every browser; one not taken costs a request. In doubt it is not.
 */
export function hasHashedName(name: string): boolean {
  const from = name.lastIndexOf('/') + 1;
  let end = name.length;
  // The extension, and one more: `main.1a2b3c4d.js.map`, `main.1a2b3c4d.chunk.js`.
  for (let extensions = 0; extensions < EXTENSIONS_MAX; extensions++) {
    const dot = name.lastIndexOf('.', end - 1);
    if (dot <= from) return false;
    end = dot;
    const start = 1 + lastSeparator(name, from, end);
    if (start - 1 > from && isHash(name.slice(start, end), name.charCodeAt(start - 1))) {
      return !UUID_BEFORE.test(name.slice(from, start));
    }
    if (isViteHash(name, from, end)) return true;
  }
  return false;
}

const EXTENSIONS_MAX = 2;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const DJANGO_CHARS = 12;
const BASE64_CHARS = 8;
const HEX = /^[0-9a-f]{8,64}$/;
const BASE32 = /^[0-9A-Z]{8}$/;
const UUID_BEFORE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-$/;
/** A day, perhaps with a letter: `20240131`, `20240131a`. */
const DATE = /^[a-f]{0,2}(?:19|20)\d{6}|(?:19|20)\d{6}[a-f]{0,2}$/;

function isHash(text: string, separator: number): boolean {
  if (HEX.test(text)) {
    if (separator === DOT && text.length === DJANGO_CHARS) return true;
    return /\d/.test(text) && /[a-f]/.test(text) && !DATE.test(text);
  }
  // esbuild: eight of base 32 after a hyphen.
  return separator === HYPHEN && BASE32.test(text) && digits(text) >= 2 && /[A-Z]{1}.*[A-Z]/.test(text);
}

/** Its characters include the separators: what counts is where it begins. */
function isViteHash(name: string, from: number, end: number): boolean {
  const start = end - BASE64_CHARS;
  if (start - 1 <= from || name.charCodeAt(start - 1) !== HYPHEN) return false;
  const text = name.slice(start, end);
  return (
    /^[\w-]+$/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && looksRandom(text)
  );
}

/** `Release2`, `Version1`, `iPhone12` have all three, too: a word with a number behind it. */
function looksRandom(text: string): boolean {
  return !/^[A-Z]?[a-z]+[A-Z]?[a-z]*[-_]?\d+$/.test(text);
}

function digits(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= 0x39) count += 1;
  return count;
}

function lastSeparator(name: string, from: number, end: number): number {
  for (let i = end - 1; i >= from; i--) {
    const code = name.charCodeAt(i);
    if (code === DOT || code === HYPHEN) return i;
  }
  return from - 1;
}
