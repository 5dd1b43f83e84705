import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import { frameHeader } from '../wire/frame.ts';

/** With so much to be sent it does not wait for the end of the turn, bytes. */
const WAITING_BYTES_MAX = 1_048_576;

/** Payloads up to this are joined to the frames around them: that is less work than a piece of its own in the write. */
const JOIN_BYTES_MAX = 1024;

/** Up to this much text is written as text, which Node does without a buffer of its own. */
const TEXT_BYTES_MAX = 15_360;

/** Larger payloads are sent from where they lie. */
const COPY_BYTES_MAX = 32_768;

/** What is neither short text nor long is gathered in buffers of this size, which are used again. */
const GATHER_BYTES = 131_072;
const FREE_MAX = 4;

/** Our half of a link: what is sent in one turn of the event loop leaves in one write. */
export class FrameWriter {
  readonly #socket: Socket;
  /** What waits, in this order: parts, the rest of what was gathered, text (latin-1). */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #gathered: Buffer | null = null;
  #gatheredFrom = 0;
  #gatheredTo = 0;
  #out = '';
  readonly #free: Buffer[] = [];
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

  /** A long text within a frame. */
  sendText(text: string): void {
    if (text.length > COPY_BYTES_MAX) return this.sendBuffer(Buffer.from(text, 'latin1'));
    const gathered = this.#gather(text.length);
    this.#gatheredTo += gathered.write(text, this.#gatheredTo, 'latin1');
  }

  /** Bytes within a frame, which nobody changes any more. */
  sendBuffer(bytes: Buffer): void {
    if (bytes.length <= COPY_BYTES_MAX) {
      const gathered = this.#gather(bytes.length);
      this.#gatheredTo += bytes.copy(gathered, this.#gatheredTo);
      return;
    }
    this.#gather(0);
    this.#endPart();
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
    if (this.#partsBytes > WAITING_BYTES_MAX) this.flush();
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
    const plain = this.#gathered === null && this.#out.length <= TEXT_BYTES_MAX;
    if (plain || this.#out.length > GATHER_BYTES) this.#writeAll();
    else {
      this.#gather(0);
      this.#writeAll();
    }
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  /** Puts the text that waits behind what is gathered already, and makes sure that there is room for so many bytes more. */
  #gather(bytes: number): Buffer {
    if (!this.#scheduled) this.send('');
    if (this.#gatheredTo + this.#out.length + bytes > GATHER_BYTES) this.#writeAll();
    this.#gathered ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(GATHER_BYTES);
    if (this.#out !== '') {
      this.#gatheredTo += this.#gathered.write(this.#out, this.#gatheredTo, 'latin1');
      this.#out = '';
    }
    return this.#gathered;
  }

  /** What was gathered since the last part is one. */
  #endPart(): void {
    if (this.#gathered === null || this.#gatheredFrom === this.#gatheredTo) return;
    this.#parts.push(this.#gathered.subarray(this.#gatheredFrom, this.#gatheredTo));
    this.#gatheredFrom = this.#gatheredTo;
  }

  #writeAll(): void {
    this.#endPart();
    const [parts, gathered, out] = [this.#parts, this.#gathered, this.#out];
    this.#out = '';
    this.#gathered = null;
    this.#gatheredFrom = this.#gatheredTo = 0;
    if (parts.length > 0) {
      this.#parts = [];
      this.#partsBytes = 0;
    }
    if (parts.length + (out === '' ? 0 : 1) > 1) this.#socket.cork();
    for (let i = 0; i < parts.length; i++) {
      const last = i === parts.length - 1 && gathered !== null;
      this.#socket.write(parts[i] as Buffer, last ? () => this.#release(gathered) : undefined);
    }
    if (out !== '') this.#socket.write(out, 'latin1');
    if (this.#socket.writableCorked > 0) this.#socket.uncork();
  }

  /** The system has everything that was gathered there. */
  #release(gathered: Buffer): void {
    if (this.#free.length < FREE_MAX) this.#free.push(gathered);
  }
}
