import type { Exchange, Middleware, ResponseSink } from '../http/exchange.ts';

/** What a request body has to keep to in one place of a site. */
export interface BodyLimit {
  /** Infinity: no limit. */
  readonly bytesMax: number;
  /** Longest silence, milliseconds; null: as elsewhere. */
  readonly silenceMs: number | null;
}

/** Holds request bodies to a limit; `refuse` answers those that say themselves that they are larger. */
export function limitBody(
  { bytesMax, silenceMs }: BodyLimit,
  refuse: (exchange: Exchange, sink: ResponseSink) => void,
): Middleware {
  return (next) => (exchange, sink) => {
    if (exchange.body.limit(bytesMax, silenceMs)) next(exchange, sink);
    else refuse(exchange, sink);
  };
}
