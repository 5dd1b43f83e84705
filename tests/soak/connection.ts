import { connect, type Socket } from 'node:net';

/** What became of one answer. */
export interface Received {
  readonly status: number;
  readonly body: Buffer;
  /** The server keeps the connection. */
  readonly kept: boolean;
}

/** How long a client waits for the next bytes, milliseconds: longer than any boot, so that a hang is seen as one. */
const SILENCE_MS = 30_000;

/**
 * A client connection that tells what went wrong with it as precisely as the socket does: a reset before the first byte of
 * an answer is something else than an answer that was cut.
 */
export class Connection {
  readonly #socket: Socket;
  #data: Buffer = Buffer.alloc(0);
  #end: string | null = null;
  #wake: (() => void) | null = null;
  requests = 0;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(SILENCE_MS, () => this.#finish(`no byte for ${SILENCE_MS} ms`));
    this.#socket.on('data', (chunk: Buffer) => {
      this.#data = this.#data.length === 0 ? chunk : Buffer.concat([this.#data, chunk]);
      this.#wake?.();
    });
    this.#socket.on('end', () => this.#finish('closed'));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#finish(error.code ?? error.message));
    this.#socket.on('close', () => this.#finish('closed'));
  }

  /** Nothing will come any more. A keep-alive client looks before it sends. */
  get ended(): boolean {
    return this.#end !== null;
  }

  send(head: string, body: Buffer | null = null): void {
    this.requests += 1;
    this.#socket.write(head, 'latin1');
    if (body !== null) this.#socket.write(body);
  }

  /** Reads one answer. With `pieceMs` it takes a rest after each piece, as a client on a slow line does. */
  async answer(pieceMs = 0): Promise<Received> {
    while (!this.#data.includes('\r\n\r\n')) await this.#more('before the answer');
    const end = this.#data.indexOf('\r\n\r\n') + 4;
    const head = this.#data.subarray(0, end).toString('latin1').toLowerCase();
    this.#data = this.#data.subarray(end);
    const status = Number(head.slice(9, 12));
    if (status === 101) return { status, body: Buffer.alloc(0), kept: true };
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    const chunked = head.includes('\r\ntransfer-encoding: chunked');
    const body = chunked
      ? await this.#chunks()
      : length === undefined
        ? await this.#toEnd()
        : await this.#exactly(Number(length), pieceMs);
    return {
      status,
      body,
      kept: !head.includes('\r\nconnection: close') && (chunked || length !== undefined),
    };
  }

  /** One unmasked WebSocket frame of at most 125 bytes. */
  async frame(): Promise<{ readonly opcode: number; readonly payload: Buffer }> {
    while (this.#data.length < 2) await this.#more('between frames');
    const size = (this.#data[1] ?? 0) & 0x7f;
    while (this.#data.length < 2 + size) await this.#more('in a frame');
    const frame = { opcode: (this.#data[0] ?? 0) & 0x0f, payload: this.#data.subarray(2, 2 + size) };
    this.#data = this.#data.subarray(2 + size);
    return frame;
  }

  sendFrame(opcode: number, payload: string | Buffer): void {
    const data = Buffer.from(payload);
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | data.length, 0, 0, 0, 0]), data]));
  }

  close(): void {
    this.#end ??= 'closed by its client';
    this.#socket.destroy();
  }

  async #exactly(count: number, pieceMs: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let left = count;
    while (left > 0) {
      if (this.#data.length === 0) await this.#more(`in the body, ${left} bytes before its end`);
      const part = this.#data.subarray(0, left);
      this.#data = this.#data.subarray(part.length);
      left -= part.length;
      parts.push(part);
      if (pieceMs > 0) await this.#rest(pieceMs);
    }
    return Buffer.concat(parts);
  }

  async #chunks(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      while (!this.#data.includes('\r\n')) await this.#more('before a chunk');
      const end = this.#data.indexOf('\r\n');
      const size = Number.parseInt(this.#data.subarray(0, end).toString('latin1'), 16);
      this.#data = this.#data.subarray(end + 2);
      parts.push(await this.#exactly(size, 0));
      await this.#exactly(2, 0);
      if (size === 0) return Buffer.concat(parts);
    }
  }

  async #toEnd(): Promise<Buffer> {
    while (this.#end === null) await this.#more('').catch(() => undefined);
    if (this.#end !== 'closed') throw new Error(`${this.#end} in a body without a length`);
    return this.#data;
  }

  async #more(where: string): Promise<void> {
    if (this.#end !== null) throw new Error(`${this.#end} ${where}`);
    const before = this.#data.length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
    // Asked through the getter: it has changed while this waited.
    if (this.#data.length === before && this.ended) throw new Error(`${String(this.#end)} ${where}`);
  }

  async #rest(ms: number): Promise<void> {
    this.#socket.pause();
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#socket.resume();
  }

  #finish(why: string): void {
    this.#end ??= why;
    this.#socket.destroy();
    this.#wake?.();
  }
}
