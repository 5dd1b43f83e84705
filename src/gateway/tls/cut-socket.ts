import type { Socket } from 'node:net';
import { rawSocket } from './secure-server.ts';

/** A reset, not an orderly end, which the client could take for the end of a body without a length. Only TCP has one. */
export function cutSocket(socket: Socket, unix: boolean): void {
  if (unix) socket.destroy();
  else rawSocket(socket).resetAndDestroy();
}
