import { jsonLine } from './json-line.ts';
import { timestamp } from './timestamp.ts';

/** What one finished request leaves in the access log. Strings come from the client and are escaped here. */
export interface AccessEntry {
  readonly address: string;
  readonly method: string;
  /** The request target as received. */
  readonly target: string;
  readonly protocol: string;
  /** 499 when the client left before a response began (nginx's number for it). */
  readonly status: number;
  /** Bytes of the response body that were handed to the client. */
  readonly bytes: number;
  readonly referer: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly totalMs: number;
  readonly queueMs: number;
  readonly appMs: number;
  /** What a server behind us had to do with it; null: none was asked. Times in milliseconds, -1: it did not come to that; status 0: none. */
  readonly upstream: {
    readonly address: string;
    readonly status: number;
    readonly connectMs: number;
    readonly responseMs: number;
  } | null;
}

export type AccessLogFormat = 'combined' | 'json';
export type AccessFormatter = (entry: AccessEntry) => string;

/** One line per request, with the line feed. */
export function accessFormatter(format: AccessLogFormat): AccessFormatter {
  return format === 'json' ? json : combined;
}

/** Apache's combined format, then the request id, and the seconds in total, in the queue and in the app; then what a server behind us did. */
function combined(entry: AccessEntry): string {
  const request = `${escapeText(entry.method)} ${escapeText(entry.target)} ${entry.protocol}`;
  return (
    `${entry.address === '' ? '-' : entry.address} - - [${now()}] "${request}" ${entry.status} ` +
    `${entry.bytes === 0 ? '-' : entry.bytes} "${escapeText(entry.referer) || '-'}" "${escapeText(entry.userAgent) || '-'}" ` +
    `${entry.requestId} ${seconds(entry.totalMs)} ${seconds(entry.queueMs)} ${seconds(entry.appMs)}${upstreamText(entry.upstream)}\n`
  );
}

function json(entry: AccessEntry): string {
  return `${jsonLine({
    time: timestamp.iso(new Date()),
    remote_addr: entry.address,
    method: entry.method,
    uri: entry.target,
    protocol: entry.protocol,
    status: entry.status,
    bytes: entry.bytes,
    referer: entry.referer,
    user_agent: entry.userAgent,
    request_id: entry.requestId,
    request_time: milli(entry.totalMs),
    queue_time: milli(entry.queueMs),
    app_time: milli(entry.appMs),
    ...upstreamMembers(entry.upstream),
  })}\n`;
}

/** Address, status, and the seconds to connect and to answer; `-` for what there was not. */
function upstreamText(upstream: AccessEntry['upstream']): string {
  if (upstream === null) return '';
  const { address, status, connectMs, responseMs } = upstream;
  const time = (ms: number): string => (ms < 0 ? '-' : seconds(ms));
  return ` ${address} ${status === 0 ? '-' : status} ${time(connectMs)} ${time(responseMs)}`;
}

function upstreamMembers(upstream: AccessEntry['upstream']): Record<string, string | number | null> {
  if (upstream === null) return {};
  const { address, status, connectMs, responseMs } = upstream;
  return {
    upstream_addr: address,
    upstream_status: status === 0 ? null : status,
    upstream_connect_time: connectMs < 0 ? null : milli(connectMs),
    upstream_response_time: responseMs < 0 ? null : milli(responseMs),
  };
}

/** Quotes, backslashes, control and 8-bit bytes as \xHH, as nginx does: a line can't be forged nor a terminal driven. */
export function escapeText(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, hex) : text;
}

const UNSAFE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/;
const UNSAFE_ALL = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function milli(ms: number): number {
  return Math.round(ms) / 1000;
}

let cachedSecond = 0;
let cachedText = '';

/** The time stamp changes once a second; building it anew for each request would cost more than the rest of the line. */
function now(): string {
  const ms = Date.now();
  const second = Math.floor(ms / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = timestamp.common(new Date(ms));
  }
  return cachedText;
}
