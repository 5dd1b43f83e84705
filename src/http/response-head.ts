import { hasForbiddenByte, isToken, trimOws } from './token.ts';

/** A response head of an application, checked and ready but for what the connection decides. */
export interface ResponsePlan {
  readonly status: number;
  /**
   * `HTTP/1.1 200 OK` and header lines, each with its CRLF; without Date, Server, Connection, Content-Length and
   * Transfer-Encoding, and without
   * the empty line.
   */
  readonly headText: string;
  /** What the application said it will send, 0 to 2^53-1; -1 when it said nothing or the status has no body. */
  readonly contentLength: number;
  /** 1xx, 204 and 304 have no body, whatever the application gives. */
  readonly noBody: boolean;
  /** The application sent `Connection: close`: the header is dropped, the wish may be granted. */
  readonly closeWanted: boolean;
  /** Server-sent events: a response without an end of its own. */
  readonly eventStream: boolean;
  /** For whoever writes it down: what it made of it. */
  memo: unknown;
}

const EVENT_STREAM = /\r\ncontent-type: text\/event-stream(?:[ \t;]|\r\n)/i;
const LATIN_1_ONLY = /^[\x00-\xff]*$/;
const CONTENT_LENGTH_DIGITS = /^[0-9]{1,16}$/;
// Ours to say, or only between two hops (RFC 9110 7.6.1); PEP 3333 "Other HTTP Features" forbids an application to
// send them.
const DROPPED = new Set([
  ...[
    'connection',
    'content-length',
    'date',
    'http2-settings',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'server',
  ],
  ...['proxy-connection', 'te', 'transfer-encoding', 'upgrade'],
]);

/**
 * Checks and completes a response head. Names, values and reason hold latin-1 code points, fields are flat name, value.
 * Returns what the application did wrong when it may not be sent: no byte of it has been, so a 500 can be.
 */
export function planResponse(
  status: number,
  reason: string,
  fields: readonly string[],
  limits: { readonly headerBytesMax: number },
): ResponsePlan | { readonly invalid: string } {
  if (!Number.isInteger(status) || status < 100 || status > 999)
    return { invalid: 'status is not 100 to 999' };
  if (hasForbiddenByte(reason) || !LATIN_1_ONLY.test(reason))
    return { invalid: 'invalid character in the reason phrase' };
  const noBody = status < 200 || status === 204 || status === 304;
  let text = `HTTP/1.1 ${status} ${reason}\r\n`;
  let contentLength = '';
  let connection = '';
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = trimOws(fields[i + 1] ?? '');
    if (!isToken(name)) return { invalid: 'invalid header name' };
    if (hasForbiddenByte(value) || !LATIN_1_ONLY.test(value))
      return { invalid: `invalid character in the value of ${name}` };
    const lower = name.toLowerCase();
    if (!DROPPED.has(lower)) {
      text += `${name}: ${value}\r\n`;
    } else if (lower === 'content-length') {
      if (contentLength !== '') return { invalid: 'more than one Content-Length' };
      if (!isLength(value)) return { invalid: 'Content-Length is not a number' };
      contentLength = value;
    } else if (lower === 'connection') {
      connection += `,${value.toLowerCase()}`;
    }
  }
  const options = new Set(connection.split(',').map((option) => trimOws(option)));
  if (options.size > 1) text = withoutNamed(text, options);
  if (text.length > limits.headerBytesMax) return { invalid: 'response headers too large' };
  const lengthKept = contentLength !== '' && (!noBody || status === 304);
  return {
    status,
    headText: text,
    contentLength: lengthKept ? Number(contentLength) : -1,
    noBody,
    closeWanted: options.has('close'),
    eventStream: EVENT_STREAM.test(text),
    memo: null,
  };
}

/** Tells what the application did wrong from a plan. */
export function isInvalidResponse(
  plan: ResponsePlan | { readonly invalid: string },
): plan is { readonly invalid: string } {
  return (plan as { invalid?: string }).invalid !== undefined;
}

/**
 * Why a status may not be that of an interim response, or of a final one; null: it may. A final response with an interim status would leave
 * the client waiting and take the next response for this one's (RFC 9110, section 15.2).
 */
export function wrongClass(status: number, interim: boolean): string | null {
  if (interim) return status < 200 && status !== 101 ? null : `${status} is no interim status`;
  return status >= 200 ? null : `${status} is no final status`;
}

function isLength(value: string): boolean {
  return CONTENT_LENGTH_DIGITS.test(value) && Number.isSafeInteger(Number(value));
}

/** Leaves out the lines of headers that Connection names (RFC 9110 7.6.1). */
function withoutNamed(text: string, options: ReadonlySet<string>): string {
  return text
    .split('\r\n')
    .filter(
      (line, index) =>
        index === 0 ||
        !options.has(line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase()) ||
        line === '',
    )
    .join('\r\n');
}
