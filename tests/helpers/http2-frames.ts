// A client of HTTP/2 that writes exactly the frames it is given (RFC 9113, section 4), with header fields as HPACK literals (RFC 7541, 6.2).
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export const DATA = 0x0;
export const HEADERS = 0x1;
export const PRIORITY = 0x2;
export const RST_STREAM = 0x3;
export const SETTINGS = 0x4;
export const PING = 0x6;
export const GOAWAY = 0x7;
export const WINDOW_UPDATE = 0x8;
export const CONTINUATION = 0x9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const HEAD_BYTES = 9;
/** RFC 7541, appendix A: the statuses that are one byte. */
const STATUSES = new Map([
  [0x88, 200],
  [0x89, 204],
  [0x8a, 206],
  [0x8b, 304],
  [0x8c, 400],
  [0x8d, 404],
  [0x8e, 500],
]);

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** A request for `path`, as its header fields. */
export function get(path: string, more: Fields = []): Fields {
  return [[':method', 'GET'], [':scheme', 'http'], [':authority', 'a'], [':path', path], ...more];
}

export function post(path: string, more: Fields = []): Fields {
  return [[':method', 'POST'], ...get(path, more).slice(1)];
}

/** One frame, whatever it says. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

export function headers(stream: number, fields: Fields, flags = END_STREAM | END_HEADERS): Buffer {
  return frame(HEADERS, flags, stream, block(fields));
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(WINDOW_UPDATE, 0, stream, payload);
}

export function reset(stream: number, code = 8): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, stream, payload);
}

export function settings(pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [i, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  }
  return frame(SETTINGS, 0, 0, payload);
}

export const INITIAL_WINDOW = 0x4;

/** Header fields, each a literal that is not to be remembered. */
export function block(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** A header field that is to be remembered: the next one that is stands at index 62. */
export function remembered(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x40), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** RFC 7541, section 5.1, with a prefix of seven bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** A connection of HTTP/2 on which a test writes frames, and reads those that come back. */
export class FrameClient {
  readonly socket: Socket;
  /** What has come, in its order. */
  readonly frames: Frame[] = [];
  ended = false;
  #rest = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  /** Opens the connection with `pairs` as the client's settings, or with none said. */
  constructor(t: TestContext, { port }: { port: number }, pairs: Parameters<typeof settings>[0] = []) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    t.after(() => this.socket.destroy());
    this.socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.ended = true;
      this.#wake();
    });
    this.send(PREFACE, settings(pairs));
  }

  send(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Sends until the server has taken it or has ended the connection; false: it has ended. */
  async press(bytes: Buffer): Promise<boolean> {
    if (this.ended || this.socket.destroyed) return false;
    if (this.socket.write(bytes)) {
      await new Promise((resolve) => setImmediate(resolve));
      return true;
    }
    await new Promise<void>((resolve) => {
      const over = (): void => {
        this.socket.off('drain', over);
        this.socket.off('close', over);
        resolve();
      };
      this.socket.on('drain', over);
      this.socket.on('close', over);
    });
    return !this.socket.destroyed;
  }

  /** The first frame that fits, of those that have come or come in time; undefined: the connection ended without. */
  async find(fits: (one: Frame) => boolean, withinMs = 10_000): Promise<Frame | undefined> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined || this.ended) return found;
      await this.#more(deadline);
    }
  }

  /** How a stream was answered: its status where that is one of the common ones (else 0), its body, and how it ended. */
  async answer(
    stream: number,
    withinMs = 10_000,
  ): Promise<{ status: number; text: string; ended: number | null }> {
    const own = (one: Frame): boolean => one.stream === stream;
    const isLast = (one: Frame): boolean =>
      own(one) && (one.type === RST_STREAM || (one.type <= HEADERS && (one.flags & END_STREAM) !== 0));
    const last = await this.find(isLast, withinMs);
    const head = this.frames.find((one) => own(one) && one.type === HEADERS);
    const data = this.frames.filter((one) => own(one) && one.type === DATA);
    return {
      status: STATUSES.get(head?.payload[0] ?? 0) ?? 0,
      text: Buffer.concat(data.map(({ payload }) => payload)).toString('utf8'),
      ended: last?.type === RST_STREAM ? last.payload.readUInt32BE(0) : null,
    };
  }

  /** Waits for the end of the connection; the error code of the GOAWAY before it, or null without one. */
  async goneWith(withinMs = 10_000): Promise<number | null> {
    const deadline = Date.now() + withinMs;
    while (!this.ended) await this.#more(deadline);
    const said = this.frames.filter(({ type }) => type === GOAWAY).at(-1);
    return said === undefined ? null : said.payload.readUInt32BE(4);
  }

  #received(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      const read = {
        type: rest[3] ?? 0,
        flags: rest[4] ?? 0,
        stream: rest.readUInt32BE(5),
        payload: Buffer.from(rest.subarray(HEAD_BYTES, end)),
      };
      this.frames.push(read);
      if (read.type === SETTINGS && (read.flags & ACK) === 0) this.send(frame(SETTINGS, ACK, 0));
      rest = rest.subarray(end);
    }
    this.#rest = Buffer.from(rest);
    this.#wake();
  }

  #more(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#wake = () => undefined;
          const seen = this.frames.map(({ type, stream }) => `${type}@${stream}`).slice(-20);
          reject(new Error(`nothing more came in time; the last frames were ${seen.join(' ') || 'none'}`));
        },
        Math.max(0, deadline - Date.now()),
      );
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
    });
  }
}
