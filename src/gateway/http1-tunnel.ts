import type { Socket } from 'node:net';
import { httpDate } from '../http/date.ts';
import type { ResponseHead } from '../http/exchange.ts';
import { isInvalidResponse, planResponse } from '../http/response-head.ts';
import type { TunnelEnd, TunnelEvents, TunnelOffer } from '../http/tunnel.ts';
import { logAppFault } from './app-fault.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import type { UpgradableConnection } from './http1-upgrade.ts';
import { listen } from './shared-socket.ts';

/** Turns an HTTP/1.1 connection into bytes that are passed on as they come. */
export class Http1Tunnel implements TunnelOffer {
  readonly protocol: string;
  readonly #connection: UpgradableConnection;
  readonly #exchange: Http1Exchange;

  constructor(connection: UpgradableConnection, exchange: Http1Exchange) {
    this.protocol = exchange.head.block.upgrade;
    this.#connection = connection;
    this.#exchange = exchange;
  }

  open(head: ResponseHead, protocol: string, events: TunnelEvents): TunnelEnd | null {
    const connection = this.#connection;
    const { socket, serverHeader } = connection;
    const plan = planResponse(101, head.reason, head.fields, {
      headerBytesMax: connection.responseHeadBytesMax,
    });
    if (isInvalidResponse(plan)) logAppFault(connection.log, this.#exchange, plan.invalid);
    const ahead = connection.detach(() => events.leave());
    if (ahead === null || isInvalidResponse(plan)) {
      socket.destroy();
      return null;
    }
    this.#exchange.status = 101;
    const server = serverHeader === '' ? '' : `Server: ${serverHeader}\r\n`;
    socket.write(
      `${plan.headText}Date: ${httpDate(Date.now())}\r\n${server}Connection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
      'latin1',
    );
    const end = new Http1TunnelEnd(socket, this.#exchange);
    if (ahead.length > 0) process.nextTick(() => end.give(ahead, events));
    listen(socket, (chunk) => end.give(chunk, events));
    socket.on('drain', () => events.drained());
    socket.on('close', () => events.closed());
    socket.resume();
    return end;
  }
}

class Http1TunnelEnd implements TunnelEnd {
  readonly #socket: Socket;
  readonly #exchange: Http1Exchange;

  constructor(socket: Socket, exchange: Http1Exchange) {
    this.#socket = socket;
    this.#exchange = exchange;
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
    this.#socket.destroySoon();
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
}
