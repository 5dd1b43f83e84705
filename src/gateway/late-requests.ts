import type { Log } from '../telemetry/log.ts';
import type { LateRequest } from '../upstream/app-pool.ts';
import type { GatewayToMaster } from '../wire/gateway-control.ts';

/**
 * What becomes of requests that have had their time. Where it hangs is written down by the worker: an async one does it by itself when it is
 * told to cancel the task; the threads of a WSGI one may all be held up, so it is asked by the master, through a thread that is kept for that.
 * The same helps with an async one that did not obey: its event loop may be held up.
 */
export class LateRequests {
  readonly #log: Log;
  readonly #send: (message: GatewayToMaster) => void;

  constructor(log: Log, send: (message: GatewayToMaster) => void) {
    this.#log = log;
    this.#send = send;
  }

  late(request: LateRequest): void {
    const { app, worker, pid, requestId, method, path, limitMs, interface: speaks } = request;
    // What somebody waited for is told by whoever answers instead.
    if (!request.waited)
      this.#log.error(
        `${method} ${path} still runs after ${limitMs / 1000} s (request_timeout) in worker ${worker} of ${app}, though nobody waits for it`,
        { request_id: requestId },
      );
    if (speaks === 'wsgi') this.#send({ type: 'late', pid, requestId, reason: REASON });
  }

  stuck({ app, worker, pid, requestId, method, path, limitMs, interface: speaks }: LateRequest): void {
    if (speaks === 'asgi') this.#send({ type: 'late', pid, requestId, reason: REASON });
    this.#send({ type: 'stuck', app, worker, pid, requestId, method, path, limitMs });
  }
}

const REASON = 'request_timeout';
