import type { Socket } from 'node:net';
import { SharedSocket } from './shared-socket.ts';

/** What a slow client leaves is given to its socket in parts of this size, so that its progress can be seen. */
const PART_BYTES_MAX = 131_072;

/** A piece of a body that is not worth being made text, and the text (latin-1) around it. */
export interface LargePiece {
  readonly before: string;
  readonly bytes: Buffer;
  readonly after: string;
  /** Whether nobody changes the bytes as long as the socket holds them. */
  readonly shared: boolean;
}

/**
 * Writes a piece to a client. The system is asked first, so that what it takes at once, nearly always all of it, is sent from where it lies;
 * only what it leaves is copied and waits in the stream.
 */
export function writeLarge(socket: Socket, { before, bytes, after, shared }: LargePiece): void {
  const parts = [bytes];
  if (before !== '') parts.unshift(Buffer.from(before, 'latin1'));
  if (after !== '') parts.push(Buffer.from(after, 'latin1'));
  let taken = socket instanceof SharedSocket ? socket.writeNow(parts) : 0;
  for (const part of parts) {
    if (taken < part.length) writeRest(socket, part, taken, shared || part !== bytes);
    taken = Math.max(0, taken - part.length);
  }
}

function writeRest(socket: Socket, part: Buffer, from: number, shared: boolean): void {
  for (let at = from; at < part.length; at += PART_BYTES_MAX) {
    const piece = part.subarray(at, Math.min(part.length, at + PART_BYTES_MAX));
    socket.write(shared ? piece : Buffer.from(piece));
  }
}
