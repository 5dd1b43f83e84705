import type { Exchange, Handler, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { AppPool } from '../upstream/app-pool.ts';
import type { StreamEvents, UpstreamFailure, WorkerStream } from '../upstream/worker-stream.ts';
import { CollectedBody } from './collected-body.ts';
import { respondError } from './respond.ts';
import type { Spool } from './spool.ts';
import type { WsgiEncoder } from './wsgi-request.ts';

export interface AppHandlerOptions {
  readonly pool: AppPool;
  readonly encoder: WsgiEncoder;
  readonly spool: Spool;
  readonly log: Log;
  /** Request bodies up to this stay in memory. */
  readonly bodyMemoryBytes: number;
  /** Response bytes taken from a worker ahead of the client, per request. */
  readonly responseBufferBytes: number;
}

/** Answers from the app's workers. The body is collected first, then a worker is asked. */
export function appHandler(options: AppHandlerOptions): Handler {
  return (exchange, sink) => {
    const request = new AppRequest(options, exchange, sink);
    request.begin();
  };
}

/** One request to the app: ties the client's exchange and sink to a stream of a worker. */
class AppRequest implements StreamEvents {
  readonly #options: AppHandlerOptions;
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  #body: CollectedBody | null = null;
  #stream: WorkerStream | null = null;
  #queuedAt = 0;
  #dispatchedAt = 0;
  #worker = -1;
  /** Bytes given to the sink for which the worker has not got its credit back. */
  #unacknowledged = 0;

  constructor(options: AppHandlerOptions, exchange: Exchange, sink: ResponseSink) {
    this.#options = options;
    this.#exchange = exchange;
    this.#sink = sink;
  }

  begin(): void {
    const exchange = this.#exchange;
    exchange.onGone = () => this.#gone();
    if (exchange.body.length === 0) {
      this.#submit();
      return;
    }
    this.#body = new CollectedBody(exchange.body, {
      spool: this.#options.spool,
      memoryBytesMax: this.#options.bodyMemoryBytes,
      ready: () => this.#submit(),
      aborted: () => this.#gone(),
    });
    exchange.body.start(this.#body);
  }

  dispatched(worker: number): void {
    this.#dispatchedAt = performance.now();
    this.#exchange.queueMs = this.#dispatchedAt - this.#queuedAt;
    this.#worker = worker;
  }

  inform(head: ResponseHead): void {
    this.#sink.inform(head);
  }

  response(head: ResponseHead, wholeBytes: number): void {
    this.#sink.start(head, wholeBytes);
  }

  body(data: Buffer, start: number, end: number): void {
    const sink = this.#sink;
    sink.write(data, start, end);
    if (sink.pending <= this.#options.responseBufferBytes) {
      this.#stream?.consumed(end - start);
      return;
    }
    this.#unacknowledged += end - start;
    sink.onDrain ??= () => this.#drained();
  }

  end(trailers: readonly string[] | null): void {
    this.#finish();
    this.#sink.end(trailers);
  }

  failed(failure: UpstreamFailure): void {
    this.#finish();
    const status = failureStatus(failure);
    this.#logFailure(failure, status);
    if (this.#sink.started) {
      this.#sink.abort(failure.kind);
      return;
    }
    const fields = status === 503 ? ['Retry-After', '1'] : [];
    respondError(this.#sink, status, failureText(failure), { requestId: this.#exchange.id, fields });
  }

  #submit(): void {
    this.#queuedAt = performance.now();
    const request = this.#options.encoder.encode(this.#exchange, this.#body);
    // `submit` may already fail the stream; it is kept for cancelling only.
    this.#stream = this.#options.pool.submit(request, this);
  }

  #gone(): void {
    this.#body?.close();
    this.#stream?.cancel();
    this.#finish();
  }

  #drained(): void {
    const bytes = this.#unacknowledged;
    this.#unacknowledged = 0;
    this.#stream?.consumed(bytes);
  }

  #finish(): void {
    const exchange = this.#exchange;
    exchange.onGone = null;
    this.#sink.onDrain = null;
    if (this.#dispatchedAt !== 0) exchange.appMs = performance.now() - this.#dispatchedAt;
    else if (this.#queuedAt !== 0) exchange.queueMs = performance.now() - this.#queuedAt;
  }

  /** The app's own exceptions are in the log already, with their traceback. */
  #logFailure(failure: UpstreamFailure, status: number): void {
    const { log } = this.#options;
    const { head, id } = this.#exchange;
    const request = `${head.method} ${head.target.raw}`;
    const facts = { request_id: id };
    if (failure.kind === 'worker_died') {
      const progress = this.#sink.started ? 'the response was cut off' : `the client got ${status}`;
      log.error(
        `${failure.message}; it was running ${request} for ${Math.round(this.#exchange.appMs)} ms, ${progress}`,
        facts,
      );
    } else if (failure.kind === 'protocol') {
      log.error(
        `the app broke its protocol in worker ${this.#worker} (${failure.message}) at ${request}`,
        facts,
      );
    } else if (failure.kind === 'queue_full' || failure.kind === 'queue_timeout') {
      log.warning(`${failureText(failure)} ${request} was refused with 503.`, facts);
    }
  }
}

function failureStatus(failure: UpstreamFailure): number {
  switch (failure.kind) {
    case 'app_error':
    case 'protocol':
      return 500;
    case 'worker_died':
      return 502;
    case 'body_failed':
      return 400;
    default:
      return 503;
  }
}

function failureText(failure: UpstreamFailure): string {
  switch (failure.kind) {
    case 'app_error':
    case 'protocol':
      return 'The application failed to answer this request.';
    case 'worker_died':
      return 'The process that ran this request came to an end before it had answered.';
    case 'body_failed':
      return 'The request body did not arrive completely.';
    case 'queue_full':
      return 'The server is busy: too many requests are waiting already.';
    default:
      return 'The server is busy: the request waited too long for a free worker.';
  }
}
