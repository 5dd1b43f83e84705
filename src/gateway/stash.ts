import type { Socket } from 'node:net';

/** Bytes of a client that came before they were wanted, and whether it is read meanwhile. */
export class Stash {
  readonly #socket: Pick<Socket, 'pause' | 'resume'>;
  #bytes: Buffer | null = null;
  #paused = false;

  constructor(socket: Pick<Socket, 'pause' | 'resume'>) {
    this.#socket = socket;
  }

  get empty(): boolean {
    return this.#bytes === null;
  }

  /** Keeps a copy, behind what is there; the client waits, and its leaving is noticed when it is read again. */
  keep(bytes: Buffer): void {
    this.#bytes = this.#bytes === null ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes]);
    this.pause();
  }

  /** All of it; null when there is nothing. */
  take(): Buffer | null {
    const bytes = this.#bytes;
    this.#bytes = null;
    return bytes;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }
}
