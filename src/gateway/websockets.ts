import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Sweeper } from '../base/sweeper.ts';
import type { WebSocketEvents, WebSocketOffer } from '../http/websocket.ts';
import { webSocketCodec } from './codec-socket.ts';
import { WebSocketSession } from './websocket-session.ts';

/** Sizes in bytes, times in milliseconds; the options of the same names say what they mean. */
export interface WebSocketLimits {
  readonly messageBytesMax: number;
  /** 0: no pings. */
  readonly pingMs: number;
  readonly pongMs: number;
  readonly deflate: boolean;
  readonly deflateBytesMin: number;
  /** 0: no limit. */
  readonly connectionsMax: number;
}

/** What is served first does not wait for the codec. */
const PREPARE_MS = 1000;

/** Of one message. Each takes some memory of its own, together less than the longest message may. */
const FRAGMENTS_MAX = 131_072;

/** What the codec wants to know of the request; its handshake code reads nothing else. */
interface Handshake {
  readonly method: 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: string;
  readonly lines: readonly string[];
}

/**
 * Opens WebSockets on sockets whose handshake was read by us. Framing, masking, UTF-8, compression and the closing handshake are the `ws`
 * library's: an RFC 6455 codec without dependencies that passes the Autobahn suite.
 */
export class WebSockets {
  /** Null: no WebSocket has been asked for. */
  #server: WebSocketServer | null = null;
  readonly #limits: WebSocketLimits;
  readonly #sweeper: Sweeper;
  /** Of all that follow one another. */
  #count = { open: 0 };

  constructor(limits: WebSocketLimits, sweeper: Sweeper) {
    this.#limits = limits;
    this.#sweeper = sweeper;
  }

  /** Whether no more may be opened. */
  get full(): boolean {
    return this.#limits.connectionsMax !== 0 && this.#count.open >= this.#limits.connectionsMax;
  }

  /** There are going to be some: the first shall not have to wait for the codec to be read, nor whoever is served beside it. */
  prepare(): void {
    if (this.#server === null) setTimeout(() => this.#codecServer(), PREPARE_MS).unref();
  }

  /** Takes the place of others, whose open ones go on and are counted. */
  follow(others: WebSockets): void {
    this.#count = others.#count;
    if (others.#server !== null) this.#codecServer();
  }

  /**
   * Answers 101 and begins. `lines` are header lines that were checked; `head` what the client sent already.
   * Null when the codec refused (an extension offer it cannot read): it has answered and closed then.
   */
  open(
    socket: Duplex,
    head: Buffer,
    offer: WebSocketOffer,
    answer: { readonly protocol: string; readonly lines: readonly string[] },
    events: WebSocketEvents,
  ): WebSocketSession | null {
    const headers: Record<string, string> = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': offer.key,
    };
    if (offer.extensions !== '') headers['sec-websocket-extensions'] = offer.extensions;
    if (offer.protocols.length > 0) headers['sec-websocket-protocol'] = offer.protocols.join(',');
    const handshake: Handshake = { method: 'GET', url: '/', headers, ...answer };
    let opened: WebSocket | null = null;
    this.#codecServer().handleUpgrade(handshake as unknown as IncomingMessage, socket, head, (webSocket) => {
      opened = webSocket;
      const count = this.#count;
      count.open += 1;
      webSocket.once('close', () => {
        count.open -= 1;
      });
    });
    return opened === null ? null : new WebSocketSession(opened, socket, events, this.#limits, this.#sweeper);
  }

  #codecServer(): WebSocketServer {
    if (this.#server !== null) return this.#server;
    const { Server, Socket } = webSocketCodec();
    const { messageBytesMax, deflate, deflateBytesMin } = this.#limits;
    const server = new Server({
      noServer: true,
      WebSocket: Socket,
      clientTracking: false,
      maxPayload: messageBytesMax,
      maxFragments: FRAGMENTS_MAX,
      perMessageDeflate: deflate ? { threshold: deflateBytesMin } : false,
      handleProtocols: (_offered, request) => handshakeOf(request).protocol || false,
    });
    server.on('headers', (lines, request) => lines.push(...handshakeOf(request).lines));
    this.#server = server;
    return server;
  }
}

function handshakeOf(request: IncomingMessage): Handshake {
  return request as unknown as Handshake;
}
