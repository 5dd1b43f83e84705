import type { Exchange, Handler, ResponseSink } from '../http/exchange.ts';
import type { UpstreamFailure } from '../upstream/worker-stream.ts';
import type { Waiter } from '../upstream/waiting-room.ts';
import type { AppHandlerOptions } from './app-options.ts';
import { failureStatus, failureText, logFailure } from './failure.ts';

/** A request for an app of which no worker has been there yet. Its body is not read meanwhile. */
export class ParkedRequest implements Waiter {
  readonly since = performance.now();
  gone = false;
  readonly #options: AppHandlerOptions;
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  readonly #handler: Handler;

  /** @param handler what answers it once it is known what the app speaks. */
  constructor(options: AppHandlerOptions, exchange: Exchange, sink: ResponseSink, handler: Handler) {
    this.#options = options;
    this.#exchange = exchange;
    this.#sink = sink;
    this.#handler = handler;
    exchange.onGone = () => {
      this.gone = true;
      exchange.onGone = null;
    };
  }

  begin(): void {
    this.#exchange.onGone = null;
    this.#handler(this.#exchange, this.#sink);
  }

  failed(failure: UpstreamFailure): void {
    const exchange = this.#exchange;
    exchange.onGone = null;
    exchange.queueMs = performance.now() - this.since;
    const status = failureStatus(failure);
    const { log, pool } = this.#options;
    logFailure(log, failure, exchange, {
      app: pool.app,
      worker: -1,
      outcome: `the client got ${status}`,
    });
    this.#options.errorPages.respond(this.#sink, status, failureText(failure), {
      requestId: exchange.id,
      fields: ['Retry-After', '1'],
    });
  }
}
