import type {
  ClientInfo,
  Exchange,
  HttpProtocol,
  LocalInfo,
  Middleware,
  RequestBody,
  ResponseSink,
  UpstreamRecord,
} from '../http/exchange.ts';
import { isFault, type RequestFault, type RequestHead, type Target } from '../http/request.ts';
import type { TunnelOffer } from '../http/tunnel.ts';
import type { WebSocketUpgrade } from '../http/websocket.ts';

/** What a request asks for, as its handler is to see it; a fault: there is no such target. */
export type ChangeTarget = (exchange: Exchange) => Target | RequestFault;

/** Answers a request as if the client had asked for something else. The access log keeps what it asked for. */
export function rewrite(
  change: ChangeTarget,
  refuse: (exchange: Exchange, sink: ResponseSink, fault: RequestFault) => void,
): Middleware {
  return (next) => (exchange, sink) => {
    const target = change(exchange);
    if (isFault(target)) refuse(exchange, sink, target);
    else next(new RewrittenExchange(exchange, target), sink);
  };
}

/** The same request with another target. */
class RewrittenExchange implements Exchange {
  readonly head: RequestHead;
  readonly #inner: Exchange;

  constructor(inner: Exchange, target: Target) {
    this.#inner = inner;
    this.head = { method: inner.head.method, target, block: inner.head.block };
  }

  get protocol(): HttpProtocol {
    return this.#inner.protocol;
  }

  get id(): string {
    return this.#inner.id;
  }

  get client(): ClientInfo {
    return this.#inner.client;
  }

  get local(): LocalInfo {
    return this.#inner.local;
  }

  get body(): RequestBody {
    return this.#inner.body;
  }

  get websocket(): WebSocketUpgrade | null {
    return this.#inner.websocket;
  }

  get websocketFault(): RequestFault | null {
    return this.#inner.websocketFault;
  }

  get tunnel(): TunnelOffer | null {
    return this.#inner.tunnel;
  }

  get receivedAt(): number {
    return this.#inner.receivedAt;
  }

  get queueMs(): number {
    return this.#inner.queueMs;
  }

  set queueMs(ms: number) {
    this.#inner.queueMs = ms;
  }

  get appMs(): number {
    return this.#inner.appMs;
  }

  set appMs(ms: number) {
    this.#inner.appMs = ms;
  }

  get upstream(): UpstreamRecord | null {
    return this.#inner.upstream;
  }

  set upstream(record: UpstreamRecord | null) {
    this.#inner.upstream = record;
  }

  get status(): number {
    return this.#inner.status;
  }

  set status(status: number) {
    this.#inner.status = status;
  }

  get bytesSent(): number {
    return this.#inner.bytesSent;
  }

  set bytesSent(bytes: number) {
    this.#inner.bytesSent = bytes;
  }

  get onDone(): ((exchange: Exchange) => void) | null {
    return this.#inner.onDone;
  }

  set onDone(call: ((exchange: Exchange) => void) | null) {
    this.#inner.onDone = call;
  }

  get onGone(): (() => void) | null {
    return this.#inner.onGone;
  }

  set onGone(call: (() => void) | null) {
    this.#inner.onGone = call;
  }
}
