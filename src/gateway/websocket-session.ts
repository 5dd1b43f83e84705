import type { WebSocket } from 'ws';
import type { Sweepable, Sweeper } from '../base/sweeper.ts';
import type { WebSocketEvents, WebSocketPeer } from '../http/websocket.ts';
import type { WebSocketLimits } from './websockets.ts';

/** RFC 6455, section 7.4. */
const CLOSE_NONE = 1005;
const CLOSE_ABNORMAL = 1006;
const CLOSE_INTERNAL_ERROR = 1011;
const CLOSE_SERVICE_RESTART = 1012;
const REASON_BYTES_MAX = 123;
/** How long the client may take to answer a close before the connection is cut. */
const CLOSE_MS = 5_000;

/** One open WebSocket of a client: pings it, tells how far it reads, and closes it. */
export class WebSocketSession implements WebSocketPeer, Sweepable {
  deadline = Infinity;
  readonly #socket: WebSocket;
  readonly #events: WebSocketEvents;
  readonly #limits: WebSocketLimits;
  #phase: 'quiet' | 'pinged' | 'closing' = 'quiet';
  readonly #sent = (): void => {
    if (this.#socket.bufferedAmount === 0) this.#events.drained();
  };

  constructor(socket: WebSocket, events: WebSocketEvents, limits: WebSocketLimits, sweeper: Sweeper) {
    this.#socket = socket;
    this.#events = events;
    this.#limits = limits;
    socket.on('message', (data, binary) => events.received(data as Buffer, !binary));
    socket.on('pong', () => this.#quiet());
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      sweeper.delete(this);
      events.closed(code, reason.toString('utf8'));
    });
    this.#quiet();
    sweeper.add(this);
  }

  get pending(): number {
    return this.#socket.bufferedAmount;
  }

  send(data: Buffer, text: boolean, more: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(data, { binary: !text, fin: !more }, this.#sent);
  }

  close(code: number, reason: string): void {
    if (this.#phase === 'closing') return;
    this.#phase = 'closing';
    this.deadline = performance.now() + CLOSE_MS;
    this.#socket.resume();
    if (code === CLOSE_ABNORMAL) this.#socket.terminate();
    else if (code === CLOSE_NONE) this.#socket.close();
    else this.#socket.close(sendable(code) ? code : CLOSE_INTERNAL_ERROR, shortened(reason));
  }

  /** The server is going away: another one will be there in a moment. */
  drain(): void {
    this.close(CLOSE_SERVICE_RESTART, '');
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  expire(now: number): void {
    if (this.#phase !== 'quiet') this.#socket.terminate();
    else {
      this.#phase = 'pinged';
      this.deadline = now + this.#limits.pongMs;
      this.#socket.ping();
    }
  }

  #quiet(): void {
    if (this.#phase === 'closing') return;
    this.#phase = 'quiet';
    this.deadline = this.#limits.pingMs === 0 ? Infinity : performance.now() + this.#limits.pingMs;
  }
}

/** Codes that may stand in a close frame. */
function sendable(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && code !== 1004 && code !== CLOSE_NONE && code !== CLOSE_ABNORMAL) ||
    (code >= 3000 && code <= 4999)
  );
}

/** A close frame has room for 123 bytes; a character is not cut in two. */
function shortened(reason: string): string {
  const bytes = Buffer.from(reason, 'utf8');
  if (bytes.length <= REASON_BYTES_MAX) return reason;
  return bytes.toString('utf8', 0, REASON_BYTES_MAX).replace(/\ufffd$/, '');
}
