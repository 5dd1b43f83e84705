import { WebSocket } from 'ws';

/** How long the app's answers to what a client sent before its fault may take to come. */
const ANSWERS_MS = 100;

/**
 * A WebSocket of the codec that fails a connection with a little patience. Messages before the one that is at fault have been given to the
 * app, in another process: what it answers at once still reaches the client, before the close (RFC 6455, section 7.1.7, leaves that open).
 */
export class CodecSocket extends WebSocket {
  /** The codec gives a code alone when the client is at fault; with a reason, it answers the client's own close. */
  override close(code?: number, reason?: string | Buffer): void {
    if (code === undefined || reason !== undefined) super.close(code, reason);
    else setTimeout(() => super.close(code), ANSWERS_MS).unref();
  }
}
