// An exchange and a sink that a test plays by hand.
import type {
  BodyConsumer,
  BodyLimit,
  ClientInfo,
  Exchange,
  LocalInfo,
  RequestBody,
  ResponseHead,
  ResponseSink,
  UpstreamRecord,
} from '../../../src/http/exchange.ts';
import type { TunnelOffer } from '../../../src/http/tunnel.ts';
import type { WebSocketUpgrade } from '../../../src/http/websocket.ts';
import { isFault, parseRequestHead, type HeaderBlock } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 8190, headerBytesMax: 65_536, headerCountMax: 100 };

export interface ExchangeParts {
  client?: Partial<ClientInfo>;
  local?: LocalInfo;
  previous?: HeaderBlock | null;
  websocket?: WebSocketUpgrade;
  tunnel?: TunnelOffer;
}

/** A request head without its last empty line, as an exchange. */
export class FakeExchange implements Exchange {
  readonly head;
  readonly protocol;
  readonly id = 'id-1';
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly websocket: WebSocketUpgrade | null;
  readonly websocketFault = null;
  readonly body = new FakeBody();
  readonly receivedAt = performance.now();
  queueMs = 0;
  appMs = 0;
  upstream: UpstreamRecord | null = null;
  readonly tunnel: TunnelOffer | null;
  status = 0;
  bytesSent = 0;
  onDone: ((exchange: Exchange) => void) | null = null;
  onGone: (() => void) | null = null;

  constructor(text: string, parts: ExchangeParts = {}) {
    const head = parseRequestHead(text, parts.previous ?? null, LIMITS);
    if (isFault(head)) throw new Error(head.reason);
    this.head = head;
    this.protocol = head.block.minor === 1 ? ('HTTP/1.1' as const) : ('HTTP/1.0' as const);
    this.websocket = parts.websocket ?? null;
    this.tunnel = parts.tunnel ?? null;
    this.body.length = head.block.chunked ? -1 : Math.max(0, head.block.contentLength);
    this.client = {
      address: '192.0.2.1',
      port: 5000,
      scheme: 'http',
      host: head.block.host,
      proxy: null,
      ...parts.client,
    };
    this.local = parts.local ?? {
      address: '198.51.100.1',
      port: 8000,
      unix: false,
      tls: null,
      misplaced: false,
    };
  }
}

export class FakeBody implements RequestBody {
  length = 0;
  paused = false;
  consumer: BodyConsumer | null = null;
  /** What `limit` was called with last. */
  limits: BodyLimit | null = null;
  limit(limit: BodyLimit): boolean {
    this.limits = limit;
    return this.length <= limit.bytesMax;
  }
  start(consumer: BodyConsumer): void {
    this.consumer = consumer;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  give(text: string): void {
    const data = Buffer.from(text, 'latin1');
    this.consumer?.data(data, 0, data.length);
  }
}

export class FakeSink implements ResponseSink {
  started = false;
  pending = 0;
  onDrain: (() => void) | null = null;
  head: ResponseHead | null = null;
  wholeBytes = -2;
  informed: number[] = [];
  text = '';
  ended: readonly string[] | null | undefined;
  aborted = '';
  inform(head: ResponseHead): void {
    this.informed.push(head.status);
  }
  start(head: ResponseHead, wholeBytes: number): void {
    this.started = true;
    this.head = head;
    this.wholeBytes = wholeBytes;
  }
  write(chunk: Buffer, start: number, end: number): void {
    this.text += chunk.toString('utf8', start, end);
  }
  writeShared(chunk: Buffer, start: number, end: number): void {
    this.write(chunk, start, end);
  }
  end(trailers: readonly string[] | null): void {
    this.ended = trailers;
  }
  abort(reason: string): void {
    this.aborted = reason;
  }
}
