import type { BodyConsumer, ClientInfo, Exchange, LocalInfo, RequestBody } from '../http/exchange.ts';
import type { RequestHead } from '../http/request.ts';

/** The connection, as the request's body needs it. */
export interface BodyConnection {
  bodyStarted(): void;
  bodyPaused(): void;
  bodyResumed(): void;
}

/** One request of an HTTP/1 connection. */
export class Http1Exchange implements Exchange, RequestBody {
  readonly head: RequestHead;
  readonly id: string;
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly receivedAt = performance.now();
  readonly length: number;
  queueMs = 0;
  appMs = 0;
  status = 0;
  bytesSent = 0;
  onGone: (() => void) | null = null;
  onDone: ((exchange: Exchange) => void) | null = null;
  /** Who takes the body; null until the handler wants it. */
  consumer: BodyConsumer | null = null;
  paused = false;
  /** The response head was given to the sink. */
  answered = false;
  readonly #connection: BodyConnection;

  constructor(
    connection: BodyConnection,
    head: RequestHead,
    id: string,
    client: ClientInfo,
    local: LocalInfo,
  ) {
    this.#connection = connection;
    this.head = head;
    this.id = id;
    this.client = client;
    this.local = local;
    this.length = head.block.chunked ? -1 : Math.max(0, head.block.contentLength);
  }

  get body(): RequestBody {
    return this;
  }

  start(consumer: BodyConsumer): void {
    this.consumer = consumer;
    if (this.length === 0) consumer.end();
    else this.#connection.bodyStarted();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.#connection.bodyPaused();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#connection.bodyResumed();
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
