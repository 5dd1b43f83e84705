/** Some bytes of a representation. */
export interface ByteRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** More ranges than this in one header, and the whole representation is sent. */
export const RANGES_MAX = 16;

/**
 * Reads a Range header (RFC 9110 14.2) for a representation of `size` bytes. Null: ignore the header and send
 * everything; 'unsatisfiable': 416. Ranges keep the client's order; one that continues or overlaps the one before it is
 * joined to it.
 *
 * Ignored are other units, what is malformed, and what would make us work more than sending everything (CVE-2011-3192):
 * more than RANGES_MAX ranges, ranges that are together longer than the representation, a byte in more than two ranges.
 */
export function selectRanges(header: string, size: number): readonly ByteRange[] | 'unsatisfiable' | null {
  if (!isBytesUnit(header)) return null;
  const ranges: ByteRange[] = [];
  const cursor = { at: UNIT_CHARS };
  let specs = 0;
  while (skipSeparators(header, cursor)) {
    specs += 1;
    if (specs > RANGES_MAX) return null;
    const range = readRange(header, cursor, size);
    if (range === null) return null;
    if (range !== UNSATISFIABLE) ranges.push(range);
  }
  if (specs === 0) return null;
  if (ranges.length === 0) return 'unsatisfiable';
  if (ranges.length === 1) return ranges;
  return isWasteful(ranges, size) ? null : joined(ranges);
}

const UNIT_CHARS = 6;
const COMMA = 0x2c;
const DASH = 0x2d;
const UNSATISFIABLE: ByteRange = { first: 0, last: -1 };

/** `bytes=`, in any case; range units are tokens without case (14.1). */
function isBytesUnit(header: string): boolean {
  return header.startsWith('bytes=') || header.slice(0, UNIT_CHARS).toLowerCase() === 'bytes=';
}

/** Empty list elements are allowed (RFC 9110 5.6.1.2). False at the end of the header. */
function skipSeparators(header: string, cursor: { at: number }): boolean {
  for (; cursor.at < header.length; cursor.at++) {
    const code = header.charCodeAt(cursor.at);
    if (code !== COMMA && code !== 0x20 && code !== 0x09) return true;
  }
  return false;
}

/** One `first-last`, `first-` or `-length`, up to the comma or the end after it. Null: malformed. */
function readRange(header: string, cursor: { at: number }, size: number): ByteRange | null {
  const first = readNumber(header, cursor);
  if (header.charCodeAt(cursor.at) !== DASH) return null;
  cursor.at += 1;
  const last = readNumber(header, cursor);
  if (!atElementEnd(header, cursor)) return null;
  if (first === -1) {
    if (last === -1) return null;
    if (last === 0 || size === 0) return UNSATISFIABLE;
    return { first: Math.max(0, size - last), last: size - 1 };
  }
  if (last !== -1 && last < first) return null;
  if (first >= size) return UNSATISFIABLE;
  return { first, last: last === -1 ? size - 1 : Math.min(last, size - 1) };
}

/** -1: no digit. Larger numbers than 2^53-1 are that: no file is so long. */
function readNumber(header: string, cursor: { at: number }): number {
  let value = -1;
  for (; cursor.at < header.length; cursor.at++) {
    const digit = header.charCodeAt(cursor.at) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value === -1 ? digit : value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  return value;
}

function atElementEnd(header: string, cursor: { at: number }): boolean {
  for (; cursor.at < header.length; cursor.at++) {
    const code = header.charCodeAt(cursor.at);
    if (code === COMMA) return true;
    if (code !== 0x20 && code !== 0x09) return false;
  }
  return true;
}

function isWasteful(ranges: readonly ByteRange[], size: number): boolean {
  let sum = 0;
  for (const range of ranges) sum += range.last - range.first + 1;
  if (sum > size) return true;
  // Where most ranges lie on each other, one of them begins.
  return ranges.some(
    ({ first }) => ranges.filter((other) => other.first <= first && first <= other.last).length > 2,
  );
}

function joined(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const out: ByteRange[] = [];
  let open: ByteRange | null = null;
  for (const range of ranges) {
    if (open !== null && range.first >= open.first && range.first <= open.last + 1) {
      open = { first: open.first, last: Math.max(open.last, range.last) };
      out[out.length - 1] = open;
    } else {
      open = range;
      out.push(range);
    }
  }
  return out;
}
