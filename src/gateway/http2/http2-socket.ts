import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { fieldsOf } from './http2-fields.ts';
import { CANCEL, resetStream } from './reset-stream.ts';

/**
 * A stream of HTTP/2 in the place of a socket that was upgraded (RFC 8441), for a codec that answers a handshake of HTTP/1.1: its first
 * write, the head of a 101, becomes the 200 of an extended CONNECT. The rest goes through as it is.
 */
export class Http2Socket extends Duplex {
  readonly #stream: ServerHttp2Stream;
  #answered = false;

  constructor(stream: ServerHttp2Stream) {
    super();
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.on('end', () => this.push(null));
    stream.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#stream.destroyed) done(new Error('the stream is closed'));
    else if (this.#answered) this.#stream.write(chunk, done);
    else {
      this.#answered = true;
      done(this.#respond(fromHandshake(chunk.toString('latin1'))));
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#stream.destroyed) done();
    else this.#stream.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#stream.writableFinished) resetStream(this.#stream, CANCEL);
    done(error);
  }

  /** What the codec refuses to send is the end of the stream, and of nothing else. */
  #respond(headers: OutgoingHttpHeaders): Error | null {
    try {
      this.#stream.respond(headers);
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** RFC 8441 5.1: no Upgrade, Connection nor Sec-WebSocket-Accept. */
function fromHandshake(text: string): OutgoingHttpHeaders {
  const fields = text
    .split('\r\n')
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(0, colon)).toLowerCase();
      return OF_HTTP1.has(name) ? [] : [name, line.slice(colon + 1).trim()];
    });
  return fieldsOf(200, fields);
}

const OF_HTTP1 = new Set(['', 'upgrade', 'connection', 'sec-websocket-accept']);
