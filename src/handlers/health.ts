import type { Exchange, Handler, ResponseSink } from '../http/exchange.ts';
import { responseHead } from './respond.ts';

const PREFIX = '/-/';
const LIVE = '/-/live';
const READY = '/-/ready';

/** What a probe wants to know. */
export interface HealthReport {
  /** Why no client should be sent here, in words; none: it is ready. */
  readonly reasons: readonly string[];
}

/**
 * Answers /-/live and /-/ready, whatever Host says. Live: this process still turns its event loop, so nothing more is looked at. Ready: 503
 * with the reasons when it is not. Everything else is for `otherwise`.
 */
export function healthPaths(health: HealthReport): (otherwise: Handler) => Handler {
  return (otherwise) => (exchange, sink) => {
    const { path } = exchange.head.target;
    if (!path.startsWith(PREFIX) || (path !== LIVE && path !== READY)) otherwise(exchange, sink);
    else if (!GETS.has(exchange.head.method))
      answer(exchange, sink, 405, { status: 'method not allowed' }, ALLOW);
    else if (path === LIVE) answer(exchange, sink, 200, { status: 'live' });
    else {
      const { reasons } = health;
      if (reasons.length === 0) answer(exchange, sink, 200, { status: 'ready' });
      else answer(exchange, sink, 503, { status: 'not ready', reasons });
    }
  };
}

/** What else an admin listener says. */
export const nothingElse: Handler = (exchange, sink) =>
  answer(exchange, sink, 404, { status: 'not found', paths: [LIVE, READY] });

const GETS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const ALLOW: readonly string[] = ['Allow', 'GET, HEAD'];

function answer(
  exchange: Exchange,
  sink: ResponseSink,
  status: number,
  said: unknown,
  more: readonly string[] = [],
): void {
  const body = Buffer.from(`${JSON.stringify(said)}\n`);
  const fields = [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    ...more,
  ];
  sink.start(responseHead(status, fields), body.length);
  if (exchange.head.method !== 'HEAD') sink.write(body, 0, body.length);
  sink.end(null);
}
