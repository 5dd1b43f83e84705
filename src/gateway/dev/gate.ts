import type { Exchange, Handler, Middleware, ResponseSink } from '../../http/exchange.ts';

interface Waiting {
  readonly exchange: Exchange;
  readonly sink: ResponseSink;
  readonly next: Handler;
}

/** Requests that wait for new code at most; nobody who develops has as many, and more are not kept. */
const WAITING_MAX = 1_000;

/**
 * Has requests wait while an app is loaded anew. It stands before it is decided who answers: the new code may have its files elsewhere.
 */
export class Gate {
  #closed = false;
  readonly #waiting = new Set<Waiting>();

  readonly middleware: Middleware = (next) => (exchange, sink) => {
    if (this.#closed && this.#waiting.size < WAITING_MAX) this.#keep({ exchange, sink, next });
    else next(exchange, sink);
  };

  close(): void {
    this.#closed = true;
  }

  open(): void {
    this.#closed = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { exchange, sink, next } of waiting) {
      exchange.onGone = null;
      next(exchange, sink);
    }
  }

  #keep(request: Waiting): void {
    this.#waiting.add(request);
    request.exchange.onGone = () => this.#waiting.delete(request);
  }
}
