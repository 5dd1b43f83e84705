import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { httpDate } from '../http/date.ts';
import type { ResponseHead } from '../http/exchange.ts';
import { isInvalidResponse, planResponse } from '../http/response-head.ts';
import type { TunnelEnd, TunnelEvents, TunnelOffer } from '../http/tunnel.ts';
import { logAppFault } from './app-fault.ts';
import { listen } from './shared-socket.ts';
import type { UpgradableConnection, UpgradableExchange } from './upgrade.ts';

/** Turns a connection of HTTP/1.1, or a stream of HTTP/2, into bytes that are passed on as they come. */
export class Http1Tunnel implements TunnelOffer {
  readonly protocol: string;
  readonly #connection: UpgradableConnection;
  readonly #exchange: UpgradableExchange;

  constructor(connection: UpgradableConnection, exchange: UpgradableExchange) {
    // Only WebSockets are opened with an extended CONNECT.
    this.protocol = exchange.protocol === 'HTTP/2.0' ? 'websocket' : exchange.head.block.upgrade;
    this.#connection = connection;
    this.#exchange = exchange;
  }

  open(head: ResponseHead, protocol: string, events: TunnelEvents): TunnelEnd | null {
    const connection = this.#connection;
    const { socket, context } = connection;
    const plan = planResponse(101, head.reason, head.fields, {
      headerBytesMax: context.limits.responseHeadBytesMax,
    });
    if (isInvalidResponse(plan)) logAppFault(context.log, this.#exchange, plan.invalid);
    const ahead = connection.detach(() => events.leave());
    if (ahead === null || isInvalidResponse(plan)) {
      socket.destroy();
      return null;
    }
    this.#exchange.status = connection.openedStatus;
    const server = context.serverHeader === '' ? '' : `Server: ${context.serverHeader}\r\n`;
    socket.write(
      `${plan.headText}Date: ${httpDate(Date.now())}\r\n${server}Connection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
      'latin1',
    );
    const end = new Http1TunnelEnd(socket, this.#exchange, context.limits.writeMs);
    if (ahead.length > 0) process.nextTick(() => end.give(ahead, events));
    listen(socket, (chunk) => end.give(chunk, events));
    socket.on('drain', () => events.drained());
    socket.on('close', () => events.closed());
    socket.resume();
    return end;
  }
}

class Http1TunnelEnd implements TunnelEnd {
  readonly #socket: Duplex;
  readonly #exchange: UpgradableExchange;
  readonly #writeMs: number;

  constructor(socket: Duplex, exchange: UpgradableExchange, writeMs: number) {
    this.#socket = socket;
    this.#exchange = exchange;
    this.#writeMs = writeMs;
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  give(chunk: Buffer, events: TunnelEvents): void {
    if (!this.#socket.destroyed) events.received(chunk, 0, chunk.length);
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.#exchange.bytesSent += end - start;
    this.#socket.write(Buffer.from(chunk.subarray(start, end)));
  }

  end(): void {
    if (this.#socket instanceof Socket) this.#socket.destroySoon();
    else this.#socket.end();
    if (!this.#socket.destroyed) this.#hurry();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Nobody else looks at the connection any more: a client that takes nothing of what it is owed is not waited for. */
  #hurry(): void {
    const socket = this.#socket;
    let before = socket.writableLength;
    const timer = setInterval(() => {
      const left = socket.writableLength;
      if (left === 0 || left >= before) socket.destroy();
      before = left;
    }, this.#writeMs);
    timer.unref();
    socket.once('close', () => clearInterval(timer));
  }
}
