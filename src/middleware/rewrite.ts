import { ChangedExchange } from '../http/changed-exchange.ts';
import type { Exchange, Middleware, ResponseSink } from '../http/exchange.ts';
import { isFault, type RequestFault, type Target } from '../http/request.ts';

/** What a request asks for, as its handler is to see it; a fault: there is no such target. */
export type ChangeTarget = (exchange: Exchange) => Target | RequestFault;

/** Answers a request as if the client had asked for something else. The access log keeps what it asked for. */
export function rewrite(
  change: ChangeTarget,
  refuse: (exchange: Exchange, sink: ResponseSink, fault: RequestFault) => void,
): Middleware {
  return (next) => (exchange, sink) => {
    const target = change(exchange);
    if (isFault(target)) {
      refuse(exchange, sink, target);
      return;
    }
    const { method, block } = exchange.head;
    next(new ChangedExchange(exchange, { method, target, block, memo: null }), sink);
  };
}
