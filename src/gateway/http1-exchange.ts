import type { ClientInfo, Exchange, LocalInfo, UpstreamRecord } from '../http/exchange.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import type { Http1Body } from './http1-body.ts';
import type { Http1Tunnel } from './http1-tunnel.ts';
import type { Http1Upgrade } from './http1-upgrade.ts';

/** One request of an HTTP/1 connection. */
export class Http1Exchange implements Exchange {
  readonly head: RequestHead;
  readonly id: string;
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly body: Http1Body;
  readonly receivedAt = performance.now();
  queueMs = 0;
  appMs = 0;
  upstream: UpstreamRecord | null = null;
  status = 0;
  bytesSent = 0;
  onGone: (() => void) | null = null;
  onDone: ((exchange: Exchange) => void) | null = null;
  websocket: Http1Upgrade | null = null;
  websocketFault: RequestFault | null = null;
  tunnel: Http1Tunnel | null = null;
  /** The response head was given to the sink. */
  answered = false;

  constructor(head: RequestHead, id: string, client: ClientInfo, local: LocalInfo, body: Http1Body) {
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
