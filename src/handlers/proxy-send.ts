import type { Exchange } from '../http/exchange.ts';
import { latin1 } from '../http/latin1.ts';
import type { TunnelOffer } from '../http/tunnel.ts';
import type { PeerConnection } from '../peers/peer-connection.ts';
import { peerFailure, type PeerFailure } from '../peers/peer-failure.ts';
import type { Peer } from '../peers/peer.ts';
import { uwsgiBlock } from '../peers/uwsgi.ts';
import type { EncodableBody } from './app-encoder.ts';
import { ProxyBody } from './proxy-body.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { proxyTarget } from './proxy-target.ts';
import { proxyVariables } from './proxy-variables.ts';
import { webSocketKey } from './proxy-websocket-key.ts';

/** A body of at most this many bytes leaves in one piece with its head, and can be sent again. */
export const INLINE_BYTES_MAX = 65_536;
/** Up to this it is joined to the head's text. */
const JOIN_BYTES_MAX = 8192;
const HTTP_AGAIN = /(?:^|[,\s])(?:h2c?|https?|tls)(?:$|[,\s/])/;
// Their requests say how long their body is, even when there is none (RFC 9110, section 8.6).
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** A request on its way to a peer. */
export interface OutgoingRequest {
  readonly exchange: Exchange;
  readonly options: ProxyOptions;
  readonly body: EncodableBody | null;
  readonly peer: Peer;
}

/** Writes it. Gives what is still to be sent of its body, null when all was sent, or why the peer can't be sent it. */
export function sendRequest(
  request: OutgoingRequest,
  connection: PeerConnection,
): ProxyBody | PeerFailure | null {
  return request.peer.spec.protocol === 'uwsgi'
    ? sendUwsgi(request, connection)
    : sendHttp(request, connection);
}

/** Other protocols are the peer's affair, but for those that are HTTP again: requests in them would pass by everything that is said here. */
export function tunnelTo({ tunnel }: Exchange, peer: Peer): TunnelOffer | null {
  if (tunnel === null || peer.spec.protocol === 'uwsgi') return null;
  return HTTP_AGAIN.test(tunnel.protocol) ? null : tunnel;
}

function sendHttp(request: OutgoingRequest, connection: PeerConnection): ProxyBody | null {
  const { exchange, options, body, peer } = request;
  const { fields } = options;
  const whole = body?.whole(INLINE_BYTES_MAX) ?? null;
  const length = whole === null ? bodyBytes(request) : whole.length;
  const head =
    `${exchange.head.method} ${targetOf(request)} HTTP/1.1\r\nHost: ${fields.host(exchange, peer.host)}\r\n` +
    `${fields.text(exchange)}${framing(request, length)}\r\n`;
  if (body === null || (whole !== null && whole.length <= JOIN_BYTES_MAX)) {
    connection.writeText(whole === null ? head : head + latin1(whole, 0, whole.length));
    connection.requestSent();
    return null;
  }
  connection.cork();
  connection.writeText(head);
  let rest: ProxyBody | null = null;
  if (whole === null) rest = sendBody(connection, body, length === -1);
  else {
    connection.write(whole);
    connection.requestSent();
  }
  connection.uncork();
  return rest;
}

function sendUwsgi(request: OutgoingRequest, connection: PeerConnection): ProxyBody | PeerFailure | null {
  const { exchange, options, body, peer } = request;
  const { fields } = options;
  const bytes = bodyBytes(request);
  const block = uwsgiBlock(
    proxyVariables(exchange, {
      target: targetOf(request),
      host: fields.host(exchange, peer.host),
      fields: fields.list(exchange),
      bodyBytes: Math.max(0, bytes),
    }),
  );
  if (block === null) return peerFailure('too_large', 'speaks a protocol with at most 64 KiB of headers');
  if (bytes === -1) return peerFailure('too_large', 'has to be told how long the body is');
  connection.write(block);
  if (body !== null) return sendBody(connection, body, false);
  connection.requestSent();
  return null;
}

function sendBody(connection: PeerConnection, body: EncodableBody, chunked: boolean): ProxyBody {
  const sending = new ProxyBody(body, connection, chunked, () => connection.requestSent());
  sending.pump();
  return sending;
}

function targetOf({ exchange, options: { spec, path } }: OutgoingRequest): string {
  return proxyTarget(exchange.head.target, path, spec.prefix);
}

/** Exactly one way to tell where the body ends (RFC 9112, section 6); and the protocol the client would like to change to. */
function framing({ exchange, peer }: OutgoingRequest, length: number): string {
  const { head } = exchange;
  const offer = tunnelTo(exchange, peer);
  if (offer !== null) {
    const key = webSocketKey(exchange);
    const keyLine = key === '' ? '' : `Sec-WebSocket-Key: ${key}\r\n`;
    return `Connection: upgrade\r\nUpgrade: ${offer.protocol}\r\n${keyLine}`;
  }
  if (length === -1) return 'Transfer-Encoding: chunked\r\n';
  const told = length > 0 || head.block.contentLength === 0 || WITH_BODY.has(head.method);
  return told ? `Content-Length: ${length}\r\n` : '';
}

/** Of the body; -1 while nobody knows. One that is streamed still says how long it is to be. */
function bodyBytes({ exchange, body }: OutgoingRequest): number {
  if (body === null) return 0;
  return body.length === -1 ? exchange.body.length : body.length;
}
