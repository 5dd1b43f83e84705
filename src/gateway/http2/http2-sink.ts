import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { errorPage } from '../../handlers/respond.ts';
import { httpDate } from '../../http/date.ts';
import type { ResponseHead, ResponseSink } from '../../http/exchange.ts';
import { planResponse, type ResponsePlan, wrongClass } from '../../http/response-head.ts';
import { logAppFault } from '../app-fault.ts';
import type { SinkContext } from '../context.ts';
import { WriteClock } from '../write-clock.ts';
import type { Http2Exchange } from './http2-exchange.ts';
import { http2Fields } from './http2-fields.ts';
import { INTERNAL_ERROR, NO_ERROR, resetStream } from './reset-stream.ts';

/** Larger pieces are written in parts, so that a slow reader's progress can be seen. */
const PART_BYTES_MAX = 65_536;
const UNREAD_HINTS_BYTES_MAX = 65_536;

/** Serialises one response as HTTP/2 (RFC 9113, section 8.1). */
export class Http2Sink implements ResponseSink {
  started = false;
  onDrain: (() => void) | null = null;
  /** All bytes that were given to the stream. */
  bytesWritten = 0;
  readonly #context: SinkContext;
  readonly #exchange: Http2Exchange;
  readonly #stream: ServerHttp2Stream;
  readonly #clock: WriteClock;
  /** When the client must have taken something of what waits for it. */
  #takenBy = Infinity;
  #done = false;
  #corked = false;
  #discard = false;
  #eventStream = false;
  #trailers: readonly string[] | null = null;
  #mayTrail = false;
  /** Body bytes still owed to a Content-Length; -1 without one. */
  #remaining = -1;
  readonly #uncork = (): void => {
    this.#corked = false;
    this.#stream.uncork();
  };

  constructor(context: SinkContext, exchange: Http2Exchange, stream: ServerHttp2Stream) {
    this.#context = context;
    this.#exchange = exchange;
    this.#stream = stream;
    this.#clock = new WriteClock(this, context.limits.writeMs);
    stream.on('drain', () => this.onDrain?.());
  }

  get pending(): number {
    return this.#stream.writableLength;
  }

  /** As the clock wants it. */
  get writableLength(): number {
    return this.#stream.writableLength;
  }

  inform(head: ResponseHead): void {
    if (this.#closed || this.started) return;
    const plan = this.#plan(head, true);
    // Hints are worth nothing to a client that does not read; they must not pile up.
    if (plan === null || this.pending > UNREAD_HINTS_BYTES_MAX) return;
    this.#stream.additionalHeaders(http2Fields(plan));
  }

  start(head: ResponseHead, wholeBytes: number): void {
    if (this.#closed || this.started) return;
    const plan = this.#plan(head, false);
    if (plan === null) return;
    this.started = true;
    this.#exchange.status = plan.status;
    this.#exchange.answered = true;
    this.#eventStream = plan.eventStream;
    const headers = this.#ownFields(http2Fields(plan));
    const bodyless = plan.noBody || this.#exchange.head.method === 'HEAD';
    const length = plan.contentLength === -1 && !bodyless ? wholeBytes : plan.contentLength;
    if (length !== -1) headers['content-length'] = String(length);
    if (bodyless) this.#discard = true;
    else this.#remaining = length;
    // Node asks for trailers by an event of its own, which costs: only where both sides spoke of them.
    this.#mayTrail = !bodyless && (headers['trailer'] !== undefined || this.#takesTrailers());
    this.#respond(headers, this.#discard || length === 0);
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, false);
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, true);
  }

  end(trailers: readonly string[] | null): void {
    if (this.#closed) return;
    if (this.#remaining > 0) {
      this.#fault(`the body ended ${this.#remaining} bytes before its Content-Length`);
      this.abort('short body');
      return;
    }
    this.#trailers = this.#mayTrail ? trailers : null;
    this.#finish();
  }

  abort(_reason: string): void {
    if (this.#closed) return;
    this.#done = true;
    resetStream(this.#stream, INTERNAL_ERROR);
  }

  /** The server is going away. A stream of events has no end of its own: it is ended here, and its client connects again elsewhere. */
  drain(): void {
    if (this.#done || !this.#eventStream) return;
    const exchange = this.#exchange;
    this.end(null);
    exchange.cancel();
  }

  /** The stream is gone. */
  dead(): void {
    this.#done = true;
  }

  /** The client must take something of its response within each period. */
  stalled(now: number): boolean {
    if (this.writableLength === 0) {
      this.#takenBy = Infinity;
      return false;
    }
    if (this.#takenBy !== Infinity && now < this.#takenBy) return false;
    if (this.#takenBy !== Infinity && this.#clock.stalled) return true;
    this.#takenBy = this.#clock.start(now);
    return false;
  }

  get #closed(): boolean {
    return this.#done || this.#stream.destroyed || this.#stream.closed;
  }

  #takesTrailers(): boolean {
    return this.#exchange.head.block.lower.includes('te');
  }

  #respond(headers: OutgoingHttpHeaders, endStream: boolean): void {
    const stream = this.#stream;
    try {
      stream.respond(headers, { endStream, waitForTrailers: this.#mayTrail && !endStream });
    } catch (error) {
      // The codec refuses what it takes for a mistake in the headers: nothing of them was sent.
      this.#fault(error instanceof Error ? error.message : String(error));
      this.#done = true;
      resetStream(this.#stream, INTERNAL_ERROR);
      return;
    }
    if (this.#mayTrail && !endStream) stream.once('wantTrailers', () => this.#sendTrailers());
  }

  #sendTrailers(): void {
    const fields: Record<string, string> = {};
    const trailers = this.#trailers ?? [];
    for (let i = 0; i + 1 < trailers.length; i += 2)
      fields[(trailers[i] ?? '').toLowerCase()] = trailers[i + 1] ?? '';
    try {
      this.#stream.sendTrailers(fields);
    } catch {
      resetStream(this.#stream, INTERNAL_ERROR);
    }
  }

  #finish(): void {
    this.#done = true;
    const stream = this.#stream;
    if (!stream.writableEnded) stream.end();
    // What the client is still sending is not wanted any more (RFC 9113 8.1).
    if (!this.#exchange.body.done) {
      this.#exchange.body.drop();
      if (stream.writableFinished) stream.close(NO_ERROR);
      else stream.once('finish', () => stream.close(NO_ERROR));
    }
    this.#exchange.done();
  }

  /** Heads that come again are validated and serialised once. */
  #plan(head: ResponseHead, interim: boolean): ResponsePlan | null {
    if (head.memo !== null) return head.memo as ResponsePlan;
    const plan = planResponse(head.status, head.reason, head.fields, {
      headerBytesMax: this.#context.limits.responseHeadBytesMax,
    });
    const invalid = 'invalid' in plan ? plan.invalid : wrongClass(head.status, interim);
    if ('invalid' in plan || invalid !== null) {
      this.#fault(invalid ?? 'invalid');
      this.#replaceWithError();
      return null;
    }
    head.memo = plan;
    return plan;
  }

  #replaceWithError(): void {
    const page = Buffer.from(
      errorPage(500, 'The application gave an invalid response.', this.#exchange.id),
      'utf8',
    );
    this.started = true;
    this.#exchange.status = 500;
    this.#exchange.answered = true;
    const fields = {
      ':status': 500,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(page.length),
    };
    const bodyless = this.#exchange.head.method === 'HEAD';
    this.#respond(this.#ownFields(fields), bodyless);
    if (!bodyless) this.#stream.write(page);
    this.#exchange.bytesSent += bodyless ? 0 : page.length;
    this.#discard = true;
    this.#finish();
    // The app may never end by itself what nobody is going to see.
    this.#exchange.cancel();
  }

  /** Date and Server are the server's, whatever the app says. */
  #ownFields(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
    fields['date'] = httpDate(Date.now());
    if (this.#context.serverHeader !== '') fields['server'] = this.#context.serverHeader;
    return fields;
  }

  #body(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.#closed || this.#discard || start === end) return;
    let last = end;
    if (this.#remaining !== -1) {
      last = Math.min(end, start + this.#remaining);
      this.#remaining -= last - start;
    }
    if (last > start) this.#emit(chunk, start, last, shared);
    if (last === end) return;
    this.#fault(
      `the body is longer than its Content-Length (at least ${end - last} bytes more); it was cut off`,
    );
    this.#discard = true;
    this.#finish();
    this.#exchange.cancel();
  }

  /** What is written in one turn leaves together. */
  #emit(chunk: Buffer, start: number, end: number, shared: boolean): void {
    const stream = this.#stream;
    if (!this.#corked) {
      this.#corked = true;
      stream.cork();
      process.nextTick(this.#uncork);
    }
    for (let at = start; at < end; at += PART_BYTES_MAX) {
      const part = chunk.subarray(at, Math.min(end, at + PART_BYTES_MAX));
      stream.write(shared ? part : Buffer.from(part));
    }
    this.bytesWritten += end - start;
    this.#exchange.bytesSent += end - start;
  }

  #fault(message: string): void {
    logAppFault(this.#context.log, this.#exchange, message);
  }
}
