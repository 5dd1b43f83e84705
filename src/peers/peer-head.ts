import type { ResponseHead } from '../http/exchange.ts';
import { isFault } from '../http/fault.ts';
import { parseFieldLines } from '../http/field-lines.ts';

/** More header lines than this no response has that is meant well. */
export const PEER_HEADER_COUNT_MAX = 1000;

/** The head of a peer's response, found good, with what follows from its text alone. */
export interface PeerHead {
  readonly head: ResponseHead;
  /** Lower-case names, one per field. */
  readonly lower: readonly string[];
  /** -1: none. Never together with `chunked`. */
  readonly contentLength: number;
  readonly chunked: boolean;
  /** The peer keeps the connection. */
  readonly keepAlive: boolean;
  /** How long it says it does, milliseconds; Infinity: it says nothing. */
  readonly keepAliveMs: number;
  /** For whoever passes it on: what was made of it the last time. */
  view: unknown;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?$/;
const LENGTH = /^[0-9]{1,16}$/;
const TIMEOUT = /(?:^|[,\s])timeout=([0-9]{1,6})(?:$|[,\s])/i;

/**
 * Reads a response head (RFC 9112 4 to 6) as strictly as requests are read, because whoever reads it after us may read it otherwise:
 * latin-1 text without its final CRLF CRLF. A text is what is wrong with it.
 */
export function parsePeerHead(text: string): PeerHead | string {
  const end = text.indexOf('\r\n');
  const line = STATUS_LINE.exec(end < 0 ? text : text.slice(0, end));
  if (line === null) return notHttp(text);
  const lines = parseFieldLines(end < 0 ? '' : text.slice(end + 2), PEER_HEADER_COUNT_MAX, 'kept');
  if (isFault(lines)) return lines.reason;
  const { fields, lower } = lines;
  const said = { length: '', coding: '', connection: '', keepAlive: '' };
  for (let i = 0; i < lower.length; i++) {
    const value = fields[2 * i + 1] ?? '';
    switch (lower[i]) {
      case 'content-length':
        if (said.length !== '') return 'more than one Content-Length';
        if (!LENGTH.test(value) || !Number.isSafeInteger(Number(value)))
          return 'Content-Length is not a number';
        said.length = value;
        break;
      case 'transfer-encoding':
        if (said.coding !== '') return 'more than one Transfer-Encoding';
        if (value.toLowerCase() !== 'chunked') return 'a transfer coding other than chunked';
        said.coding = value;
        break;
      case 'connection':
        said.connection += `,${value.toLowerCase()}`;
        break;
      case 'keep-alive':
        said.keepAlive = value;
        break;
      default:
    }
  }
  if (said.coding !== '' && said.length !== '') return 'both Content-Length and Transfer-Encoding';
  if (said.coding !== '' && line[1] === '0') return 'Transfer-Encoding on HTTP/1.0';
  const status = Number(line[2]);
  return {
    head: { status, reason: line[3] ?? '', fields, memo: null },
    lower,
    contentLength: said.length === '' ? -1 : Number(said.length),
    chunked: said.coding !== '',
    keepAlive: staysOpen(said.connection, line[1] === '1'),
    keepAliveMs: said.keepAlive === '' ? Infinity : keepAliveMs(said.keepAlive),
    view: null,
  };
}

/** The value of a field, the first one's; empty when there is none. */
export function peerField({ lower, head }: PeerHead, name: string): string {
  const index = lower.indexOf(name);
  return index === -1 ? '' : (head.fields[2 * index + 1] ?? '');
}

function staysOpen(connection: string, minor1: boolean): boolean {
  if (connection === '') return minor1;
  const options = connection.split(',').map((option) => option.trim());
  return !options.includes('close') && (minor1 || options.includes('keep-alive'));
}

function keepAliveMs(value: string): number {
  const seconds = TIMEOUT.exec(value)?.[1];
  return seconds === undefined ? Infinity : Number(seconds) * 1000;
}

function notHttp(text: string): string {
  if (!text.startsWith('HTTP/')) return 'not an HTTP response';
  return /^HTTP\/1\.[01] /.test(text)
    ? 'a status line that is not "version status reason"'
    : 'an HTTP version other than 1.0 and 1.1';
}
