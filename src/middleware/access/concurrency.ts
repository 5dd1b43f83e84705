import type { Exchange, Middleware } from '../../http/exchange.ts';
import type { ConcurrencySpec } from '../../wire/access-spec.ts';
import { compileKey } from './access-key.ts';
import type { Refuse } from './refuse.ts';
import { whenDone } from './when-done.ts';

/** How many requests of each key run. It holds no more keys than there are requests. */
export class RunningRequests {
  readonly #running = new Map<string, number>();

  get size(): number {
    return this.#running.size;
  }

  of(key: string): number {
    return this.#running.get(key) ?? 0;
  }

  add(key: string): void {
    this.#running.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#running.set(key, left);
    else this.#running.delete(key);
  }
}

/** Answers no more requests of a key at the same time; a WebSocket counts as long as it is open. More get 429. */
export function concurrency(spec: ConcurrencySpec, running: RunningRequests, refuse: Refuse): Middleware {
  const keyOf = compileKey(spec.key);
  return (next) => (exchange, sink) => {
    const key = keyOf(exchange);
    if (running.of(key) >= spec.requestsMax) {
      refuse(exchange, sink, 429, 'Too many requests at the same time.', ['Retry-After', '1']);
      return;
    }
    running.add(key);
    whenDone(exchange, (_done: Exchange) => running.remove(key));
    next(exchange, sink);
  };
}
