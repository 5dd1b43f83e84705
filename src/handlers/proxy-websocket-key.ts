import { createHash, randomBytes } from 'node:crypto';
import type { Exchange } from '../http/exchange.ts';
import { type PeerHead, peerField } from '../peers/peer-head.ts';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const salt = randomBytes(16);

/**
 * The Sec-WebSocket-Key of a WebSocket that came without one, because it came over HTTP/2 (RFC 8441, section 5): a peer that speaks HTTP/1.1
 * wants one. Always the same for one exchange; empty where the client's own is passed on.
 */
export function webSocketKey({ id, protocol, tunnel, head }: Exchange): string {
  if (protocol !== 'HTTP/2.0' || tunnel?.protocol !== 'websocket') return '';
  if (head.block.lower.includes('sec-websocket-key')) return '';
  return createHash('sha256').update(salt).update(id).digest().subarray(0, 16).toString('base64');
}

/** Whether the peer has read our key (RFC 6455, section 4.1). Of a key of the client's the client judges. */
export function isWebSocketAccepted(exchange: Exchange, head: PeerHead): boolean {
  const key = webSocketKey(exchange);
  if (key === '') return true;
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  return peerField(head, 'sec-websocket-accept') === accept;
}
