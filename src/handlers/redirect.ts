import type { Exchange, Handler } from '../http/exchange.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';
import { responseHead } from './respond.ts';

/** Sends clients elsewhere (RFC 9110 section 15.4). `locationOf` gives the value of Location, which is one line of ASCII. */
export function redirectHandler(status: number, locationOf: (exchange: Exchange) => string): Handler {
  const body = Buffer.from(`${status} ${reasonPhrase(status)}\n`, 'latin1');
  const fixed = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(body.length)];
  return (exchange, sink) => {
    sink.start(responseHead(status, ['Location', locationOf(exchange), ...fixed]), body.length);
    sink.write(body, 0, body.length);
    sink.end(null);
  };
}
