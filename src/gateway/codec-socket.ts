import { createRequire } from 'node:module';
import type { WebSocket, WebSocketServer } from 'ws';

/** How long the app's answers to what a client sent before its fault may take to come. */
const ANSWERS_MS = 100;

/** What is used of the `ws` library. */
export interface Codec {
  readonly Server: typeof WebSocketServer;
  /** A socket that fails a connection with a little patience. */
  readonly Socket: typeof WebSocket;
}

interface Library {
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
}

let codec: Codec | null = null;

/**
 * The library, read when it is wanted first: it brings node:http and node:https along, 5 MB and 50 ms of every start, and most servers never
 * open a WebSocket.
 */
export function webSocketCodec(): Codec {
  if (codec !== null) return codec;
  const library = createRequire(import.meta.url)('ws') as Library;
  codec = { Server: library.WebSocketServer, Socket: patient(library.WebSocket) };
  return codec;
}

/**
 * Messages before the one that is at fault have been given to the app, in another process: what it answers at once still reaches the client,
 * before the close (RFC 6455, section 7.1.7, leaves that open).
 */
function patient(Base: typeof WebSocket): typeof WebSocket {
  return class CodecSocket extends Base {
    /** The codec gives a code alone when the client is at fault; with a reason, it answers the client's own close. */
    override close(code?: number, reason?: string | Buffer): void {
      if (code === undefined || reason !== undefined) super.close(code, reason);
      else setTimeout(() => super.close(code), ANSWERS_MS).unref();
    }
  };
}
