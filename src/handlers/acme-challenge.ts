import type { Exchange, Middleware, ResponseSink } from '../http/exchange.ts';
import { responseHead } from './respond.ts';

const PREFIX = '/.well-known/acme-challenge/';

/**
 * Answers a certificate authority that looks for a token (RFC 8555, section 8.3), whatever host it asks. Tokens that are none of ours are
 * for whoever else is there.
 * @param tokens with their answers; it changes while requests come.
 */
export function acmeChallenge(tokens: ReadonlyMap<string, string>): Middleware {
  return (next) => (exchange, sink) => {
    const answer = tokens.size === 0 ? undefined : tokens.get(tokenOf(exchange));
    if (answer === undefined) next(exchange, sink);
    else respond(exchange, sink, answer);
  };
}

function tokenOf({ head }: Exchange): string {
  const { path } = head.target;
  const asks = (head.method === 'GET' || head.method === 'HEAD') && path.startsWith(PREFIX);
  return asks ? path.slice(PREFIX.length) : '';
}

function respond(exchange: Exchange, sink: ResponseSink, answer: string): void {
  const body = Buffer.from(answer);
  const fields = ['Content-Type', 'application/octet-stream', 'Content-Length', String(body.length)];
  sink.start(responseHead(200, [...fields, 'Cache-Control', 'no-store']), body.length);
  if (exchange.head.method !== 'HEAD') sink.write(body, 0, body.length);
  sink.end(null);
}
