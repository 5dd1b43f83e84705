import { errorPage } from '../handlers/respond.ts';
import { httpDate } from '../http/date.ts';
import type { HttpProtocol } from '../http/exchange.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import type { AccessEntry } from '../telemetry/access-log.ts';
import type { GatewayContext } from './context.ts';

/** The whole response to a request that was refused before any handler saw it. */
export function faultResponse(fault: RequestFault, serverHeader: string, bodyless: boolean): string {
  const page = errorPage(fault.status, faultSentence(fault), '');
  const server = serverHeader === '' ? '' : `Server: ${serverHeader}\r\n`;
  const allow = fault.status === 405 ? 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n' : '';
  return (
    `HTTP/1.1 ${fault.status} ${reasonPhrase(fault.status)}\r\nContent-Type: text/html; charset=utf-8\r\n` +
    `Content-Length: ${page.length}\r\nDate: ${httpDate(Date.now())}\r\n${server}${allow}Connection: close\r\n\r\n${bodyless ? '' : page}`
  );
}

/** The reason, for the client to read. */
export function faultSentence({ reason }: RequestFault): string {
  return `${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}.`;
}

/** Writes down that a request was refused, in both logs. */
export function logFault(
  context: GatewayContext,
  address: string,
  fault: RequestFault,
  head: RequestHead | undefined,
  protocol: HttpProtocol | '-' = protocolOf(head),
): void {
  noteFault(context, address, fault);
  context.logAccess?.write(context.logAccess.format(faultEntry(fault, address, head, protocol)));
}

/** The same when the access log has its line already. */
export function noteFault(
  context: GatewayContext,
  address: string,
  fault: RequestFault,
  _head?: RequestHead,
): void {
  // As runserver says it: people look for these words.
  if (context.developing && fault.reason.startsWith('TLS handshake'))
    context.log.error("You're accessing the development server over HTTPS, but it only supports HTTP.");
  else
    context.log.info(
      `Refused a request from ${address || 'a Unix socket'} with ${fault.status}: ${fault.reason}`,
    );
}

/** What could not be parsed is a dash. */
function faultEntry(
  fault: RequestFault,
  address: string,
  head: RequestHead | undefined,
  protocol: HttpProtocol | '-',
): AccessEntry {
  return {
    address,
    method: head?.method ?? '-',
    target: head?.target.raw ?? '-',
    protocol,
    status: fault.status,
    bytes: 0,
    referer: '',
    userAgent: '',
    requestId: '-',
    totalMs: 0,
    queueMs: 0,
    appMs: 0,
    upstream: null,
  };
}

/** What a request of HTTP/1 came in, if it could be read. */
function protocolOf(head: RequestHead | undefined): HttpProtocol | '-' {
  return head === undefined ? '-' : http1Protocol(head);
}

/** What the client of an HTTP/1 connection speaks. */
export function http1Protocol({ block }: RequestHead): HttpProtocol {
  return block.minor === 1 ? 'HTTP/1.1' : 'HTTP/1.0';
}
