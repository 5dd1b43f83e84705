import type { Exchange } from '../../http/exchange.ts';

/** Has something done at the end of a request, after what was to be done already. */
export function whenDone(exchange: Exchange, work: (exchange: Exchange) => void): void {
  const before = exchange.onDone;
  exchange.onDone =
    before === null
      ? work
      : (done) => {
          before(done);
          work(done);
        };
}
