import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { parseFieldLines } from './field-lines.ts';
import { isHost } from './host.ts';
import type { HeadLimits } from './limits.ts';
import { trimOws } from './token.ts';

/**
 * The headers of a request and everything that follows from their text alone. Two requests with the same text and
 * minor version
 * share one block, so nothing in it may depend on the request line.
 */
export interface HeaderBlock {
  /** The header section as received, without its last CRLF. */
  readonly text: string;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minor: 0 | 1;
  /** Flat: name, value, name, value ... as received; names with `_` already left out. */
  readonly fields: readonly string[];
  /** Lower-case names, one per field. */
  readonly lower: readonly string[];
  /** The Host header, valid; empty only on HTTP/1.0 without one. */
  readonly host: string;
  /** Content-Length, 0 to 2^53-1; -1 when there is none. */
  readonly contentLength: number;
  /** Transfer-Encoding is `chunked`. Never together with a Content-Length. */
  readonly chunked: boolean;
  /** The client waits for 100 Continue before it sends the body. */
  readonly expectContinue: boolean;
  /** The connection ends with this request's response: `Connection: close`, or HTTP/1.0 without `keep-alive`. */
  readonly close: boolean;
  /** Lower-case value of Upgrade when Connection lists `upgrade`, else empty. */
  readonly upgrade: string;
  /** Names left out because they hold `_`. */
  readonly dropped: readonly string[];
  /** For whoever owns the connection: what it derived from this block. */
  memo: unknown;
}

// One bit per header that means something here. Those of the first line may come once only (RFC 9110 5.3; nginx and
// others agree).
const BITS = new Map<string, number>(
  [
    ...['host', 'content-length', 'transfer-encoding', 'expect', 'authorization', 'proxy-authorization'],
    ...['content-type', 'content-range', 'if-modified-since', 'if-unmodified-since', 'if-range'],
    ...['connection', 'upgrade'],
  ].map((name, index) => [name, 1 << index]),
);
const HOST = 1 << 0;
const CONTENT_LENGTH = 1 << 1;
const TRANSFER_ENCODING = 1 << 2;
const EXPECT = 1 << 3;
const CONNECTION = 1 << 11;
const UPGRADE = 1 << 12;
const REPEATABLE = CONNECTION | UPGRADE;
const FRAMING = CONTENT_LENGTH | TRANSFER_ENCODING;
// Allowed as whitespace around a value, but readers differ whether "chunked\t" is "chunked".
const FRAMING_WITH_TAB = /(?:^|\n)(?:content-length|transfer-encoding):[^\r]*\t/i;
// 2^53-1 has 16 digits. More digits could only be leading zeros: nobody honest sends them.
const CONTENT_LENGTH_DIGITS = /^[0-9]{1,16}$/;

/** The special headers of one block, by their place in `fields`. -1: absent. */
interface Special {
  seen: number;
  host: string;
  contentLength: string;
  transferEncoding: string;
  expect: string;
  connection: string;
  upgrade: string;
}

/** Reads a header section and decides its framing (RFC 9112 6.3) or refuses it. */
export function parseHeaderBlock(text: string, minor: 0 | 1, limits: HeadLimits): HeaderBlock | RequestFault {
  if (text.length > limits.headerBytesMax) return fault(431, 'headers too large');
  const lines = parseFieldLines(text, limits.headerCountMax);
  if (isFault(lines)) return lines;
  const special = collectSpecial(lines.fields, lines.lower);
  if (isFault(special)) return special;
  const refusal = checkSpecial(special, minor);
  if (refusal !== null) return refusal;
  if ((special.seen & FRAMING) !== 0 && text.includes('\t') && FRAMING_WITH_TAB.test(text)) {
    return fault(400, 'tab in a header that frames the body');
  }
  const { seen } = special;
  const options = (seen & CONNECTION) === 0 ? '' : connectionOptions(special.connection);
  const close =
    minor === 1
      ? options.includes(' close ')
      : options.includes(' close ') || !options.includes(' keep-alive ');
  return {
    text,
    minor,
    fields: lines.fields,
    lower: lines.lower,
    host: special.host,
    contentLength: (seen & CONTENT_LENGTH) === 0 ? -1 : Number(special.contentLength),
    chunked: (seen & TRANSFER_ENCODING) !== 0,
    // RFC 9110 10.1.1: an expectation on HTTP/1.0 is ignored.
    expectContinue: minor === 1 && (seen & EXPECT) !== 0,
    close,
    // RFC 9110 7.8: Upgrade on HTTP/1.0 is ignored.
    upgrade: minor === 1 && options.includes(' upgrade ') ? special.upgrade.toLowerCase() : '',
    dropped: lines.dropped,
    memo: null,
  };
}

function collectSpecial(fields: readonly string[], lower: readonly string[]): Special | RequestFault {
  const special: Special = {
    seen: 0,
    host: '',
    contentLength: '',
    transferEncoding: '',
    expect: '',
    connection: '',
    upgrade: '',
  };
  for (let i = 0; i < lower.length; i++) {
    const name = lower[i] ?? '';
    const bit = BITS.get(name);
    if (bit === undefined) continue;
    const again = (special.seen & bit) !== 0;
    if (again && (bit & REPEATABLE) === 0) return fault(400, `repeated ${name} header`);
    special.seen |= bit;
    const value = fields[2 * i + 1] ?? '';
    if (bit === HOST) special.host = value;
    else if (bit === CONTENT_LENGTH) special.contentLength = value;
    else if (bit === TRANSFER_ENCODING) special.transferEncoding = value;
    else if (bit === EXPECT) special.expect = value;
    else if (bit === CONNECTION) special.connection = again ? `${special.connection},${value}` : value;
    else if (bit === UPGRADE) special.upgrade = again ? `${special.upgrade}, ${value}` : value;
  }
  return special;
}

function checkSpecial(special: Special, minor: 0 | 1): RequestFault | null {
  const { seen } = special;
  if ((seen & HOST) === 0) {
    if (minor === 1) return fault(400, 'HTTP/1.1 request without a Host header');
  } else if (!isHost(special.host)) {
    return fault(400, 'invalid Host header');
  }
  if ((seen & TRANSFER_ENCODING) !== 0) {
    if ((seen & CONTENT_LENGTH) !== 0) return fault(400, 'both Content-Length and Transfer-Encoding');
    if (minor === 0) return fault(400, 'Transfer-Encoding on HTTP/1.0');
    if (special.transferEncoding.toLowerCase() !== 'chunked')
      return fault(501, 'transfer coding other than chunked');
  }
  if ((seen & CONTENT_LENGTH) !== 0) {
    const length = special.contentLength;
    if (!CONTENT_LENGTH_DIGITS.test(length)) return fault(400, 'Content-Length is not a number');
    if (!Number.isSafeInteger(Number(length))) return fault(400, 'Content-Length out of range');
  }
  if ((seen & EXPECT) !== 0 && special.expect.toLowerCase() !== '100-continue') {
    return fault(417, 'expectation other than 100-continue');
  }
  return null;
}

/** The options of a Connection header in lower case, each between two spaces, for a quick search. */
function connectionOptions(value: string): string {
  if (value === 'keep-alive') return ' keep-alive ';
  return ` ${value
    .toLowerCase()
    .split(',')
    .map((option) => trimOws(option))
    .join(' ')} `;
}
