import { type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** All sockets are read into this one: what is read is used, or copied, before the next read. */
const READ_BYTES = 65_536;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** What a listening socket of Node hides: the handle that brings the connections. */
interface ListeningHandle {
  onconnection: (status: number, client: unknown) => void;
}

/**
 * An accepted socket that reads into a buffer it shares with all others. Node allocates 64 KiB for each read else, which the
 * garbage collector has to take away again; `onread`, its way around that, is public for outgoing sockets only.
 */
export class SharedSocket extends Socket {
  /** Who gets what is read, valid only during the call. Null: it is an ordinary stream from now on, with copies. */
  receiver: ((chunk: Buffer) => void) | null = null;

  constructor(handle: unknown) {
    super({ handle, onread: { buffer, callback: read } } as object);
  }
}

function read(this: unknown, bytes: number, shared: Uint8Array): boolean {
  const socket = this as SharedSocket;
  const chunk = (shared as Buffer).subarray(0, bytes);
  if (socket.receiver === null) return socket.push(Buffer.from(chunk));
  socket.receiver(chunk);
  return true;
}

/** Begins to read from a socket of either kind. What `receiver` gets is valid only during the call. */
export function listen(socket: Duplex, receiver: (chunk: Buffer) => void): void {
  if (socket instanceof SharedSocket) {
    socket.receiver = receiver;
    // What somebody has read and put back comes first.
    const first = socket.readableLength > 0 ? (socket.read() as Buffer | null) : null;
    if (first !== null) process.nextTick(giveBack, socket, first);
    socket.resume();
  } else socket.on('data', receiver);
}

function giveBack(socket: SharedSocket, chunk: Buffer): void {
  if (socket.receiver === null) socket.unshift(chunk);
  else socket.receiver(chunk);
}

/** Leaves the socket to whoever reads it as a stream. */
export function unlisten(socket: Socket, receiver: (chunk: Buffer) => void): void {
  if (socket instanceof SharedSocket) socket.receiver = null;
  else socket.off('data', receiver);
}

/**
 * Makes a listening server give its connections as SharedSocket to `accepted`. False where Node has no such handle: the server goes on
 * emitting `connection`.
 */
export function shareReads(server: Server, accepted: (socket: SharedSocket) => void): boolean {
  const handle = (server as unknown as { _handle?: Partial<ListeningHandle> | null })._handle;
  if (typeof handle?.onconnection !== 'function') return false;
  const ordinary = handle.onconnection;
  handle.onconnection = function onconnection(this: unknown, status: number, client: unknown): void {
    if (status !== 0 || client === undefined) ordinary.call(this, status, client);
    else accepted(new SharedSocket(client));
  };
  return true;
}
