import type {
  BodyConsumer,
  ClientInfo,
  Exchange,
  HttpProtocol,
  LocalInfo,
  RequestBody,
  ResponseHead,
  ResponseSink,
  UpstreamRecord,
} from '../../http/exchange.ts';
import type { RequestHead } from '../../http/request.ts';

/** An answer that goes on after this is told to end. */
const BODY_BYTES_MAX = 65_536;

/** A request of our own about one of a client; it has no body. */
export class SubRequest implements Exchange {
  readonly head: RequestHead;
  readonly id: string;
  readonly protocol: HttpProtocol;
  readonly client: ClientInfo;
  readonly local: LocalInfo;
  readonly body: RequestBody = new EmptyBody();
  readonly websocket = null;
  readonly websocketFault = null;
  readonly tunnel = null;
  readonly receivedAt = performance.now();
  queueMs = 0;
  appMs = 0;
  upstream: UpstreamRecord | null = null;
  status = 0;
  bytesSent = 0;
  onDone: ((exchange: Exchange) => void) | null = null;
  onGone: (() => void) | null = null;

  constructor(about: Exchange, head: RequestHead) {
    this.head = head;
    this.id = about.id;
    this.protocol = about.protocol;
    this.client = about.client;
    this.local = about.local;
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    const gone = this.onGone;
    this.onGone = null;
    gone?.();
  }
}

class EmptyBody implements RequestBody {
  readonly length = 0;

  limit(): boolean {
    return true;
  }

  start(consumer: BodyConsumer): void {
    consumer.end();
  }

  pause(): void {
    // Nothing comes.
  }

  resume(): void {
    // Nothing comes.
  }
}

/** Takes the head of an answer, and reads past its body. */
export class HeadSink implements ResponseSink {
  started = false;
  readonly pending = 0;
  onDrain: (() => void) | null = null;
  readonly #request: SubRequest;
  /** Null: there was no answer. Called once. */
  readonly #answered: (head: ResponseHead | null) => void;
  #bytes = 0;
  #over = false;

  constructor(request: SubRequest, answered: (head: ResponseHead | null) => void) {
    this.#request = request;
    this.#answered = answered;
  }

  inform(_head: ResponseHead): void {
    // Nobody waits for it.
  }

  start(head: ResponseHead, _wholeBytes: number): void {
    if (this.started || this.#over) return;
    this.started = true;
    this.#request.status = head.status;
    this.#answered(head);
  }

  write(_chunk: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > BODY_BYTES_MAX && !this.#over) {
      this.#over = true;
      this.#request.cancel();
    }
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.write(chunk, start, end);
  }

  end(_trailers: readonly string[] | null): void {
    this.#finish();
  }

  abort(_reason: string): void {
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    const done = this.#request.onDone;
    this.#request.onDone = null;
    if (!this.started) this.#answered(null);
    done?.(this.#request);
  }
}
