import type { Socket } from 'node:net';
import { errorPage } from '../handlers/respond.ts';
import { httpDate } from '../http/date.ts';
import type { ResponseHead, ResponseSink } from '../http/exchange.ts';
import { planResponse, type ResponsePlan, wrongClass } from '../http/response-head.ts';
import { logAppFault } from './app-fault.ts';
import type { SinkContext } from './context.ts';
import type { Http1Exchange } from './http1-exchange.ts';

/** Up to this a body piece is joined to what is waiting and leaves in the same write. */
const JOIN_BYTES_MAX = 8192;
const UNREAD_HINTS_BYTES_MAX = 65_536;
/** Larger pieces are written in parts, so that a slow reader's progress can be seen. */
const PART_BYTES_MAX = 131_072;

/** The connection, as the response needs it. */
export interface SinkConnection {
  readonly socket: Socket;
  readonly context: SinkContext;
  /** Decides, when the head is written, whether another request may follow. */
  mayKeepAlive(): boolean;
  /** Something was written: the client's reading is watched. */
  wrote(): void;
  /** The response is complete. */
  responded(keepAlive: boolean): void;
  /** Ends the connection in a way the client can tell from a complete response. */
  cut(): void;
}

/** Serialises one response as HTTP/1 (RFC 9112, sections 6 and 7). */
export class Http1Sink implements ResponseSink {
  started = false;
  onDrain: (() => void) | null = null;
  readonly #connection: SinkConnection;
  readonly #exchange: Http1Exchange;
  #done = false;
  #keepAlive = false;
  #chunked = false;
  #discard = false;
  #eventStream = false;
  /** Body bytes still owed to a Content-Length; -1 without one. */
  #remaining = -1;
  /** Not yet given to the socket: latin-1. */
  #out = '';
  #flushing = false;
  readonly #flushLater = (): void => {
    this.#flushing = false;
    this.#flush();
  };

  constructor(connection: SinkConnection, exchange: Http1Exchange) {
    this.#connection = connection;
    this.#exchange = exchange;
  }

  get pending(): number {
    return this.#connection.socket.writableLength + this.#out.length;
  }

  inform(head: ResponseHead): void {
    // HTTP/1.0 knows no interim responses (RFC 9110, section 15.2).
    if (this.#done || this.started || this.#exchange.head.block.minor === 0) return;
    const plan = this.#plan(head, true);
    // Hints are worth nothing to a client that does not read; they must not pile up.
    if (plan === null || this.pending > UNREAD_HINTS_BYTES_MAX) return;
    this.#connection.socket.write(`${plan.headText}\r\n`, 'latin1');
  }

  start(head: ResponseHead, wholeBytes: number): void {
    if (this.#done || this.started) return;
    const plan = this.#plan(head, false);
    if (plan === null) return;
    this.started = true;
    this.#exchange.status = plan.status;
    this.#exchange.answered = true;
    this.#eventStream = plan.eventStream;
    this.#keepAlive = this.#connection.mayKeepAlive();
    this.#out += plan.headText + this.#framing(plan, wholeBytes) + this.#ownFields();
    if (wholeBytes === -1) this.#flushSoon();
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, false);
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.#body(chunk, start, end, true);
  }

  end(trailers: readonly string[] | null): void {
    if (this.#done) return;
    if (this.#remaining > 0) {
      const missing = this.#remaining;
      logAppFault(
        this.#connection.context.log,
        this.#exchange,
        `the body ended ${missing} bytes before its Content-Length`,
      );
      this.abort('short body');
      return;
    }
    if (this.#chunked)
      this.#out +=
        trailers === null || trailers.length === 0 ? '0\r\n\r\n' : `0\r\n${trailerLines(trailers)}\r\n`;
    this.#finish();
  }

  abort(_reason: string): void {
    if (this.#done) return;
    this.#flush();
    this.#done = true;
    // A missing last chunk or missing bytes tell the client; what was sent before it shall still get. Where only the end of the connection
    // ends the body, an orderly end would pass for a complete response.
    if (this.#chunked || this.#remaining > 0) this.#connection.socket.destroySoon();
    else this.#connection.cut();
  }

  /** The server is going away. A stream of events has no end of its own: it is ended here, and its client connects again elsewhere. */
  drain(): void {
    if (this.#done || !this.#eventStream) return;
    this.#keepAlive = false;
    const exchange = this.#exchange;
    this.end(null);
    exchange.cancel();
  }

  /** The connection is gone. */
  dead(): void {
    this.#done = true;
  }

  #finish(): void {
    this.#done = true;
    this.#flush();
    this.#connection.responded(this.#keepAlive);
  }

  /** Heads that come again are validated and serialised once. */
  #plan(head: ResponseHead, interim: boolean): ResponsePlan | null {
    if (head.memo !== null) return head.memo as ResponsePlan;
    const plan = planResponse(head.status, head.reason, head.fields, {
      headerBytesMax: this.#connection.context.limits.responseHeadBytesMax,
    });
    const invalid = 'invalid' in plan ? plan.invalid : wrongClass(head.status, interim);
    if ('invalid' in plan || invalid !== null) {
      logAppFault(this.#connection.context.log, this.#exchange, invalid ?? 'invalid');
      this.#replaceWithError();
      return null;
    }
    head.memo = plan;
    return plan;
  }

  #replaceWithError(): void {
    const page = errorPage(500, 'The application gave an invalid response.', this.#exchange.id);
    this.started = true;
    this.#exchange.status = 500;
    this.#exchange.answered = true;
    this.#keepAlive = this.#connection.mayKeepAlive();
    const body = this.#exchange.head.method === 'HEAD' ? '' : page;
    this.#out =
      `HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${page.length}\r\n` +
      `${this.#ownFields()}${body}`;
    this.#exchange.bytesSent += body.length;
    this.#discard = true;
    this.#finish();
    // The app may never end by itself what nobody is going to see.
    this.#exchange.cancel();
  }

  /** How the end of the body will be told (RFC 9112, section 6.3); sets up `write` and `end` for it. */
  #framing(plan: ResponsePlan, wholeBytes: number): string {
    if (plan.noBody || this.#exchange.head.method === 'HEAD') {
      this.#discard = true;
      return plan.contentLength === -1 ? '' : `Content-Length: ${plan.contentLength}\r\n`;
    }
    const length = plan.contentLength === -1 ? wholeBytes : plan.contentLength;
    if (length !== -1) {
      this.#remaining = length;
      return `Content-Length: ${length}\r\n`;
    }
    if (this.#exchange.head.block.minor === 1) {
      this.#chunked = true;
      return 'Transfer-Encoding: chunked\r\n';
    }
    this.#keepAlive = false;
    return '';
  }

  /** Date, Server and Connection are the server's, whatever the app says; with the empty line. */
  #ownFields(): string {
    let text = `Date: ${httpDate(Date.now())}\r\n`;
    if (this.#connection.context.serverHeader !== '')
      text += `Server: ${this.#connection.context.serverHeader}\r\n`;
    if (!this.#keepAlive) return `${text}Connection: close\r\n\r\n`;
    return this.#exchange.head.block.minor === 0 ? `${text}Connection: keep-alive\r\n\r\n` : `${text}\r\n`;
  }

  #body(chunk: Buffer, start: number, end: number, shared: boolean): void {
    if (this.#done || this.#discard || start === end) return;
    let last = end;
    if (this.#remaining !== -1) {
      last = Math.min(end, start + this.#remaining);
      this.#remaining -= last - start;
    }
    if (last > start) this.#emit(chunk, start, last, shared);
    if (last < end) this.#overflow(end - last);
  }

  #emit(chunk: Buffer, start: number, end: number, shared: boolean): void {
    const bytes = end - start;
    this.#exchange.bytesSent += bytes;
    if (bytes <= JOIN_BYTES_MAX) {
      const text = chunk.toString('latin1', start, end);
      this.#out += this.#chunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
      this.#flushSoon();
      return;
    }
    const { socket } = this.#connection;
    socket.cork();
    if (this.#chunked) this.#out += `${bytes.toString(16)}\r\n`;
    this.#flush();
    for (let at = start; at < end; at += PART_BYTES_MAX) {
      const part = chunk.subarray(at, Math.min(end, at + PART_BYTES_MAX));
      socket.write(shared ? part : Buffer.from(part));
    }
    if (this.#chunked) this.#out += '\r\n';
    this.#flush();
    socket.uncork();
    this.#connection.wrote();
  }

  #overflow(bytes: number): void {
    const message = `the body is longer than its Content-Length (at least ${bytes} bytes more); it was cut off`;
    logAppFault(this.#connection.context.log, this.#exchange, message);
    // What the client has is complete. The connection is not used again: nobody knows what the app meant.
    this.#keepAlive = false;
    this.#discard = true;
    this.#finish();
    this.#exchange.cancel();
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(this.#flushLater);
  }

  #flush(): void {
    if (this.#out === '') return;
    const out = this.#out;
    this.#out = '';
    this.#connection.socket.write(out, 'latin1');
    this.#connection.wrote();
  }
}

function trailerLines(trailers: readonly string[]): string {
  let text = '';
  for (let i = 0; i + 1 < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return text;
}
