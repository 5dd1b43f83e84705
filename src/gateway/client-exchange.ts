import { performance } from 'node:perf_hooks';
import type {
  ClientInfo,
  Exchange,
  HttpProtocol,
  LocalInfo,
  RequestBody,
  UpstreamRecord,
} from '../http/exchange.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import type { TunnelOffer } from '../http/tunnel.ts';
import type { WebSocketUpgrade } from '../http/websocket.ts';

/** One request of a client, whatever version of HTTP it speaks; `Body` is what its connection makes of the body. */
export class ClientExchange<Body extends RequestBody> implements Exchange {
  readonly head: RequestHead;
  readonly protocol: HttpProtocol;
  readonly id: string;
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly body: Body;
  readonly receivedAt = performance.now();
  queueMs = 0;
  appMs = 0;
  upstream: UpstreamRecord | null = null;
  status = 0;
  bytesSent = 0;
  onGone: (() => void) | null = null;
  onDone: ((exchange: Exchange) => void) | null = null;
  websocket: WebSocketUpgrade | null = null;
  websocketFault: RequestFault | null = null;
  tunnel: TunnelOffer | null = null;
  /** The response head was given to the sink. */
  answered = false;

  constructor(
    head: RequestHead,
    protocol: HttpProtocol,
    id: string,
    client: ClientInfo,
    local: LocalInfo,
    body: Body,
  ) {
    this.head = head;
    this.protocol = protocol;
    this.id = id;
    this.client = client;
    this.local = local;
    this.body = body;
  }

  /** The handler's work is not wanted any more. */
  cancel(): void {
    const gone = this.onGone;
    this.onGone = null;
    gone?.();
  }

  /** Reports the end of the request, once. */
  done(): void {
    const done = this.onDone;
    this.onDone = null;
    done?.(this);
  }
}
