import type { Socket } from 'node:net';
import { Place } from '../base/linked-list.ts';
import { type ProxyHeader, readProxyHeader } from '../http/proxy-header.ts';
import type { ClientConnection } from './client-connection.ts';
import { listen, unlisten } from './shared-socket.ts';

/** A proxy sends its header with the first packet. */
const HEADER_MS = 5_000;

/** Who wants to know of the header. */
export interface ProxyHeaderEvents {
  /** The client as the proxy tells it. What came after the header stands in the socket again. */
  identified(client: ProxyHeader['client']): void;
  /** The connection is no use; it is ended. */
  failed(reason: string): void;
  /** It is no longer this one's, whatever became of it. Comes after the others. */
  closed(reader: ProxyHeaderReader): void;
}

/** A connection of a proxy that has to say first for whom it is. */
export class ProxyHeaderReader implements ClientConnection {
  readonly place: Place<ClientConnection> = new Place<ClientConnection>(this);
  deadline = performance.now() + HEADER_MS;
  readonly #socket: Socket;
  readonly #events: ProxyHeaderEvents;
  #read: Buffer | null = null;
  readonly #onData = (chunk: Buffer): void => this.#receive(chunk);
  readonly #onGone = (): void => this.discard();

  constructor(socket: Socket, events: ProxyHeaderEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('end', this.#onGone);
    socket.on('close', this.#onGone);
    listen(socket, this.#onData);
  }

  expire(): void {
    this.#fail('its PROXY header took too long');
  }

  /** Its client has come to send something: it is given the time for it. */
  drain(): void {
    // The deadline is near.
  }

  cut(): void {
    this.discard();
  }

  discard(): void {
    this.#letGo();
    this.#socket.destroy();
    this.#events.closed(this);
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#read === null ? Buffer.from(chunk) : Buffer.concat([this.#read, chunk]);
    const header = readProxyHeader(bytes);
    if (header === 'more') {
      this.#read = bytes;
      return;
    }
    if ('fault' in header) return this.#fail(header.fault);
    const socket = this.#socket;
    this.#letGo();
    socket.pause();
    if (header.bytes < bytes.length) socket.unshift(bytes.subarray(header.bytes));
    this.#events.identified(header.client);
    this.#events.closed(this);
  }

  #fail(reason: string): void {
    this.#events.failed(reason);
    this.discard();
  }

  #letGo(): void {
    this.deadline = Infinity;
    unlisten(this.#socket, this.#onData);
    for (const event of ['end', 'close']) this.#socket.off(event, this.#onGone);
  }
}
