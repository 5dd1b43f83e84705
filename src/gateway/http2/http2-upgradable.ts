import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { SinkContext } from '../context.ts';
import type { UpgradableConnection } from '../upgrade.ts';
import type { Http2Sink } from './http2-sink.ts';
import { Http2Socket } from './http2-socket.ts';

/** A stream that an extended CONNECT (RFC 8441) can make a WebSocket of. */
export class Http2Upgradable implements UpgradableConnection {
  readonly openedStatus = 200;
  readonly context: SinkContext;
  /** It is a WebSocket's now. */
  detached = false;
  /** Ends the WebSocket. */
  drain: () => void = () => undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #sink: Http2Sink;
  readonly #draining: () => boolean;
  #socket: Http2Socket | null = null;

  constructor(stream: ServerHttp2Stream, sink: Http2Sink, context: SinkContext, draining: () => boolean) {
    this.#stream = stream;
    this.#sink = sink;
    this.context = context;
    this.#draining = draining;
  }

  get socket(): Duplex {
    this.#socket ??= new Http2Socket(this.#stream);
    return this.#socket;
  }

  detach(drain: () => void): Buffer | null {
    if (this.#stream.destroyed || this.#stream.closed || this.#stream.headersSent) return null;
    this.detached = true;
    this.drain = drain;
    this.#sink.dead();
    if (this.#draining()) setImmediate(drain);
    return Buffer.alloc(0);
  }
}
