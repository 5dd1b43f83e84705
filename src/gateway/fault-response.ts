import { errorPage } from '../handlers/respond.ts';
import { httpDate } from '../http/date.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import type { AccessEntry } from '../telemetry/access-log.ts';
import type { GatewayContext } from './context.ts';

/** The whole response to a request that was refused before any handler saw it. */
export function faultResponse(fault: RequestFault, serverHeader: string, bodyless: boolean): string {
  const page = errorPage(
    fault.status,
    `${fault.reason[0]?.toUpperCase() ?? ''}${fault.reason.slice(1)}.`,
    '',
  );
  const server = serverHeader === '' ? '' : `Server: ${serverHeader}\r\n`;
  const allow = fault.status === 405 ? 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n' : '';
  return (
    `HTTP/1.1 ${fault.status} ${reasonPhrase(fault.status)}\r\nContent-Type: text/html; charset=utf-8\r\n` +
    `Content-Length: ${page.length}\r\nDate: ${httpDate(Date.now())}\r\n${server}${allow}Connection: close\r\n\r\n${bodyless ? '' : page}`
  );
}

/** Writes down that a request was refused, in both logs. */
export function logFault(
  context: GatewayContext,
  address: string,
  fault: RequestFault,
  head: RequestHead | undefined,
): void {
  // As runserver says it: people look for these words.
  if (context.developing && fault.reason.startsWith('TLS handshake'))
    context.log.error("You're accessing the development server over HTTPS, but it only supports HTTP.");
  else
    context.log.info(
      `Refused a request from ${address || 'a Unix socket'} with ${fault.status}: ${fault.reason}`,
    );
  context.logAccess?.write(context.logAccess.format(faultEntry(fault, address, head)));
}

/** What could not be parsed is a dash. */
function faultEntry(fault: RequestFault, address: string, head: RequestHead | undefined): AccessEntry {
  return {
    address,
    method: head?.method ?? '-',
    target: head?.target.raw ?? '-',
    protocol: head === undefined ? '-' : `HTTP/1.${head.block.minor}`,
    status: fault.status,
    bytes: 0,
    referer: '',
    userAgent: '',
    requestId: '-',
    totalMs: 0,
    queueMs: 0,
    appMs: 0,
  };
}
