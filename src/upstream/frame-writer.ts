import type { Socket } from 'node:net';
import { frameHeader } from '../wire/frame.ts';

/** Our half of a link: what is sent in one turn of the event loop leaves in one write. */
export class FrameWriter {
  readonly #socket: Socket;
  /** Frames that wait for the end of the turn: latin-1. */
  #out = '';
  #scheduled = false;
  #closed = false;
  readonly #flushLater = (): void => this.flush();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(frames: string): void {
    this.#out += frames;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushLater);
  }

  /** One frame whose payload is not joined to the text that waits, but goes out behind it. */
  sendBytes(id: number, type: number, flags: number, bytes: Buffer): void {
    this.flush();
    this.#socket.cork();
    this.#socket.write(frameHeader(bytes.length, id, type, flags), 'latin1');
    if (bytes.length > 0) this.#socket.write(bytes);
    this.#socket.uncork();
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#out === '' || this.#closed) return;
    const out = this.#out;
    this.#out = '';
    this.#socket.write(out, 'latin1');
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
