import type { Socket } from 'node:net';
import type { Sweepable } from '../base/sweeper.ts';
import { peerFailure, type PeerFailure } from './peer-failure.ts';
import type { PeerHead } from './peer-head.ts';
import { type ResponseEvents, ResponseReader } from './response-reader.ts';

/** Who sends a request to a peer. After `complete`, `failed` or `abandon` nothing more is called. */
export interface PeerEvents extends ResponseEvents {
  /** The socket has taken everything that was written. */
  drained(): void;
  failed(failure: PeerFailure): void;
}

/** What the connection has to know of a request. Times in milliseconds. */
export interface PeerRequest {
  readonly isHead: boolean;
  /** It asks for another protocol. */
  readonly upgrade: boolean;
  /** The longest silence of a peer that is to answer. */
  readonly readMs: number;
  /** The longest time in which a peer takes nothing of what it is sent. */
  readonly sendMs: number;
}

/** The connection's place. */
export interface ConnectionHome {
  /** It may be used again, until `ms` from now. */
  keep(connection: PeerConnection, ms: number): void;
  closed(connection: PeerConnection): void;
}

/**
 * A connection to a peer: one request at a time, and its response. It is kept only when request and response were complete, and not a
 * byte came that belongs to neither.
 */
export class PeerConnection implements ResponseEvents, Sweepable {
  deadline = Infinity;
  /** Requests that it has answered. */
  served = 0;
  readonly #socket: Socket;
  readonly #home: ConnectionHome;
  readonly #reader: ResponseReader;
  #events: PeerEvents | null = null;
  #readMs = 0;
  #sendMs = 0;
  /** The request was handed over completely. */
  #sent = false;
  #paused = false;
  /** What goes both ways is no HTTP any more. */
  #tunnel = false;
  #kept = false;
  /** How long the peer says that it keeps the connection, milliseconds. */
  #keptMs = Infinity;
  #finished = false;
  #trailers: readonly string[] | null = null;
  #closed = false;
  /** Bytes that the peer had taken when it was looked at last. */
  #takenBefore = 0;
  #heardAt = 0;
  #error = '';

  constructor(socket: Socket, home: ConnectionHome, headBytesMax: number) {
    this.#socket = socket;
    this.#home = home;
    this.#reader = new ResponseReader(this, headBytesMax);
    socket.setNoDelay(true);
    socket.on('drain', () => this.#events?.drained());
    socket.on('error', (error) => {
      this.#error = error.message;
    });
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#close());
  }

  /** Bytes the peer has not taken yet. */
  get pending(): number {
    return this.#socket.writableLength;
  }

  get usable(): boolean {
    return !this.#closed && !this.#socket.destroyed && this.#socket.readable;
  }

  begin(events: PeerEvents, request: PeerRequest): void {
    this.#events = events;
    this.#readMs = request.readMs;
    this.#sendMs = request.sendMs;
    this.#sent = false;
    this.#kept = false;
    this.#takenBefore = this.#taken;
    this.#reader.begin(request.isHead, request.upgrade);
    this.touch();
  }

  /** Latin-1. */
  writeText(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** The bytes belong to the connection. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** What is written until `uncork` leaves in one piece. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** The request is complete. */
  requestSent(): void {
    this.#sent = true;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    // Whoever takes nothing of a response has a deadline of his own; in a tunnel nobody else looks.
    if (!this.#tunnel) this.deadline = Infinity;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.touch();
    this.#socket.resume();
  }

  /** Somebody else has to do with the other side from now on (after 101). @param idleMs the longest silence */
  handOver(events: PeerEvents, idleMs: number): void {
    this.#events = events;
    this.#tunnel = true;
    this.#sent = true;
    this.#readMs = idleMs;
    this.touch();
  }

  /** There is life. */
  touch(): void {
    const now = performance.now();
    this.#heardAt = now;
    const ms = this.#sent || this.#readMs < this.#sendMs ? this.#readMs : this.#sendMs;
    this.deadline = this.#paused && !this.#tunnel ? Infinity : now + ms;
  }

  /** Sends our end when everything is sent; what comes afterwards is of no interest. */
  finish(): void {
    this.#forget();
    this.#socket.destroySoon();
  }

  /** Nobody wants the response any more. */
  abandon(): void {
    this.#forget();
    this.#socket.destroy();
  }

  /** What was read; used, or copied, before this returns. */
  receive(chunk: Buffer): void {
    // Nobody asked for anything: whatever it means, it is not the answer to the next request.
    if (this.#events === null) return void this.#socket.destroy();
    this.touch();
    const next = this.#reader.read(chunk, 0, chunk.length);
    if (this.#reader.fault !== '') this.#fail(peerFailure('protocol', `sent ${this.#reader.fault}`));
    // Judged before anybody hears of the end: the next request could be on its way already when the excess is found.
    else if (this.#finished) this.#settle(next === chunk.length);
    else if (next < chunk.length) this.#events?.data(chunk, next, chunk.length);
  }

  expire(now: number): void {
    if (this.#events === null) return void this.#socket.destroy();
    const waits = this.#socket.writableLength > 0;
    const taken = this.#taken;
    if (waits && taken === this.#takenBefore)
      return this.#fail(peerFailure('send_timeout', 'took nothing of the request for too long'));
    this.#takenBefore = taken;
    // A request that is still coming is its client's affair.
    if (waits || !this.#sent) this.deadline = now + this.#sendMs;
    else if (now < this.#heardAt + this.#readMs) this.deadline = this.#heardAt + this.#readMs;
    else this.#fail(peerFailure('read_timeout', `was silent for ${this.#readMs / 1000} s`));
  }

  get #taken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  // From the reader.

  interim(head: PeerHead): void {
    this.#events?.interim(head);
  }

  response(head: PeerHead): void {
    this.#kept = head.keepAlive;
    this.#keptMs = head.keepAliveMs;
    this.#events?.response(head);
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.#events?.data(chunk, start, end);
  }

  switched(head: PeerHead): void {
    this.#events?.switched(head);
  }

  complete(trailers: readonly string[] | null): void {
    this.#finished = true;
    this.#trailers = trailers;
  }

  /** The response is complete. @param clean not a byte followed it */
  #settle(clean: boolean): void {
    const events = this.#events;
    const trailers = this.#trailers;
    this.#finished = false;
    this.#trailers = null;
    if (events === null) return;
    const keep = clean && this.#kept && this.#sent && this.usable;
    this.#forget();
    this.served += 1;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    if (keep) this.#home.keep(this, this.#keptMs);
    else this.#socket.destroySoon();
    events.complete(trailers);
  }

  #ended(): void {
    if (this.#events !== null) {
      if (this.#reader.end()) this.#settle(false);
      else this.#fail(this.#closedFailure());
    }
    this.#socket.destroySoon();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deadline = Infinity;
    this.#home.closed(this);
    if (this.#events !== null) this.#fail(this.#closedFailure());
  }

  #closedFailure(): PeerFailure {
    const begun = this.#reader.begun;
    const how = this.#error === '' ? 'closed the connection' : `broke the connection (${this.#error})`;
    const when = begun ? 'in the middle of its response' : 'without a response';
    return peerFailure('closed', `${how} ${when}`, !begun && this.served > 0);
  }

  #fail(failure: PeerFailure): void {
    const events = this.#events;
    this.abandon();
    events?.failed(failure);
  }

  #forget(): void {
    this.#events = null;
    this.#reader.stop();
    this.deadline = Infinity;
  }
}
