import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { httpDate } from '../../http/date.ts';
import type { ResponsePlan } from '../../http/response-head.ts';
import type { ClientExchange } from '../client-exchange.ts';
import { ClientSink } from '../client-sink.ts';
import type { SinkContext } from '../context.ts';
import { WriteClock } from '../write-clock.ts';
import type { Http2Body } from './http2-body.ts';
import { fieldsOf, http2Fields } from './http2-fields.ts';
import { INTERNAL_ERROR, NO_ERROR, resetStream } from './reset-stream.ts';

/** Larger pieces are written in parts, so that a slow reader's progress can be seen. */
const PART_BYTES_MAX = 65_536;

const WITHOUT_BODY = { endStream: true };
const WITH_BODY = { endStream: false };
const WITH_TRAILERS = { endStream: false, waitForTrailers: true };

/** Serialises one response as HTTP/2 (RFC 9113, section 8.1). */
export class Http2Sink extends ClientSink<Http2Body> {
  /** All bytes that were given to the stream. */
  bytesWritten = 0;
  readonly #stream: ServerHttp2Stream;
  #clock: WriteClock | null = null;
  /** When the client must have taken something of what waits for it. */
  #takenBy = Infinity;
  #corked = false;
  #drains = false;
  #trailers: readonly string[] | null = null;
  #mayTrail = false;

  constructor(context: SinkContext, exchange: ClientExchange<Http2Body>, stream: ServerHttp2Stream) {
    super(context, exchange);
    this.#stream = stream;
  }

  get pending(): number {
    return this.#stream.writableLength;
  }

  /** As the clock wants it. */
  get writableLength(): number {
    return this.#stream.writableLength;
  }

  abort(_reason: string): void {
    if (this.closed) return;
    this.over = true;
    resetStream(this.#stream, INTERNAL_ERROR);
  }

  /** The client must take something of its response within each period. */
  stalled(now: number): boolean {
    if (this.writableLength === 0) {
      this.#takenBy = Infinity;
      return false;
    }
    if (this.#takenBy !== Infinity && now < this.#takenBy) return false;
    this.#clock ??= new WriteClock(this, this.context.limits.writeMs);
    if (this.#takenBy !== Infinity && this.#clock.stalled) return true;
    this.#takenBy = this.#clock.start(now);
    return false;
  }

  protected override get closed(): boolean {
    return this.over || this.#stream.destroyed || this.#stream.closed;
  }

  protected hint(plan: ResponsePlan): void {
    try {
      this.#stream.additionalHeaders(http2Fields(plan));
    } catch (error) {
      // The response itself may be good.
      this.fault(wordsOf(error));
    }
  }

  protected begin(plan: ResponsePlan, length: number): void {
    const headers = this.#ownFields(http2Fields(plan));
    headers['content-length'] = length === -1 ? undefined : String(length);
    // Node asks for trailers by an event of its own, which costs: only where both sides spoke of them.
    const { lower } = this.exchange.head.block;
    this.#mayTrail = !this.discard && (headers['trailer'] !== undefined || lower.includes('te'));
    const refused = this.#respond(headers, this.discard || length === 0);
    if (refused === '') return;
    this.fault(refused);
    this.#mayTrail = false;
    this.replaceWithError();
  }

  /** What is written in one turn leaves together. */
  protected emit(chunk: Buffer, start: number, end: number, shared: boolean): void {
    const stream = this.#stream;
    // The last piece need not wait for others.
    if (!this.#corked && this.remaining !== 0) {
      this.#corked = true;
      stream.cork();
      process.nextTick(uncork, this);
    }
    this.bytesWritten += end - start;
    if (this.bytesWritten > PART_BYTES_MAX) writeSingly(stream);
    let accepted = true;
    for (let at = start; at < end; at += PART_BYTES_MAX) {
      const part = chunk.subarray(at, Math.min(end, at + PART_BYTES_MAX));
      accepted = stream.write(shared ? part : Buffer.from(part));
    }
    if (accepted || this.#drains) return;
    this.#drains = true;
    stream.on('drain', () => this.onDrain?.());
  }

  protected complete(trailers: readonly string[] | null): void {
    this.over = true;
    this.#trailers = trailers;
    const stream = this.#stream;
    if (!stream.writableEnded) stream.end();
    // What the client is still sending is not wanted any more (RFC 9113 8.1).
    const { body } = this.exchange;
    if (!body.done) {
      body.drop();
      if (stream.writableFinished) stream.close(NO_ERROR);
      else stream.once('finish', () => stream.close(NO_ERROR));
    }
    this.exchange.done();
  }

  protected replace(page: Buffer, bodyless: boolean): void {
    const fields = {
      ':status': 500,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(page.length),
    };
    if (this.#respond(this.#ownFields(fields), bodyless) !== '') resetStream(this.#stream, INTERNAL_ERROR);
    else if (!bodyless) this.#stream.write(page);
  }

  /** Node copies the fields. Tells why they can't be sent: the codec refuses what it takes for a mistake, and sends nothing of it. */
  #respond(headers: OutgoingHttpHeaders, endStream: boolean): string {
    const stream = this.#stream;
    const trails = this.#mayTrail && !endStream;
    try {
      if (trails) stream.respond(headers, WITH_TRAILERS);
      else stream.respond(headers, endStream ? WITHOUT_BODY : WITH_BODY);
    } catch (error) {
      return wordsOf(error);
    }
    if (trails) stream.once('wantTrailers', () => this.#sendTrailers());
    return '';
  }

  #sendTrailers(): void {
    const { ':status': _, ...fields } = fieldsOf(0, this.#trailers ?? []);
    try {
      this.#stream.sendTrailers(fields);
    } catch (error) {
      // Nothing of them was sent, and the response is whole without them.
      this.fault(`its trailers: ${wordsOf(error)}`);
      if (!this.#stream.destroyed && !this.#stream.closed) this.#stream.sendTrailers({});
    }
  }

  /** Date and Server are the server's, whatever the app says. */
  #ownFields(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
    const { serverHeader } = this.context;
    fields['date'] = httpDate(Date.now());
    fields['server'] = serverHeader === '' ? undefined : serverHeader;
    return fields;
  }

  /** Lets go what was held back for the turn. */
  static release(sink: Http2Sink): void {
    sink.#corked = false;
    sink.#stream.uncork();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const uncork = (sink: Http2Sink): void => Http2Sink.release(sink);

/** Parts that the stream joins are reported as taken when all of them are, which for a slow reader may be far too late. */
function writeSingly(stream: { _writev?: unknown }): void {
  if (stream._writev !== undefined) stream._writev = undefined;
}
