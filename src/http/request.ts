import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { parseHeaderBlock } from './header-block.ts';
import type { HeaderBlock } from './header-block.ts';
import { sameHost } from './host.ts';
import type { HeadLimits } from './limits.ts';
import { parseTarget } from './target.ts';
import type { Target } from './target.ts';
import { isToken } from './token.ts';

export { isFault } from './fault.ts';
export type { RequestFault } from './fault.ts';
export type { HeaderBlock } from './header-block.ts';
export type { HeadLimits } from './limits.ts';
export type { Target } from './target.ts';

/** A request head that was found good. */
export interface RequestHead {
  /** A token without lower-case letters, 1-32 characters. */
  readonly method: string;
  /** When its authority is not empty it says the same as the Host header, and is what counts (RFC 9112 3.2.2). */
  readonly target: Target;
  readonly block: HeaderBlock;
  /** For whoever derives something from all of it; the same text may be asked for again and again. Of a changed copy: of no meaning. */
  memo: unknown;
}

/** A request line that was found good. */
export interface RequestLine {
  readonly method: string;
  readonly target: Target;
  readonly minor: 0 | 1;
}

export type HeadResult = RequestHead | RequestFault;

const METHOD_BYTES_MAX = 32;

/**
 * Reads a request head (RFC 9112 3 and 5): latin-1 text without its final CRLF CRLF, nor an empty line before it.
 * When header text and
 * version equal those of `previous`, the result's block is that very object.
 */
export function parseRequestHead(text: string, previous: HeaderBlock | null, limits: HeadLimits): HeadResult {
  const end = text.indexOf('\r\n');
  if (end < 0) return parseRequestParts(text, '', previous, limits);
  // An empty line right after the request line would have been the end of the head: not ours to guess.
  if (end + 2 === text.length) return fault(400, 'empty line within the headers');
  return parseRequestParts(text.slice(0, end), text.slice(end + 2), previous, limits);
}

/** As parseRequestHead, with the request line and the header section already apart. */
export function parseRequestParts(
  lineText: string,
  fieldText: string,
  previous: HeaderBlock | null,
  limits: HeadLimits,
): HeadResult {
  const line = parseRequestLine(lineText, limits.requestLineBytesMax);
  if (isFault(line)) return line;
  const { method, target, minor } = line;
  const known = previous !== null && previous.minor === minor && previous.text === fieldText;
  const block = known ? previous : parseHeaderBlock(fieldText, minor, limits);
  if (isFault(block)) return block;
  if (target.scheme !== '' && block.host !== '' && !sameHost(target.authority, block.host, target.scheme)) {
    return fault(400, 'the target names another host than the Host header');
  }
  return { method, target, block, memo: null };
}

/** Reads a request line: `METHOD SP target SP HTTP/1.x` and not a byte else. */
export function parseRequestLine(text: string, bytesMax: number): RequestLine | RequestFault {
  if (text.length > bytesMax) return fault(414, 'request line too long');
  const minor: 0 | 1 | -1 = text.endsWith(' HTTP/1.1') ? 1 : text.endsWith(' HTTP/1.0') ? 0 : -1;
  if (minor === -1) return explainVersion(text);
  const space = text.indexOf(' ');
  const end = text.length - 9;
  if (space >= end) return fault(400, 'request line is not "method target version"');
  const method = text.startsWith('GET ') ? 'GET' : text.slice(0, space);
  if (method !== 'GET') {
    const refusal = checkMethod(method);
    if (refusal !== null) return refusal;
  }
  const raw = text.slice(space + 1, end);
  const target = parseTarget(raw, method);
  if (isFault(target)) return target;
  return { method, target, minor };
}

/** Whether a method may be served; null: it may. */
export function checkMethod(method: string): RequestFault | null {
  if (!isToken(method)) return fault(400, 'invalid character in the method');
  if (method.length > METHOD_BYTES_MAX) return fault(400, 'method too long');
  // Methods are case-sensitive and all known ones are upper case; "get" would be GET to a careless application.
  if (/[a-z]/.test(method)) return fault(400, 'lower-case letter in the method');
  // PRI is reserved for the HTTP/2 preface (RFC 9113 3.4), so that it means nothing here.
  if (method === 'CONNECT' || method === 'TRACE' || method === 'PRI')
    return fault(405, `method ${method} is not served`);
  return null;
}

/** Names what is wrong with a request line that does not end in a version we speak. */
function explainVersion(text: string): RequestFault {
  if (text === 'PRI * HTTP/2.0') return fault(400, 'HTTP/2 preface on a connection that speaks HTTP/1.1');
  if (text.startsWith('PROXY ')) return fault(400, 'PROXY protocol header where none is expected');
  const version = text.slice(text.lastIndexOf(' ') + 1);
  if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) {
    if (version === 'HTTP/1.1' || version === 'HTTP/1.0')
      return fault(400, 'request line is not "method target version"');
    return fault(505, 'HTTP version other than 1.0 and 1.1');
  }
  if (/^[A-Z]+ \S*$/.test(text)) return fault(400, 'request line without a version (HTTP/0.9)');
  return fault(400, 'invalid HTTP version');
}
