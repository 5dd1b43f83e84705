import type { BodyLimit, Exchange, Middleware, ResponseSink } from '../http/exchange.ts';

/** Holds request bodies to a limit; `refuse` answers those that say themselves that they are larger. */
export function limitBody(
  limit: BodyLimit,
  refuse: (exchange: Exchange, sink: ResponseSink) => void,
): Middleware {
  return (next) => (exchange, sink) => {
    if (exchange.body.limit(limit)) next(exchange, sink);
    else refuse(exchange, sink);
  };
}
