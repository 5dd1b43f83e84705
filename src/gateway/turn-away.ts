import type { Socket } from 'node:net';

/** What a client without room speaks: nothing can be said in TLS before its handshake is done. */
export type Spoken = 'http1' | 'http2' | 'tls';

const FULL =
  'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n';
/** SETTINGS that say nothing, which have to come first, and GOAWAY: no stream was or will be looked at, no error (RFC 9113, sections 6.5 and 6.8). */
const GOAWAY = Buffer.from('0000000400000000000000080700000000000000000000000000', 'hex');

/** A client that is being sent away gets this long to read it, and may send this much meanwhile. */
const LAST_WORDS_MS = 1_000;
const LAST_BYTES_MAX = 65_536;
/** Of so many at a time; with more of them, whoever has sent something may get a reset in the place of the answer. */
const WAITING_MAX = 256;
let waiting = 0;

/** Ends a connection for which there is no room, in words that its client understands. */
export function turnAway(socket: Socket, spoken: Spoken): void {
  if (spoken === 'tls') {
    socket.destroy();
    return;
  }
  socket.end(spoken === 'http2' ? GOAWAY : FULL);
  if (waiting < WAITING_MAX) awaitEnd(socket);
  else socket.destroySoon();
}

/** What is still unread when a socket is closed makes the system send a reset, which overtakes the answer. */
function awaitEnd(socket: Socket): void {
  let bytes = 0;
  waiting += 1;
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LAST_BYTES_MAX) socket.destroy();
  });
  socket.once('end', () => socket.destroySoon());
  socket.once('close', () => {
    waiting -= 1;
    clearTimeout(timer);
  });
}
