import type { Socket } from 'node:net';
import { httpDate } from '../http/date.ts';
import type { ResponseHead } from '../http/exchange.ts';
import { latin1 } from '../http/latin1.ts';
import type { ResponsePlan } from '../http/response-head.ts';
import type { ClientExchange } from './client-exchange.ts';
import { ClientSink } from './client-sink.ts';
import type { SinkContext } from './context.ts';
import type { Http1Body } from './http1-body.ts';
import { JOINED_BYTES_MAX } from './joined-bytes.ts';
import { writeJoined, writeText } from './shared-socket.ts';
import { type Flushable, flushSoon } from './flush-soon.ts';
import { usualHead } from './usual-head.ts';
import { writeLarge } from './large-write.ts';

/**
 * Up to this a body piece is joined to what is waiting and leaves in the same write, which Node does without a buffer of its own
 * up to 16 KiB of text.
 */
const JOIN_BYTES_MAX = 15_360;
/** The last of a body costs less as text only if it is not longer. */
const SHORT_BYTES_MAX = 1024;

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
export class Http1Sink extends ClientSink<Http1Body> implements Flushable {
  readonly #connection: SinkConnection;
  #keepAlive = false;
  #chunked = false;
  /** Not yet given to the socket: latin-1. */
  #out = '';
  #flushing = false;
  /** Whether some of the body was among it, so that somebody may wait for it to be gone. */
  #gathered = false;

  constructor(connection: SinkConnection, exchange: ClientExchange<Http1Body>) {
    super(connection.context, exchange);
    this.#connection = connection;
  }

  get pending(): number {
    return this.#connection.socket.writableLength + this.#out.length;
  }

  override inform(head: ResponseHead): void {
    // HTTP/1.0 knows no interim responses (RFC 9110, section 15.2).
    if (this.exchange.head.block.minor !== 0) super.inform(head);
  }

  flush(): void {
    this.#flushing = false;
    this.#flush();
    const gathered = this.#gathered;
    this.#gathered = false;
    // What the system takes at once has never been in the stream, which would have told when it drained.
    if (gathered && !this.over && this.#connection.socket.writableLength === 0) this.onDrain?.();
  }

  abort(_reason: string): void {
    if (this.over) return;
    this.#flush();
    this.over = true;
    // A missing last chunk or missing bytes tell the client; what was sent before it shall still get. Where only the end of the connection
    // ends the body, an orderly end would pass for a complete response.
    if (this.#chunked || this.remaining > 0) this.#connection.socket.destroySoon();
    else this.#connection.cut();
  }

  protected hint(plan: ResponsePlan): void {
    this.#connection.socket.write(`${plan.headText}\r\n`, 'latin1');
  }

  protected begin(plan: ResponsePlan, length: number, wholeBytes: number): void {
    this.#keepAlive = this.#connection.mayKeepAlive();
    const usual = this.#keepAlive && length !== -1 && this.exchange.head.block.minor === 1;
    this.#out += usual
      ? usualHead(plan, length, this.context.serverHeader)
      : plan.headText + this.#framing(length) + this.#ownFields();
    if (wholeBytes === -1) this.#flushSoon();
  }

  protected emit(chunk: Buffer, start: number, end: number, shared: boolean): void {
    const bytes = end - start;
    // The last of the body has nothing to wait for.
    if (this.remaining === 0 && bytes > SHORT_BYTES_MAX && bytes <= JOINED_BYTES_MAX - this.#out.length) {
      const out = this.#out;
      this.#out = '';
      writeJoined(this.#connection.socket, out, chunk, start, end);
      this.#connection.wrote();
      return;
    }
    if (bytes <= JOIN_BYTES_MAX) {
      const text = latin1(chunk, start, end);
      this.#out += this.#chunked ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
      this.#gathered = true;
      this.#flushSoon();
      return;
    }
    const before = this.#chunked ? `${this.#out}${bytes.toString(16)}\r\n` : this.#out;
    this.#out = '';
    const after = this.#chunked ? '\r\n' : '';
    writeLarge(this.#connection.socket, { before, bytes: chunk.subarray(start, end), after, shared });
    this.#connection.wrote();
  }

  protected complete(trailers: readonly string[] | null): void {
    this.over = true;
    if (this.#chunked)
      this.#out +=
        trailers === null || trailers.length === 0 ? '0\r\n\r\n' : `0\r\n${trailerLines(trailers)}\r\n`;
    this.#flush();
    this.#connection.responded(this.#keepAlive);
  }

  protected replace(page: Buffer, bodyless: boolean): void {
    this.#keepAlive = this.#connection.mayKeepAlive();
    this.#out =
      `HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${page.length}\r\n` +
      `${this.#ownFields()}${bodyless ? '' : page.toString('latin1')}`;
  }

  protected override spoil(): void {
    this.#keepAlive = false;
  }

  /** How the end of the body will be told (RFC 9112, section 6.3). */
  #framing(length: number): string {
    if (length !== -1) return `Content-Length: ${length}\r\n`;
    if (this.discard) return '';
    if (this.exchange.head.block.minor === 1) {
      this.#chunked = true;
      return 'Transfer-Encoding: chunked\r\n';
    }
    this.#keepAlive = false;
    return '';
  }

  /** Date, Server and Connection are the server's, whatever the app says; with the empty line. */
  #ownFields(): string {
    let text = `Date: ${httpDate(Date.now())}\r\n`;
    if (this.context.serverHeader !== '') text += `Server: ${this.context.serverHeader}\r\n`;
    if (!this.#keepAlive) return `${text}Connection: close\r\n\r\n`;
    return this.exchange.head.block.minor === 0 ? `${text}Connection: keep-alive\r\n\r\n` : `${text}\r\n`;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    flushSoon(this);
  }

  #flush(): void {
    if (this.#out === '') return;
    const out = this.#out;
    this.#out = '';
    writeText(this.#connection.socket, out);
    this.#connection.wrote();
  }
}

function trailerLines(trailers: readonly string[]): string {
  let text = '';
  for (let i = 0; i + 1 < trailers.length; i += 2) text += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
  return text;
}
