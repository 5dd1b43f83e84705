/**
 * Whether a name holds a hash of the content, as build tools write it before the extension. Only files that such tools
 * make count; never documents, archives or films, whose names are people's: `invoice-INV00042.pdf`.
 *
 * - Django (ManifestStaticFilesStorage): `app.1a2b3c4d5e6f.css`, exactly 12 hexadecimal digits between dots;
 * - webpack, parcel, Next, Rails and others: 8 to 64 hexadecimal digits after a dot or hyphen, with a letter and a digit
 *   among them, so that dates and words are not taken, and not the end of a UUID, which names a thing and not its content;
 * - esbuild: 8 of A-Z and 2-7 (base 32) after a hyphen;
 * - vite, rollup: 8 characters of base64url after a hyphen, webpack's base64 digests: 10 or 20; with capitals, small
 *   letters and digits, and not as words and numbers are put together.
 *
 * Pictures have names of people, too: of them only the hexadecimal and the mixed forms count. A name taken wrongly would
 * be kept for a year by every browser; one not taken costs a request. In doubt it is not. What remains is a picture, or a
 * script, whose name looks like that by chance: `scan-0012ab34.png`, `shot-iPhone6s.png`.
 */
export function hasHashedName(name: string): boolean {
  const kind = KINDS.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
  if (kind === undefined) return false;
  const from = name.lastIndexOf('/') + 1;
  let end = name.length;
  // The extension, and one more: `main.1a2b3c4d.js.map`, `main.1a2b3c4d.chunk.js`.
  for (let extensions = 0; extensions < EXTENSIONS_MAX; extensions++) {
    const dot = name.lastIndexOf('.', end - 1);
    if (dot <= from) return false;
    end = dot;
    const start = 1 + lastSeparator(name, from, end);
    if (start - 1 > from && isHash(name.slice(start, end), name.charCodeAt(start - 1), kind)) {
      return !UUID_BEFORE.test(name.slice(from, start));
    }
    if (MIXED_CHARS.some((chars) => isMixedHash(name, from, end, chars))) return true;
  }
  return false;
}

/** `built`: nobody writes such files but build tools and programmers. `picture`: photos and scans are of this kind. */
type Kind = 'built' | 'picture';

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...['js', 'mjs', 'cjs', 'css', 'map', 'wasm', 'woff', 'woff2', 'ttf', 'eot', 'otf'].map(
    (extension): [string, Kind] => [extension, 'built'],
  ),
  ...['svg', 'png', 'jpg', 'jpeg', 'webp', 'avif', 'gif', 'ico', 'json', 'webmanifest'].map(
    (extension): [string, Kind] => [extension, 'picture'],
  ),
]);

const EXTENSIONS_MAX = 2;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const DJANGO_CHARS = 12;
/** Of vite and rollup, and of webpack with a digest of base64. */
const MIXED_CHARS: readonly number[] = [8, 10, 20];
const TOKENS_MIN = 4;
const HEX = /^[0-9a-f]{8,64}$/;
const BASE32 = /^[A-Z2-7]{8}$/;
const UUID_BEFORE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-$/;
/** A day, perhaps with a letter: `20240131`, `20240131a`. */
const DATE = /^[a-f]{0,2}(?:19|20)\d{6}|(?:19|20)\d{6}[a-f]{0,2}$/;

function isHash(text: string, separator: number, kind: Kind): boolean {
  if (HEX.test(text)) {
    if (kind === 'built' && separator === DOT && text.length === DJANGO_CHARS) return true;
    return /\d/.test(text) && /[a-f]/.test(text) && !DATE.test(text);
  }
  const base32 = kind === 'built' && separator === HYPHEN && BASE32.test(text);
  return base32 && digits(text) >= 2 && /[A-Z].*[A-Z]/.test(text);
}

/** Its characters include the separators: what counts is where it begins. */
function isMixedHash(name: string, from: number, end: number, chars: number): boolean {
  const start = end - chars;
  if (start - 1 <= from || name.charCodeAt(start - 1) !== HYPHEN) return false;
  const text = name.slice(start, end);
  return (
    /^[\w-]+$/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && looksRandom(text)
  );
}

/** Words and numbers have all three, too, and fewer turns: `Summer24`, `JSmith24`, `Q3Report`, `MyPhoto1`. */
function looksRandom(text: string): boolean {
  const tokens = text.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|[-_]/g) ?? [];
  return tokens.length >= TOKENS_MIN && !/^[A-Za-z]+[-_]?\d+$/.test(text);
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
