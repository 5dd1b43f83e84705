import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Sweepable, Sweeper } from '../base/sweeper.ts';
import type { WebSocketEvents, WebSocketPeer } from '../http/websocket.ts';
import { latin1 } from '../http/latin1.ts';
import { type Flushable, flushSoon } from './flush-soon.ts';
import { SharedSocket } from './shared-socket.ts';
import type { WebSocketLimits } from './websockets.ts';

/** RFC 6455, section 7.4. */
const CLOSE_NONE = 1005;
const CLOSE_ABNORMAL = 1006;
const CLOSE_INTERNAL_ERROR = 1011;
const CLOSE_SERVICE_RESTART = 1012;
const REASON_BYTES_MAX = 123;
/** How long the client may take to answer a close before the connection is cut. */
const CLOSE_MS = 5_000;
/** What is sent in a turn is joined up to this: Node writes up to 16 KiB of text without a buffer of its own. */
const JOIN_BYTES_MAX = 15_360;

/**
 * One open WebSocket of a client: pings it, tells how far it reads, and closes it. Short messages need nothing of the codec: they are written
 * as frames here, those of a turn together. The codec sends the others, and nothing passes by what it still compresses.
 */
export class WebSocketSession implements WebSocketPeer, Sweepable, Flushable {
  deadline = Infinity;
  readonly #socket: WebSocket;
  /** Below the codec. */
  readonly #connection: Duplex;
  /** Messages up to this length are frames of our own. */
  readonly #shortBytesMax: number;
  readonly #events: WebSocketEvents;
  readonly #limits: WebSocketLimits;
  #phase: 'quiet' | 'pinged' | 'closing' = 'quiet';
  /** Frames that leave at the end of the turn, as latin-1 text. */
  #out = '';
  /** Whether the codec is in the middle of a message, and how many of what it was given have not been written yet. */
  #inMessage = false;
  #encoding = 0;
  readonly #sent = (): void => {
    if (this.pending === 0) this.#events.drained();
  };
  readonly #encoded = (): void => {
    this.#encoding -= 1;
    this.#sent();
  };

  constructor(
    socket: WebSocket,
    connection: Duplex,
    events: WebSocketEvents,
    limits: WebSocketLimits,
    sweeper: Sweeper,
  ) {
    this.#socket = socket;
    this.#connection = connection;
    this.#shortBytesMax =
      socket.extensions === '' ? JOIN_BYTES_MAX : Math.min(JOIN_BYTES_MAX, limits.deflateBytesMin - 1);
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
    return this.#socket.bufferedAmount + this.#out.length;
  }

  send(data: Buffer, start: number, end: number, text: boolean, more: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const bytes = end - start;
    if (more || this.#inMessage || this.#encoding > 0 || bytes > this.#shortBytesMax) {
      this.#encode(Buffer.from(data.subarray(start, end)), text, more);
      return;
    }
    if (this.#out === '') flushSoon(this);
    this.#out += frameHead(bytes, text) + latin1(data, start, end);
    if (this.#out.length > JOIN_BYTES_MAX) this.flush();
  }

  /** Writes what has been sent in this turn. */
  flush(): void {
    const out = this.#out;
    this.#out = '';
    if (out === '' || this.#socket.readyState !== this.#socket.OPEN) return;
    const connection = this.#connection;
    if (!(connection instanceof SharedSocket)) {
      connection.write(out, 'latin1', this.#sent);
      return;
    }
    connection.writeText(out);
    if (this.pending === 0) this.#events.drained();
    // What was not taken is followed by nothing, to hear when it is.
    else connection.write('', 'latin1', this.#sent);
  }

  close(code: number, reason: string): void {
    if (this.#phase === 'closing') return;
    this.flush();
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

  /** Through the codec: what may be compressed, what is long, and what may not overtake these. */
  #encode(data: Buffer, text: boolean, more: boolean): void {
    this.flush();
    const compress = more || this.#inMessage || data.length >= this.#limits.deflateBytesMin;
    this.#inMessage = more;
    this.#encoding += 1;
    this.#socket.send(data, { binary: !text, fin: !more, compress }, this.#encoded);
  }

  #quiet(): void {
    if (this.#phase === 'closing') return;
    this.#phase = 'quiet';
    this.deadline = this.#limits.pingMs === 0 ? Infinity : performance.now() + this.#limits.pingMs;
  }
}

/** The beginning of a whole message from a server, which masks nothing (RFC 6455, section 5.2). */
function frameHead(bytes: number, text: boolean): string {
  const first = text ? '\x81' : '\x82';
  if (bytes < 126) return first + String.fromCharCode(bytes);
  return `${first}\x7e${String.fromCharCode(bytes >>> 8, bytes & 255)}`;
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
