import type {
  ClientInfo,
  Exchange,
  HttpProtocol,
  LocalInfo,
  RequestBody,
  UpstreamRecord,
} from './exchange.ts';
import type { RequestFault, RequestHead } from './request.ts';
import type { TunnelOffer } from './tunnel.ts';
import type { WebSocketUpgrade } from './websocket.ts';

/** An exchange with another request head; the rest is that of the one it stands for. */
export class ChangedExchange implements Exchange {
  readonly head: RequestHead;
  readonly #inner: Exchange;

  constructor(inner: Exchange, head: RequestHead) {
    this.#inner = inner;
    this.head = head;
  }

  get id(): string {
    return this.#inner.id;
  }

  get protocol(): HttpProtocol {
    return this.#inner.protocol;
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

  get upstream(): UpstreamRecord | null {
    return this.#inner.upstream;
  }

  set upstream(record: UpstreamRecord | null) {
    this.#inner.upstream = record;
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
