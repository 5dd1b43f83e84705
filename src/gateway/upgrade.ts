import type { Duplex } from 'node:stream';
import { httpDate } from '../http/date.ts';
import type { Exchange } from '../http/exchange.ts';
import { isFault, type RequestFault } from '../http/request.ts';
import { isInvalidResponse, planResponse } from '../http/response-head.ts';
import type { TunnelOffer } from '../http/tunnel.ts';
import {
  readWebSocketOffer,
  wantsWebSocket,
  type WebSocketEvents,
  type WebSocketOffer,
  type WebSocketPeer,
  type WebSocketUpgrade,
} from '../http/websocket.ts';
import { logAppFault } from './app-fault.ts';
import type { SinkContext } from './context.ts';
import { Http1Tunnel } from './http1-tunnel.ts';
import type { WebSockets } from './websockets.ts';

/** The connection, as far as it can become something else. */
export interface UpgradableConnection {
  readonly socket: Duplex;
  /** What an opened WebSocket is in the access log. */
  readonly openedStatus: 101 | 200;
  readonly context: SinkContext;
  /** Lets go of the socket; null when it is gone already. Returns what was read of it and not used. */
  detach(drain: () => void): Buffer | null;
}

/** A request, as far as it can become a WebSocket. */
export interface UpgradableExchange extends Exchange {
  websocket: WebSocketUpgrade | null;
  websocketFault: RequestFault | null;
  tunnel: TunnelOffer | null;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/;

/** Gives the exchange its ways to another protocol; if that is a WebSocket, perhaps the reason why there is none. */
export function offerUpgrade(
  connection: UpgradableConnection,
  exchange: UpgradableExchange,
  webSockets: WebSockets,
): void {
  if (exchange.body.length === 0) exchange.tunnel = new Http1Tunnel(connection, exchange);
  const keyed = exchange.protocol !== 'HTTP/2.0';
  if (keyed && !wantsWebSocket(exchange.head)) return;
  const offer = readWebSocketOffer(exchange.head, keyed);
  if (isFault(offer)) exchange.websocketFault = offer;
  else if (webSockets.full) exchange.websocketFault = { status: 503, reason: 'too many WebSockets are open' };
  else if (exchange.body.length === 0)
    exchange.websocket = new Upgrade(connection, exchange, offer, webSockets);
}

/** Turns a connection of HTTP/1.1, or a stream of HTTP/2, into a WebSocket. */
export class Upgrade implements WebSocketUpgrade {
  readonly protocols: readonly string[];
  readonly #connection: UpgradableConnection;
  readonly #exchange: UpgradableExchange;
  readonly #offer: WebSocketOffer;
  readonly #webSockets: WebSockets;

  constructor(
    connection: UpgradableConnection,
    exchange: UpgradableExchange,
    offer: WebSocketOffer,
    webSockets: WebSockets,
  ) {
    this.protocols = offer.protocols;
    this.#connection = connection;
    this.#exchange = exchange;
    this.#offer = offer;
    this.#webSockets = webSockets;
  }

  accept(protocol: string, fields: readonly string[], events: WebSocketEvents): WebSocketPeer | null {
    const connection = this.#connection;
    const exchange = this.#exchange;
    const lines = this.#lines(exchange, protocol, fields);
    let drain = (): void => undefined;
    const head = connection.detach(() => drain());
    if (head === null || lines === null) {
      connection.socket.destroy();
      return null;
    }
    exchange.status = connection.openedStatus;
    const session = this.#webSockets.open(connection.socket, head, this.#offer, { protocol, lines }, events);
    if (session !== null) drain = () => session.drain();
    connection.socket.resume();
    return session;
  }

  /** The app's header lines, checked like those of any response, and ours. What only the handshake itself may say is left out. */
  #lines(exchange: UpgradableExchange, protocol: string, fields: readonly string[]): string[] | null {
    const connection = this.#connection;
    const allowed = fields.filter(
      (_, index) => fields[index & ~1]?.toLowerCase().startsWith('sec-websocket-') !== true,
    );
    const plan = planResponse(101, '', allowed, {
      headerBytesMax: connection.context.limits.responseHeadBytesMax,
    });
    if (isInvalidResponse(plan) || !TOKEN.test(protocol)) {
      logAppFault(
        connection.context.log,
        exchange,
        isInvalidResponse(plan) ? plan.invalid : 'the subprotocol is not a token',
      );
      return null;
    }
    const lines = plan.headText.split('\r\n').slice(1, -1);
    lines.push(`Date: ${httpDate(Date.now())}`);
    if (connection.context.serverHeader !== '') lines.push(`Server: ${connection.context.serverHeader}`);
    return lines;
  }
}
