import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Sweepable, Sweeper } from '../../base/sweeper.ts';
import type { Log } from '../../telemetry/log.ts';
import { listen, unlisten } from '../shared-socket.ts';
export interface HandshakeLimits {
  readonly timeoutMs: number;
  readonly pendingMax: number;
}

/** The first byte of every TLS connection: a record of the handshake. No request of HTTP begins with it. */
const HANDSHAKE_RECORD = 0x16;

/** A fatal `unrecognized_name` (RFC 6066, section 3): there is no certificate yet, for this name or for anybody. */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70]);

/** Takes a socket, with all that was read of it, through its handshake. */
export interface Securer {
  secure(raw: Socket): void;
}

/** What comes of a connection. */
export interface HandshakeEnd {
  /** Who encrypts it, by what its client said first; `more`: not to be told yet, null: nobody can yet. */
  choose(first: Buffer): Securer | 'more' | null;
  secured(socket: TLSSocket): void;
  /** The client does not speak TLS. `first` is what it said. */
  plain(socket: Socket, first: Buffer): void;
}

/** Connections between being accepted and being encrypted. */
export class Handshakes {
  readonly #pending = new Map<Socket, Handshake>();
  readonly #sweeper: Sweeper;
  /** Called when none is left, once. */
  #whenEmpty: (() => void) | null = null;

  constructor(sweeper: Sweeper) {
    this.#sweeper = sweeper;
  }

  get size(): number {
    return this.#pending.size;
  }

  begin(socket: Socket, limits: HandshakeLimits, end: HandshakeEnd): void {
    if (this.#pending.size >= limits.pendingMax) this.#dropOldest();
    const handshake = new Handshake(socket, end, limits.timeoutMs);
    this.#pending.set(socket, handshake);
    this.#sweeper.add(handshake);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#over(socket));
  }

  secured(raw: Socket, socket: TLSSocket): void {
    const handshake = this.#pending.get(raw);
    if (handshake === undefined) {
      socket.destroy();
      return;
    }
    handshake.end.secured(socket);
    this.#over(raw);
  }

  failed(raw: Socket, error: Error, log: Log): void {
    log.debug(`A TLS handshake with ${raw.remoteAddress ?? 'a client that left'} failed: ${reasonOf(error)}`);
    this.#over(raw);
  }

  /** The client turned out to speak something else. */
  plain(raw: Socket): void {
    this.#over(raw);
  }

  whenEmpty(done: () => void): void {
    if (this.#pending.size === 0) done();
    else this.#whenEmpty = done;
  }

  cut(): void {
    for (const socket of this.#pending.keys()) socket.destroy();
  }

  #dropOldest(): void {
    for (const socket of this.#pending.keys()) {
      socket.destroy();
      this.#over(socket);
      return;
    }
  }

  #over(raw: Socket): void {
    const handshake = this.#pending.get(raw);
    if (handshake === undefined) return;
    this.#pending.delete(raw);
    this.#sweeper.delete(handshake);
    if (this.#pending.size > 0) return;
    const done = this.#whenEmpty;
    this.#whenEmpty = null;
    done?.();
  }
}

/** OpenSSL's message, without the places in its source. */
function reasonOf(error: Error): string {
  const { reason } = error as { reason?: unknown };
  return typeof reason === 'string' ? reason : error.message;
}

/** One of them. The first byte is looked at before OpenSSL gets to see it. */
class Handshake implements Sweepable {
  readonly deadline: number;
  readonly end: HandshakeEnd;
  readonly #socket: Socket;
  /** What came of a greeting that is not whole. */
  #held: Buffer | null = null;
  readonly #onData = (chunk: Buffer): void => this.#first(chunk);

  constructor(socket: Socket, end: HandshakeEnd, timeoutMs: number) {
    this.#socket = socket;
    this.end = end;
    this.deadline = performance.now() + timeoutMs;
    listen(socket, this.#onData);
  }

  expire(): void {
    this.#socket.destroy();
  }

  #first(chunk: Buffer): void {
    const socket = this.#socket;
    const first = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    const isTls = first[0] === HANDSHAKE_RECORD;
    const securer = isTls ? this.end.choose(first) : null;
    if (securer === 'more') {
      // What was read is valid only now.
      this.#held = Buffer.from(first);
      return;
    }
    unlisten(socket, this.#onData);
    socket.pause();
    if (!isTls) this.end.plain(socket, first);
    else if (securer === null) socket.end(UNRECOGNIZED_NAME, () => socket.destroy());
    else {
      socket.unshift(Buffer.from(first));
      securer.secure(socket);
    }
  }
}
