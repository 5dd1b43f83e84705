import { writevSync } from 'node:fs';
import { type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { JOINED_BYTES_MAX, JoinedBytes } from './joined-bytes.ts';
import { type RawWrites, rawWrites, type WriteHandle, writeHandle, type WriteRequest } from './raw-writes.ts';

/** All sockets are read into this one: what is read is used, or copied, before the next read. */
const READ_BYTES = 65_536;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
/** What the last read has brought there: the next is often as long. */
let view = buffer.subarray(0, 0);

const raw = rawWrites();
const joined = new JoinedBytes();
/** For the writes of all sockets that are done at once: it is only used up by one that is not. */
let spare: WriteRequest | null = raw === null ? null : newRequest(raw);

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
  readonly #handle: WriteHandle | null;
  /** Of a text that the handle has, but has not got rid of, while the stream is told of it. */
  #begun: WriteRequest | null = null;

  constructor(handle: unknown) {
    super({ handle, onread: { buffer, callback: read } } as object);
    this.#handle = writeHandle(handle);
  }

  /**
   * Means what `write(text, 'latin1')` means. As long as the system takes the text whole, as it does unless a client is slow, nothing of the
   * stream is needed for it: neither its queue nor its callbacks.
   */
  writeText(text: string): void {
    const handle = this.#handle;
    if (handle === null || raw === null || spare === null || !this.#idle) {
      this.write(text, 'latin1');
      return;
    }
    const status = handle.writeLatin1String(spare, text);
    if (status !== 0 || raw.pending()) this.#tell(raw, status, text);
  }

  /** As `writeText`, and then the bytes `chunk[start, end)`, which are not looked at afterwards. */
  writeJoined(text: string, chunk: Buffer, start: number, end: number): void {
    const handle = this.#handle;
    const bytes = text.length + end - start;
    if (handle === null || raw === null || spare === null || !this.#idle || bytes > JOINED_BYTES_MAX) {
      writeBoth(this, text, chunk.subarray(start, end));
      return;
    }
    const all = joined.join(text, chunk, start, end);
    const status = handle.writeBuffer(spare, all);
    if (status === 0 && !raw.pending()) return;
    joined.giveAway();
    this.#tell(raw, status, all);
  }

  /** The system has not taken all of it: the stream is to know what waits, or to meet the error by itself and tell whoever listens. */
  #tell(writes: RawWrites, status: number, data: string | Buffer): void {
    if (status === 0) this.#begun = spare;
    spare = newRequest(writes);
    this.write(data, 'latin1');
    if (this.#begun !== null) this.destroy();
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const begun = this.#begun;
    this.#begun = null;
    if (begun === null) super._write(chunk, encoding, callback);
    else {
      // The memory of bytes that nobody else refers to would be freed, and used for something else, while they are still being sent.
      begun.held = chunk;
      begun.callback = (error) => callback(this.destroyed ? null : error);
    }
  }

  /** Whether the stream may be written to and has nothing to write. */
  get #idle(): boolean {
    return this.writableLength === 0 && this.writableCorked === 0 && this.writable;
  }

  /** Writes as much of the buffers as the system takes at once, and returns how many bytes that is; 0 too where only the stream can tell why not. */
  writeNow(buffers: readonly Buffer[]): number {
    const fd = this.#idle
      ? ((this as unknown as { _handle?: { fd?: number } | null })._handle?.fd ?? -1)
      : -1;
    if (fd < 0) return 0;
    try {
      return writevSync(fd, buffers);
    } catch {
      // No room at all (EAGAIN); what else may be wrong the stream finds out by itself, and tells whoever listens.
      return 0;
    }
  }
}

/** Writes text, one byte for each character (latin-1), to a socket of either kind. */
export function writeText(socket: Socket, text: string): void {
  if (socket instanceof SharedSocket) socket.writeText(text);
  else socket.write(text, 'latin1');
}

/** As `writeText`, and then bytes that are somebody else's after the call. */
export function writeJoined(socket: Socket, text: string, chunk: Buffer, start: number, end: number): void {
  if (socket instanceof SharedSocket) socket.writeJoined(text, chunk, start, end);
  else writeBoth(socket, text, chunk.subarray(start, end));
}

function writeBoth(socket: Socket, text: string, bytes: Buffer): void {
  socket.cork();
  if (text !== '') socket.write(text, 'latin1');
  socket.write(Buffer.from(bytes));
  socket.uncork();
}

function read(this: unknown, bytes: number): boolean {
  const socket = this as SharedSocket;
  if (view.length !== bytes) view = buffer.subarray(0, bytes);
  if (socket.receiver === null) return socket.push(Buffer.from(view));
  socket.receiver(view);
  return true;
}

function newRequest({ Request }: RawWrites): WriteRequest {
  const request = new Request();
  request.callback = null;
  request.held = null;
  request.oncomplete = completed;
  return request;
}

function completed(this: WriteRequest, status: number): void {
  if (status >= 0) this.callback?.(null);
  else {
    const code = getSystemErrorName(status);
    this.callback?.(Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' }));
  }
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
