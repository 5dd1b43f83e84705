import { performance } from 'node:perf_hooks';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { StreamEvents, UpstreamFailure, WorkerStream } from '../upstream/worker-stream.ts';
import type { FileReference } from '../wire/file.ts';
import type { AppEncoder, EncodableBody } from './app-encoder.ts';
import type { AppHandlerOptions } from './app-options.ts';
import { namedFile } from './app-files.ts';
import { CollectedBody } from './collected-body.ts';
import { failureStatus, failureText, logFailure } from './failure.ts';
import { HeldResponse } from './held-response.ts';
import { StreamedBody } from './streamed-body.ts';

/** Bytes of a body that nobody wants are read past up to this; an app with more of them is told to stop. */
const UNWANTED_BYTES_MAX = 65_536;

/** With less unsent there is no need of the disk, however little may be held in memory. */
const UNHELD_BYTES = 65_536;

const FILE_SENT = 'the file it had named was sent';

/** One request to the app: ties the client's exchange and sink to a stream of a worker. */
export class AppRequest implements StreamEvents {
  readonly #options: AppHandlerOptions;
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  #encoder: AppEncoder;
  #body: EncodableBody | null = null;
  #stream: WorkerStream | null = null;
  #queuedAt = 0;
  #dispatchedAt = 0;
  #worker = -1;
  #over = false;
  /** Bytes given to the sink for which the worker has not got its credit back. */
  #unacknowledged = 0;
  #head: ResponseHead | null = null;
  /** What the client has not taken, on the disk: a thread of a WSGI worker does not wait for clients. */
  #held: HeldResponse | null = null;
  #heldUp = false;
  /** Body bytes seen since a file was sent in their place; null: the body is wanted. */
  #unwanted: number | null = null;
  /** Whether a file of the app is being opened, and how the app failed meanwhile. */
  #offered = false;
  #failure: UpstreamFailure | null = null;

  constructor(options: AppHandlerOptions, exchange: Exchange, sink: ResponseSink) {
    this.#options = options;
    this.#exchange = exchange;
    this.#sink = sink;
    this.#encoder = options.wsgi;
    exchange.onGone = () => this.#gone();
  }

  /** Takes the whole body, then asks for a worker. */
  collect(): void {
    const { body } = this.#exchange;
    if (body.length === 0) {
      this.#submit();
      return;
    }
    const collected = new CollectedBody(body, {
      spool: this.#options.spool,
      memoryBytesMax: this.#options.bodyMemoryBytes,
      ready: () => this.#submit(),
      aborted: () => this.#gone(),
    });
    this.#body = collected;
    body.start(collected);
  }

  /** Asks for a worker at once; the body follows as it comes. */
  stream(): void {
    this.#encoder = this.#options.asgi;
    const { body, head } = this.#exchange;
    if (body.length === 0) {
      this.#submit();
      return;
    }
    const streamed = new StreamedBody(body, () => this.#gone());
    this.#body = streamed;
    if (head.block.expectContinue) {
      this.#submit();
      return;
    }
    streamed.start();
    // What came in the same packet is there after this turn: a small body goes along with its head.
    process.nextTick(() => {
      if (!this.#over) this.#submit();
    });
  }

  dispatched(worker: number, now: number): void {
    this.#dispatchedAt = now;
    this.#exchange.queueMs = this.#dispatchedAt - this.#queuedAt;
    this.#worker = worker;
  }

  inform(head: ResponseHead): void {
    this.#sink.inform(head);
  }

  response(head: ResponseHead, wholeBytes: number): void {
    if (this.#sentByName(head)) return;
    this.#head = head;
    this.#sink.start(head, wholeBytes);
  }

  body(data: Buffer, start: number, end: number): void {
    if (this.#unwanted !== null) {
      this.#unwanted += end - start;
      if (this.#unwanted > UNWANTED_BYTES_MAX) this.#stream?.cancel();
      return;
    }
    const sink = this.#sink;
    if (this.#held === null) sink.write(data, start, end);
    else this.#held.take(data, start, end);
    if (this.#held === null ? sink.pending <= this.#options.responseBufferBytes : !this.#heldUp) {
      this.#stream?.consumed(end - start);
      return;
    }
    this.#unacknowledged += end - start;
    if (this.#held !== null) return;
    if (sink.pending > UNHELD_BYTES && this.#mayBeHeld()) this.#hold();
    else sink.onDrain ??= () => this.#drained();
  }

  file(head: ResponseHead, file: FileReference): void {
    const stream = this.#stream;
    if (this.#sentByName(head)) {
      stream?.fileTaken();
      return;
    }
    this.#finish();
    this.#offered = true;
    this.#options.answerFile(this.#exchange, this.#sink, head, file, (refused) => {
      this.#offered = false;
      if (refused === undefined) stream?.fileTaken();
      else this.#fileRefused();
    });
  }

  end(trailers: readonly string[] | null): void {
    if (this.#unwanted !== null) return;
    this.#finish();
    if (this.#held === null) this.#sink.end(trailers);
    else this.#held.end(trailers);
  }

  failed(failure: UpstreamFailure): void {
    if (this.#offered) {
      // The file may be all that is needed.
      this.#failure = failure;
      return;
    }
    if (this.#unwanted !== null) {
      this.#logFailure(failure, FILE_SENT);
      return;
    }
    this.#held?.close();
    this.#finish();
    const status = failureStatus(failure);
    const outcome = this.#sink.started ? 'the response was cut off' : `the client got ${status}`;
    this.#logFailure(failure, outcome);
    if (this.#sink.started) {
      this.#sink.abort(failure.kind);
      return;
    }
    const fields = status === 503 ? ['Retry-After', '1'] : [];
    this.#options.errorPages.respond(this.#sink, status, failureText(failure), {
      requestId: this.#exchange.id,
      fields,
    });
  }

  #logFailure(failure: UpstreamFailure, outcome: string): void {
    const { log, pool } = this.#options;
    if (this.#exchange.appMs === 0) this.#time();
    logFailure(log, failure, this.#exchange, { app: pool.app, worker: this.#worker, outcome });
  }

  #submit(): void {
    this.#queuedAt = performance.now();
    // While a body is collected the app may have been replaced by one of the other interface.
    if (this.#options.pool.interface === 'asgi') this.#encoder = this.#options.asgi;
    const request = this.#encoder.encode(this.#exchange, this.#body);
    // `submit` may already fail the stream; it is kept for cancelling only.
    const { pool, requestMs } = this.#options;
    this.#stream = pool.submit(request, this, null, requestMs, this.#queuedAt);
  }

  /** The app asks for a file instead of its body (X-Accel-Redirect, X-Sendfile): whoever knows such files answers, the body is read past. */
  #sentByName(head: ResponseHead): boolean {
    const { sendfile, sendfileKinds } = this.#options;
    const named = sendfile === null ? null : namedFile(head, sendfileKinds);
    if (sendfile === null || named === null) return false;
    this.#finish();
    this.#unwanted = 0;
    sendfile(this.#exchange, this.#sink, head, named.kind, named.value);
    return true;
  }

  #fileRefused(): void {
    this.#over = false;
    this.#exchange.onGone = () => this.#gone();
    if (this.#failure === null) this.#stream?.fileRefused();
    else this.failed(this.#failure);
  }

  /** A coroutine that waits costs nothing, and what is news wants to be told late rather than kept. */
  #mayBeHeld(): boolean {
    const { responseSpoolBytes, asgi } = this.#options;
    return responseSpoolBytes > 0 && this.#encoder !== asgi && this.#head !== null && !isStream(this.#head);
  }

  /** The client is slow: from here on the response waits for it on the disk. */
  #hold(): void {
    this.#held = new HeldResponse({
      exchange: this.#exchange,
      sink: this.#sink,
      spool: this.#options.spool,
      bytesMax: this.#options.responseSpoolBytes,
      pause: () => {
        this.#heldUp = true;
      },
      resume: () => {
        this.#heldUp = false;
        if (this.#unacknowledged > 0) this.#drained();
      },
      failed: (reason) => this.#holdFailed(reason),
    });
    this.#drained();
  }

  /** The worker may long be busy with something else. */
  #holdFailed(reason: string): void {
    const { head, id } = this.#exchange;
    const request = `${head.method} ${head.target.raw}`;
    this.#options.log.error(`The response to ${request} was cut off: ${reason}`, { request_id: id });
    this.#gone();
    this.#sink.abort(reason);
  }

  #gone(): void {
    this.#held?.close();
    this.#body?.close();
    this.#stream?.cancel();
    this.#finish();
  }

  #drained(): void {
    const bytes = this.#unacknowledged;
    this.#unacknowledged = 0;
    this.#stream?.consumed(bytes);
  }

  /** Once: afterwards exchange and sink may belong to whoever sends the file that the app gave. */
  #finish(): void {
    if (this.#over) return;
    const exchange = this.#exchange;
    if (exchange.onDone !== null) this.#time();
    this.#over = true;
    exchange.onGone = null;
    this.#sink.onDrain = null;
  }

  /** For those who are told how long it took. */
  #time(): void {
    const exchange = this.#exchange;
    const now = performance.now();
    if (this.#dispatchedAt !== 0) exchange.appMs = now - this.#dispatchedAt;
    else if (this.#queuedAt !== 0) exchange.queueMs = now - this.#queuedAt;
  }
}

/** Whether the app wants the client to get all of it at once, or not at all. */
function isStream({ fields }: ResponseHead): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase();
    const value = (fields[i + 1] ?? '').trim().toLowerCase();
    if (name === 'content-type' && value.startsWith('text/event-stream')) return true;
    if (name === 'x-accel-buffering' && value === 'no') return true;
  }
  return false;
}
