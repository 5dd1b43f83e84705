import type { Exchange, Middleware } from '../http/exchange.ts';
import type { AccessEntry, AccessFormatter } from '../telemetry/access-log.ts';

/** Writes one line per finished request. */
export function accessLog(format: AccessFormatter, write: (line: string) => void): Middleware {
  const record = (exchange: Exchange): void => write(format(entryOf(exchange)));
  return (next) => (exchange, sink) => {
    exchange.onDone = record;
    next(exchange, sink);
  };
}

function entryOf(exchange: Exchange): AccessEntry {
  const { head } = exchange;
  return {
    address: exchange.client.address,
    method: head.method,
    target: head.target.raw,
    protocol: exchange.protocol,
    status: exchange.status,
    bytes: exchange.bytesSent,
    referer: field(exchange, 'referer'),
    userAgent: field(exchange, 'user-agent'),
    requestId: exchange.id,
    totalMs: performance.now() - exchange.receivedAt,
    queueMs: exchange.queueMs,
    appMs: exchange.appMs,
    upstream: exchange.upstream,
  };
}

function field(exchange: Exchange, name: string): string {
  const index = exchange.head.block.lower.indexOf(name);
  return index === -1 ? '' : (exchange.head.block.fields[2 * index + 1] ?? '');
}
