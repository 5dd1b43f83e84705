import { errorPage } from '../handlers/respond.ts';
import type { RequestBody, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { planResponse, type ResponsePlan, wrongClass } from '../http/response-head.ts';
import { logAppFault } from './app-fault.ts';
import type { ClientExchange } from './client-exchange.ts';
import type { SinkContext } from './context.ts';

const UNREAD_HINTS_BYTES_MAX = 65_536;

/**
 * What every response to a client has to keep to, whatever version of HTTP carries it: a head that may be sent, as many bytes as were
 * announced, nothing where no body belongs. How it is written down is said by those who extend it.
 */
export abstract class ClientSink<Body extends RequestBody> implements ResponseSink {
  started = false;
  onDrain: (() => void) | null = null;
  protected readonly context: SinkContext;
  protected readonly exchange: ClientExchange<Body>;
  /** Nothing more is taken: the response is complete, or nobody gets it. */
  protected over = false;
  /** There is no body, or no more of it: what is given is dropped. */
  protected discard = false;
  /** Body bytes still owed to a Content-Length; -1 without one. */
  protected remaining = -1;
  #eventStream = false;

  constructor(context: SinkContext, exchange: ClientExchange<Body>) {
    this.context = context;
    this.exchange = exchange;
  }

  abstract get pending(): number;

  abstract abort(reason: string): void;

  /** Writes the head of an interim response. */
  protected abstract hint(plan: ResponsePlan): void;

  /** Writes the head. A body of `length` bytes follows, -1: of any number; none when `discard` is set. */
  protected abstract begin(plan: ResponsePlan, length: number, wholeBytes: number): void;

  /** Writes bytes of the body. */
  protected abstract emit(chunk: Buffer, start: number, end: number, shared: boolean): void;

  /** Ends the response; `over` is set then. */
  protected abstract complete(trailers: readonly string[] | null): void;

  /** Answers with an error page in the place of a head that can't be sent; `complete` follows. */
  protected abstract replace(page: Buffer, bodyless: boolean): void;

  protected get closed(): boolean {
    return this.over;
  }

  /** The connection is not to be used for another request. */
  protected spoil(): void {
    // Where requests don't share a connection one after the other there is nothing to it.
  }

  inform(head: ResponseHead): void {
    if (this.closed || this.started) return;
    const plan = this.#plan(head, true);
    // Hints are worth nothing to a client that does not read; they must not pile up.
    if (plan !== null && this.pending <= UNREAD_HINTS_BYTES_MAX) this.hint(plan);
  }

  start(head: ResponseHead, wholeBytes: number): void {
    if (this.closed || this.started) return;
    const plan = this.#plan(head, false);
    if (plan === null) return;
    const { exchange } = this;
    this.started = true;
    exchange.status = plan.status;
    exchange.answered = true;
    this.#eventStream = plan.eventStream;
    this.discard = plan.noBody || exchange.head.method === 'HEAD';
    let length = plan.contentLength === -1 && !this.discard ? wholeBytes : plan.contentLength;
    // Nor has this one a body, but it says so (RFC 9110 15.3.6).
    if (plan.status === 205) {
      this.discard = true;
      length = 0;
    }
    if (!this.discard) this.remaining = length;
    this.begin(plan, length, wholeBytes);
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, false);
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, true);
  }

  end(trailers: readonly string[] | null): void {
    if (this.closed) return;
    if (this.remaining > 0) {
      this.fault(`the body ended ${this.remaining} bytes before its Content-Length`);
      this.abort('short body');
      return;
    }
    this.complete(trailers);
  }

  /** The server is going away. A stream of events has no end of its own: it is ended here, and its client connects again elsewhere. */
  drain(): void {
    if (this.over || !this.#eventStream) return;
    const { exchange } = this;
    this.spoil();
    this.end(null);
    exchange.cancel();
  }

  /** The client is gone. */
  dead(): void {
    this.over = true;
  }

  protected fault(message: string): void {
    logAppFault(this.context.log, this.exchange, message);
  }

  /** Heads that come again are validated and serialised once. */
  #plan(head: ResponseHead, interim: boolean): ResponsePlan | null {
    if (head.memo !== null) return head.memo as ResponsePlan;
    const plan = planResponse(head.status, head.reason, head.fields, {
      headerBytesMax: this.context.limits.responseHeadBytesMax,
    });
    const invalid = 'invalid' in plan ? plan.invalid : wrongClass(head.status, interim);
    if ('invalid' in plan || invalid !== null) {
      this.fault(invalid ?? 'invalid');
      this.replaceWithError();
      return null;
    }
    head.memo = plan;
    return plan;
  }

  /** What was begun can't be sent, and nothing of it was. */
  protected replaceWithError(): void {
    const { exchange } = this;
    const page = errorPage(500, 'The application gave an invalid response.', exchange.id);
    this.started = true;
    exchange.status = 500;
    exchange.answered = true;
    const bytes = Buffer.from(page, 'utf8');
    const bodyless = exchange.head.method === 'HEAD';
    exchange.bytesSent += bodyless ? 0 : bytes.length;
    this.replace(bytes, bodyless);
    this.discard = true;
    this.complete(null);
    // The app may never end by itself what nobody is going to see.
    exchange.cancel();
  }

  #body(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.closed || this.discard || start === end) return;
    let last = end;
    if (this.remaining !== -1) {
      last = Math.min(end, start + this.remaining);
      this.remaining -= last - start;
    }
    if (last > start) {
      this.exchange.bytesSent += last - start;
      this.emit(chunk, start, last, shared);
    }
    if (last < end) this.#overflow(end - last);
  }

  #overflow(bytes: number): void {
    this.fault(`the body is longer than its Content-Length (at least ${bytes} bytes more); it was cut off`);
    // What the client has is complete, but nobody knows what the app meant.
    this.spoil();
    this.discard = true;
    this.complete(null);
    this.exchange.cancel();
  }
}
