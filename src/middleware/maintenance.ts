import type { Exchange, Middleware, ResponseSink } from '../http/exchange.ts';

/** While `isOn` says so, `answer` stands in for the handler, but for those that `passes` lets through. */
export function maintenance(options: {
  readonly isOn: () => boolean;
  readonly passes: (exchange: Exchange) => boolean;
  readonly answer: (exchange: Exchange, sink: ResponseSink) => void;
}): Middleware {
  const { isOn, passes, answer } = options;
  return (next) => (exchange, sink) => {
    if (isOn() && !passes(exchange)) answer(exchange, sink);
    else next(exchange, sink);
  };
}
