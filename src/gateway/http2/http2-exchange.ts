import type { ClientInfo, Exchange, HttpProtocol, LocalInfo, UpstreamRecord } from '../../http/exchange.ts';
import type { RequestFault, RequestHead } from '../../http/request.ts';
import type { TunnelOffer } from '../../http/tunnel.ts';
import type { WebSocketUpgrade } from '../../http/websocket.ts';
import type { Http2Body } from './http2-body.ts';

/** One request of an HTTP/2 connection. */
export class Http2Exchange implements Exchange {
  readonly head: RequestHead;
  readonly protocol: HttpProtocol = 'HTTP/2.0';
  readonly id: string;
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly body: Http2Body;
  readonly receivedAt = performance.now();
  queueMs = 0;
  appMs = 0;
  status = 0;
  bytesSent = 0;
  onGone: (() => void) | null = null;
  onDone: ((exchange: Exchange) => void) | null = null;
  websocket: WebSocketUpgrade | null = null;
  websocketFault: RequestFault | null = null;
  tunnel: TunnelOffer | null = null;
  upstream: UpstreamRecord | null = null;
  /** The response head was given to the sink. */
  answered = false;

  constructor(head: RequestHead, id: string, client: ClientInfo, local: LocalInfo, body: Http2Body) {
    this.head = head;
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
