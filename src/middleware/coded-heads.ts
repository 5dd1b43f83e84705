import type { Coding } from '../http/accept-encoding.ts';
import type { ResponseHead } from '../http/exchange.ts';

/** What compression makes of one response head. */
export interface HeadVariants {
  /** Its Content-Length; -1 when there is none. */
  readonly contentLength: number;
  /** As it is, and saying that it depends on Accept-Encoding. */
  readonly varied: ResponseHead;
  /**
   * Of a compressed body: no Content-Length, a weak ETag (RFC 9110 8.8.1: the same meaning, other bytes), no ranges, of
   * which there would be others each time.
   */
  coded(coding: Coding): ResponseHead;
}

/** A 304 about a response that may have been compressed. */
export interface NotModifiedVariants {
  /** The application's strong entity tag. */
  readonly etag: string;
  /** With the weak one that compression made of it. */
  readonly weak: ResponseHead;
}

/**
 * Reads response heads and makes their variants. What became of a head is kept as long as the head lives: most come
 * again and again.
 */
export class CodedHeads {
  readonly #isCompressible: (contentType: string) => boolean;
  readonly #known = new WeakMap<ResponseHead, HeadVariants | null>();
  readonly #knownNotModified = new WeakMap<ResponseHead, NotModifiedVariants | null>();

  constructor(isCompressible: (contentType: string) => boolean) {
    this.#isCompressible = isCompressible;
  }

  /** Null when the response is never compressed, whoever asks. */
  of(head: ResponseHead): HeadVariants | null {
    let variants = this.#known.get(head);
    if (variants === undefined) {
      variants = this.#read(head);
      this.#known.set(head, variants);
    }
    return variants;
  }

  /** Of a head with status 304; null when it has no strong entity tag. */
  ofNotModified(head: ResponseHead): NotModifiedVariants | null {
    let variants = this.#knownNotModified.get(head);
    if (variants === undefined) {
      variants = readNotModified(head);
      this.#knownNotModified.set(head, variants);
    }
    return variants;
  }

  #read(head: ResponseHead): HeadVariants | null {
    const { status, fields } = head;
    if (status < 200 || status === 204 || status === 205 || status === 206 || status === 304) return null;
    let contentType = '';
    let contentLength = -1;
    for (let i = 0; i < fields.length; i += 2) {
      const name = (fields[i] ?? '').toLowerCase();
      const value = fields[i + 1] ?? '';
      if (FORBIDDING.has(name)) return null;
      if (name === 'cache-control' && NO_TRANSFORM.test(value)) return null;
      if (name === 'content-type') contentType = value;
      // Not for us to judge when it is none: the connection does, and it gets the head as it is.
      if (name === 'content-length' && contentLength !== -1) return null;
      if (name === 'content-length') contentLength = LENGTH.test(value) ? Number(value) : -2;
    }
    if (contentLength === -2 || !this.#isCompressible(contentType)) return null;
    return new Variants(head, contentLength);
  }
}

// Coded already, a part of something, or with a checksum of the very bytes (RFC 9530).
const FORBIDDING = new Set([
  ...['content-encoding', 'content-range', 'content-digest', 'repr-digest', 'digest', 'content-md5'],
  'transfer-encoding',
]);
const NO_TRANSFORM = /(?:^|,)[ \t]*no-transform[ \t]*(?:,|$)/i;
const LENGTH = /^[0-9]{1,15}$/;
const TOKENS = /[^\s,]+/g;

class Variants implements HeadVariants {
  readonly contentLength: number;
  readonly varied: ResponseHead;
  readonly #coded: { [C in Coding]?: ResponseHead } = {};

  constructor(head: ResponseHead, contentLength: number) {
    this.contentLength = contentLength;
    this.varied = withFields(head, variedFields(head.fields));
  }

  coded(coding: Coding): ResponseHead {
    return (this.#coded[coding] ??= withFields(this.varied, codedFields(this.varied.fields, coding)));
  }
}

function readNotModified(head: ResponseHead): NotModifiedVariants | null {
  const index = head.fields.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'etag');
  const etag = head.fields[index + 1] ?? '';
  if (index === -1 || !etag.startsWith('"')) return null;
  const fields = [...variedFields(head.fields)];
  fields[index + 1] = `W/${etag}`;
  return { etag, weak: withFields(head, fields) };
}

function withFields(head: ResponseHead, fields: readonly string[]): ResponseHead {
  return { status: head.status, reason: head.reason, fields, memo: null };
}

/** Vary gets Accept-Encoding, unless it says so already. */
function variedFields(fields: readonly string[]): readonly string[] {
  const varied = [...fields];
  let first = -1;
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() !== 'vary') continue;
    for (const [token] of (fields[i + 1] ?? '').matchAll(TOKENS))
      if (token === '*' || token.toLowerCase() === 'accept-encoding') return varied;
    if (first === -1) first = i + 1;
  }
  const said = varied[first]?.trim() ?? '';
  if (first === -1) varied.push('Vary', 'Accept-Encoding');
  else varied[first] = said === '' ? 'Accept-Encoding' : `${said}, Accept-Encoding`;
  return varied;
}

function codedFields(fields: readonly string[], coding: Coding): readonly string[] {
  const coded: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'content-length' || lower === 'accept-ranges') continue;
    coded.push(name, lower === 'etag' && value.startsWith('"') ? `W/${value}` : value);
  }
  coded.push('Content-Encoding', coding);
  return coded;
}
