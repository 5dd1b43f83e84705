import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import { frameHeader } from '../wire/frame.ts';

/** With so much to be sent it does not wait for the end of the turn, bytes. */
const WAITING_BYTES_MAX = 1_048_576;

/** Payloads up to this are joined to the frames around them: that is less work than a piece of its own in the write. */
const JOIN_BYTES_MAX = 1024;

/** Our half of a link: what is sent in one turn of the event loop leaves in one write. */
export class FrameWriter {
  readonly #socket: Socket;
  /** What waits: frames as latin-1 text, and bytes that are not copied into it. */
  #parts: (string | Buffer)[] = [];
  #bytes = 0;
  /** The text after the last of them. */
  #out = '';
  #scheduled = false;
  #closed = false;
  readonly #flushLater = (): void => this.flush();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Frames, or the beginning of one, or its end. */
  send(frames: string): void {
    this.#out += frames;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flushLater);
  }

  /** Bytes within a frame, which nobody changes any more. */
  sendBuffer(bytes: Buffer): void {
    this.#parts.push(this.#out, bytes);
    this.#bytes += bytes.length;
    this.#out = '';
    if (this.#bytes > WAITING_BYTES_MAX) this.flush();
    else if (!this.#scheduled) this.send('');
  }

  /** One frame whose payload nobody changes any more. */
  sendBytes(id: number, type: number, flags: number, bytes: Buffer): void {
    const header = frameHeader(bytes.length, id, type, flags);
    if (bytes.length <= JOIN_BYTES_MAX) return this.send(header + bytes.toString('latin1'));
    this.send(header);
    this.sendBuffer(bytes);
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    const [parts, out] = [this.#parts, this.#out];
    this.#out = '';
    if (parts.length === 0) {
      if (out !== '') this.#socket.write(out, 'latin1');
      return;
    }
    this.#parts = [];
    this.#bytes = 0;
    this.#socket.cork();
    for (const part of parts) {
      if (typeof part !== 'string') this.#socket.write(part);
      else if (part !== '') this.#socket.write(part, 'latin1');
    }
    if (out !== '') this.#socket.write(out, 'latin1');
    this.#socket.uncork();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
