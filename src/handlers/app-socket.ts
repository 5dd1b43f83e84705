import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { WebSocketEvents, WebSocketPeer, WebSocketUpgrade } from '../http/websocket.ts';
import type { SocketEvents, StreamEvents, UpstreamFailure, WorkerStream } from '../upstream/worker-stream.ts';
import type { AppHandlerOptions } from './app-options.ts';
import { failureStatus, failureText, logFailure } from './failure.ts';

/** RFC 6455, section 7.4.1. */
const CLOSE_ABNORMAL = 1006;
const CLOSE_INTERNAL_ERROR = 1011;

/** One WebSocket between a client and the app: from the handshake, which the app may refuse with a response, to the close. */
export class AppSocket implements StreamEvents, SocketEvents, WebSocketEvents {
  readonly #options: AppHandlerOptions;
  readonly #exchange: Exchange;
  readonly #upgrade: WebSocketUpgrade;
  readonly #sink: ResponseSink;
  #stream: WorkerStream | null = null;
  #peer: WebSocketPeer | null = null;
  #openedAt = 0;
  #worker = -1;
  /** Bytes given to the client's side for which the worker has not got its credit back. */
  #unacknowledged = 0;

  constructor(options: AppHandlerOptions, exchange: Exchange, upgrade: WebSocketUpgrade, sink: ResponseSink) {
    this.#options = options;
    this.#exchange = exchange;
    this.#upgrade = upgrade;
    this.#sink = sink;
  }

  open(): void {
    const { pool, asgi } = this.#options;
    this.#exchange.onGone = () => this.#stream?.cancel();
    this.#openedAt = performance.now();
    this.#stream = pool.submit(asgi.encode(this.#exchange, null), this, this);
    this.#stream.onMessagesSent = () => this.#peer?.resume();
  }

  // From the worker, before the WebSocket is open: a response instead of it.

  dispatched(worker: number): void {
    this.#worker = worker;
    this.#exchange.queueMs = performance.now() - this.#openedAt;
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
    sink.onDrain ??= () => this.drained();
  }

  file(): void {
    // The link takes no file on the stream of a WebSocket.
    this.failed({ kind: 'protocol', message: 'a file in the place of a handshake' });
  }

  end(trailers: readonly string[] | null): void {
    this.#finish();
    this.#sink.end(trailers);
  }

  failed(failure: UpstreamFailure): void {
    this.#finish();
    const status = failureStatus(failure);
    const { log, pool } = this.#options;
    const outcome = this.#peer === null ? `the client got ${status}` : 'the WebSocket was closed';
    logFailure(log, failure, this.#exchange, { app: pool.app, worker: this.#worker, outcome });
    if (this.#peer !== null) this.#peer.close(CLOSE_INTERNAL_ERROR, '');
    else if (this.#sink.started) this.#sink.abort(failure.kind);
    else {
      const fields = status === 503 ? ['Retry-After', '1'] : [];
      this.#options.errorPages.respond(this.#sink, status, failureText(failure), {
        requestId: this.#exchange.id,
        fields,
      });
    }
  }

  // From the worker, once it is open.

  accepted(protocol: string, fields: readonly string[]): void {
    // The times are known before the access log wants them.
    this.#exchange.onGone = () => this.#finish();
    this.#peer = this.#upgrade.accept(protocol, fields, this);
    if (this.#peer === null) this.#stream?.sendClose(CLOSE_ABNORMAL, '');
  }

  message(data: Buffer, start: number, end: number, text: boolean, more: boolean): void {
    const peer = this.#peer;
    if (peer === null) return;
    peer.send(data, start, end, text, more);
    const bytes = Math.max(1, end - start);
    if (peer.pending <= this.#options.responseBufferBytes) this.#stream?.consumed(bytes);
    else this.#unacknowledged += bytes;
  }

  closing(code: number, reason: string): void {
    this.#peer?.close(code, reason);
  }

  // From the client.

  received(data: Buffer, text: boolean): void {
    const stream = this.#stream;
    if (stream === null) return;
    stream.sendMessage(data, text);
    // The app does not keep up: the client waits, too.
    if (stream.messagesWaiting) this.#peer?.pause();
  }

  drained(): void {
    const bytes = this.#unacknowledged;
    this.#unacknowledged = 0;
    this.#stream?.consumed(bytes);
  }

  closed(code: number, reason: string): void {
    this.#finish();
    this.#stream?.sendClose(code, reason);
  }

  #finish(): void {
    this.#exchange.onGone = null;
    this.#sink.onDrain = null;
    this.#exchange.appMs = performance.now() - this.#openedAt;
  }
}
