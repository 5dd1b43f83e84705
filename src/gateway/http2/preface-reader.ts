import type { Socket } from 'node:net';
import { Place } from '../../base/linked-list.ts';
import type { LocalInfo } from '../../http/exchange.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { ConnectionOwner } from '../connection-owner.ts';
import { listen, unlisten } from '../shared-socket.ts';

/** How a client begins that knows beforehand that HTTP/2 is spoken (RFC 9113, section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Who goes on with the connection. */
export interface ProtocolStarter extends ConnectionOwner {
  startHttp1(socket: Socket, local: LocalInfo, head: Buffer): void;
  startHttp2(socket: Socket, local: LocalInfo): void;
}

/** A connection without TLS whose first bytes tell what it speaks. */
export class PrefaceReader implements ClientConnection {
  readonly place: Place<ClientConnection> = new Place<ClientConnection>(this);
  deadline: number;
  readonly #socket: Socket;
  readonly #local: LocalInfo;
  readonly #owner: ProtocolStarter;
  #read = Buffer.alloc(0);
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk);
  readonly #onGone = (): void => this.discard();

  constructor(socket: Socket, local: LocalInfo, owner: ProtocolStarter) {
    this.#socket = socket;
    this.#local = local;
    this.#owner = owner;
    this.deadline = performance.now() + owner.context.limits.headerMs;
    listen(socket, this.#onData);
    socket.on('end', this.#onGone);
    socket.on('close', this.#onGone);
  }

  expire(): void {
    this.discard();
  }

  /** Its client has come to send something: it is given the time for it. */
  drain(): void {
    if (!this.#owner.patient) this.discard();
  }

  cut(): void {
    this.discard();
  }

  discard(): void {
    this.#unlisten();
    this.#owner.closed(this);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#read = Buffer.concat([this.#read, chunk]);
    const bytes = this.#read;
    const compared = Math.min(bytes.length, PREFACE.length);
    const same = bytes.compare(PREFACE, 0, compared, 0, compared) === 0;
    if (same && compared < PREFACE.length) return;
    this.#unlisten();
    this.#goOn(same, bytes);
    // Only now: in between nobody would have known of the client.
    this.#owner.closed(this);
  }

  #goOn(same: boolean, bytes: Buffer): void {
    const socket = this.#socket;
    if (!same) {
      this.#owner.startHttp1(socket, this.#local, bytes);
      return;
    }
    socket.pause();
    socket.unshift(bytes);
    this.#owner.startHttp2(socket, this.#local);
  }

  #unlisten(): void {
    this.deadline = Infinity;
    unlisten(this.#socket, this.#onData);
    for (const event of ['end', 'close']) this.#socket.off(event, this.#onGone);
  }
}
