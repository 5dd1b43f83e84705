import type { HeaderBlock } from './header-block.ts';
import { parseHttpDate } from './parse-date.ts';
import { trimOws } from './token.ts';

/** What tells two versions of a representation apart (RFC 9110 8.8). */
export interface Validators {
  /** Strong, with its quotes; '' none. */
  readonly etag: string;
  /** Whole seconds since 1970; -1 none. */
  readonly lastModified: number;
}

/**
 * Conditional requests (RFC 9110 section 13) to a representation that exists, in the order of 13.2.2: If-Match, else
 * If-Unmodified-Since; then If-None-Match, else If-Modified-Since. 'failed' is 412, 'not_modified' 304 (GET and HEAD
 * only; for other methods that is 412). Dates that are none are ignored; several lines of one list are one list.
 */
export function evaluatePreconditions(
  method: string,
  block: HeaderBlock,
  validators: Validators,
): 'proceed' | 'not_modified' | 'failed' {
  // 13.2.1: methods that do not select a representation have no conditions.
  if (method === 'OPTIONS' || method === 'TRACE' || method === 'CONNECT') return 'proceed';
  const { lastModified } = validators;
  const ifMatch = listMatches(block, 'if-match', validators.etag, true);
  if (ifMatch === false) return 'failed';
  if (ifMatch === null && lastModified !== -1) {
    const since = dateOf(block, 'if-unmodified-since');
    if (since !== -1 && lastModified > since) return 'failed';
  }
  const reads = method === 'GET' || method === 'HEAD';
  const ifNoneMatch = listMatches(block, 'if-none-match', validators.etag, false);
  if (ifNoneMatch === true) return reads ? 'not_modified' : 'failed';
  if (ifNoneMatch === null && reads && lastModified !== -1) {
    const since = dateOf(block, 'if-modified-since');
    if (since !== -1 && lastModified <= since) return 'not_modified';
  }
  return 'proceed';
}

/**
 * Whether a Range may be honoured (RFC 9110 13.1.5); true when there is no If-Range. Entity tags are compared strongly.
 * A date must be exactly Last-Modified, and is only believed when that second is over at `nowMs` (milliseconds since
 * 1970): within it the file may change again and keep its date (8.8.2.2).
 */
export function ifRangeHolds(block: HeaderBlock, validators: Validators, nowMs = Date.now()): boolean {
  const index = block.lower.indexOf('if-range');
  if (index === -1) return true;
  const value = block.fields[2 * index + 1] ?? '';
  const { etag, lastModified } = validators;
  // Dates hold no quotes; entity tags do within their first three characters, and weak ones never compare equal.
  if (value.includes('"')) return etag !== '' && value === etag && etag.charCodeAt(0) === QUOTE;
  if (lastModified === -1 || parseHttpDate(value) !== lastModified) return false;
  return nowMs >= (lastModified + 1) * 1000;
}

/**
 * Whether there is a header of section 13 or a Range at all: most requests have neither, and one look at the names is
 * all they cost.
 */
export function isConditional(block: HeaderBlock): boolean {
  const { lower } = block;
  for (let i = 0; i < lower.length; i++) {
    const name = lower[i] ?? '';
    const code = name.charCodeAt(0);
    if (code === 0x69 ? CONDITIONS.has(name) : code === 0x72 && name === 'range') return true;
  }
  return false;
}

const QUOTE = 0x22;
const CONDITIONS = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
]);

/** null: no such header. */
function listMatches(block: HeaderBlock, name: string, etag: string, strong: boolean): boolean | null {
  const { lower, fields } = block;
  let present = false;
  for (let i = 0; i < lower.length; i++) {
    if (lower[i] !== name) continue;
    present = true;
    const value = fields[2 * i + 1] ?? '';
    // What is asked about exists. A star among other things is malformed, and matches nothing.
    if (value === '*') return true;
    // Most often one tag, our own.
    if (value === etag && etag !== '' && (!strong || etag.charCodeAt(0) === QUOTE)) return true;
    if (etag !== '' && listHas(value, etag, strong)) return true;
  }
  return present ? false : null;
}

/** RFC 9110 8.8.3.2. What is no entity tag is passed over up to the next comma. */
function listHas(list: string, etag: string, strong: boolean): boolean {
  const weakOwn = etag.charCodeAt(0) !== QUOTE;
  if (strong && weakOwn) return false;
  const opaque = weakOwn ? etag.slice(2) : etag;
  let at = 0;
  while (at < list.length) {
    const code = list.charCodeAt(at);
    if (code === 0x20 || code === 0x09 || code === 0x2c) {
      at += 1;
      continue;
    }
    const weak = code === 0x57 && list.charCodeAt(at + 1) === 0x2f;
    const start = weak ? at + 2 : at;
    const close = list.charCodeAt(start) === QUOTE ? list.indexOf('"', start + 1) : -1;
    const end = close === -1 ? commaAfter(list, start) : commaAfter(list, close + 1);
    if (close !== -1 && !(weak && strong) && trimOws(list.slice(start, end)) === opaque) return true;
    at = end;
  }
  return false;
}

function commaAfter(list: string, start: number): number {
  const comma = list.indexOf(',', start);
  return comma === -1 ? list.length : comma;
}

/** -1: no such header, or no date in it. */
function dateOf(block: HeaderBlock, name: string): number {
  const index = block.lower.indexOf(name);
  return index === -1 ? -1 : parseHttpDate(block.fields[2 * index + 1] ?? '');
}
