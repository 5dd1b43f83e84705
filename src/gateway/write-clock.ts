/** The part of a socket that tells how far its peer has read. */
export interface WrittenSocket {
  /** All bytes ever given to it. */
  readonly bytesWritten: number;
  /** Those the system has not taken yet. */
  readonly writableLength: number;
}

/** Watches that a client keeps taking its response: something within each period, however slowly. */
export class WriteClock {
  readonly #socket: WrittenSocket;
  readonly #periodMs: number;
  #taken = 0;

  constructor(socket: WrittenSocket, periodMs: number) {
    this.#socket = socket;
    this.#periodMs = periodMs;
  }

  /** Begins a period; returns when to look again. */
  start(now: number): number {
    this.#taken = this.#bytesTaken;
    return now + this.#periodMs;
  }

  /** Whether nothing was taken since the period began. */
  get stalled(): boolean {
    return this.#bytesTaken <= this.#taken;
  }

  get #bytesTaken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
