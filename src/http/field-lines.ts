import { fault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { hasForbiddenByte, isToken, trimOws } from './token.ts';

/** Header or trailer lines, read and checked one by one. */
export interface FieldLines {
  /** Flat: name, value, name, value ... as received, in order; values trimmed of spaces and tabs. */
  readonly fields: string[];
  /** The names in lower case, one per field. */
  readonly lower: string[];
  /**
   * Names left out because they hold `_`: as environ keys `X_A` and `X-A` are the same, so a client could forge what a
   * proxy sets.
   */
  readonly dropped: string[];
}

// Names that come with nearly every request, in the two spellings in use: checked and lower-cased once and for all.
const KNOWN = new Map<string, string>();
for (const name of [
  'Accept Accept-Charset Accept-Encoding Accept-Language Authorization Cache-Control CDN-Loop CF-Connecting-IP',
  'CF-IPCountry CF-Ray CF-Visitor Connection Content-Disposition Content-Encoding Content-Language Content-Length Content-Range',
  'Content-Type Cookie Date DNT Expect Forwarded From Host If-Match If-Modified-Since If-None-Match If-Range',
  'If-Unmodified-Since Keep-Alive Origin Pragma Priority Proxy-Authorization Proxy-Connection Range Referer',
  'Sec-CH-UA Sec-CH-UA-Mobile Sec-CH-UA-Platform Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Sec-GPC',
  'Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-WebSocket-Version TE Trailer Transfer-Encoding',
  'Upgrade Upgrade-Insecure-Requests User-Agent Via X-Csrftoken X-CSRFToken X-Forwarded-For X-Forwarded-Host',
  'X-Forwarded-Port X-Forwarded-Proto X-Real-IP X-Request-ID X-Requested-With Traceparent Tracestate',
].flatMap((line) => line.split(' '))) {
  KNOWN.set(name, name.toLowerCase());
  KNOWN.set(name.toLowerCase(), name.toLowerCase());
}

/**
 * Reads field lines (RFC 9112 5), strictly: `name:value` with CRLF between lines, a token as name, no space before
 * the colon, no
 * obs-fold, no control bytes. The text has no CRLF at its end; an empty text has no lines. Names with `_` mean nothing in a response's
 * way to a client: they are `kept` there.
 */
export function parseFieldLines(
  text: string,
  countMax: number,
  underscores: 'dropped' | 'kept' = 'dropped',
): FieldLines | RequestFault {
  const fields: string[] = [];
  const lower: string[] = [];
  const dropped: string[] = [];
  let at = 0;
  let count = 0;
  const length = text.length;
  while (at < length) {
    if (++count > countMax) return fault(431, 'too many header lines');
    const colon = text.indexOf(':', at);
    if (colon < 0) return explainLine(text, at);
    const name = text.slice(at, colon);
    let low = KNOWN.get(name);
    if (low === undefined) {
      if (!isToken(name)) return explainLine(text, at);
      low = name.toLowerCase();
    }
    let end = text.indexOf('\r\n', colon + 1);
    if (end < 0) end = length;
    // A value starts after one space nearly always; trimming is for the rest.
    const value = trimOws(text.slice(text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1, end));
    if (hasForbiddenByte(value)) return fault(400, 'control byte in a header value');
    at = end + 2;
    if (underscores === 'dropped' && low.includes('_')) {
      dropped.push(name);
      continue;
    }
    fields.push(name, value);
    lower.push(low);
  }
  // The text ended in CRLF: there was an empty line, which only the end of the section may be.
  if (at === length && length > 0) return fault(400, 'empty line within the headers');
  return { fields, lower, dropped };
}

/** Names what is wrong with a line that is not `token:`. */
function explainLine(text: string, at: number): RequestFault {
  const end = text.indexOf('\r\n', at);
  const line = text.slice(at, end < 0 ? text.length : end);
  const first = line.charCodeAt(0);
  if (first === 0x20 || first === 0x09) return fault(400, 'folded header line (obs-fold)');
  const colon = line.indexOf(':');
  if (colon < 0) return fault(400, 'header line without a colon');
  if (colon === 0) return fault(400, 'header line without a name');
  if (/[ \t]$/.test(line.slice(0, colon))) return fault(400, 'space before the colon of a header');
  return fault(400, 'invalid character in a header name');
}
