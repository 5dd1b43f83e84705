// WebSocket clients of the tests: the `ws` library for what a client should do, frames made by hand for what it should not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ClientOptions, WebSocket } from 'ws';
import { type Answer, type Place, RawClient, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

/** Serves tests/apps/asgi/NAME. */
export function serveAsgi(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Server> {
  const target = args.some((arg) => arg.startsWith('app:')) ? [] : ['app:application'];
  const options = ['-b', '127.0.0.1:0', '--pythonpath', join(apps, 'asgi'), '--python', venvPython()];
  return startLicorne(t, [...target, ...options, '--chdir', join(apps, 'asgi', name), ...args], { env });
}

export interface Closed {
  code: number;
  reason: string;
}

/** A client that keeps what it received. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly headers: Record<string, string | string[] | undefined> = {};
  readonly #received: (string | Buffer)[] = [];
  #wake: (() => void) | null = null;

  constructor(server: Server, path: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, {
      perMessageDeflate: false,
      ...options,
    });
    this.socket.on('message', (data: Buffer, binary) => {
      this.#received.push(binary ? data : data.toString('utf8'));
      this.#wake?.();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('upgrade', (response) => Object.assign(this.headers, response.headers));
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake?.();
      });
    });
  }

  async open(): Promise<this> {
    await within(once(this.socket, 'open'), 'the opening');
    return this;
  }

  /** The next message. */
  async next(ms = 10_000): Promise<string | Buffer> {
    while (this.#received.length === 0) {
      assert.notEqual(this.socket.readyState, WebSocket.CLOSED, 'closed while a message was awaited');
      await within(new Promise<void>((resolve) => (this.#wake = resolve)), 'a message', ms);
    }
    return this.#received.shift() ?? '';
  }

  send(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends a message and returns the next one. */
  ask(data: string | Buffer): Promise<string | Buffer> {
    this.send(data);
    return this.next();
  }

  end(): Promise<Closed> {
    this.socket.close();
    return within(this.closed, 'the close');
  }
}

export function openClient(
  server: Server,
  path: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Client> {
  return new Client(server, path, protocols, options).open();
}

export async function within<T>(promise: Promise<T>, what: string, ms = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A handshake; `fields` replace the default ones of the same name, null leaves one out. */
export function handshake(
  path: string,
  fields: Record<string, string | null> = {},
  line = `GET ${path} HTTP/1.1`,
): string {
  const all: Record<string, string | null> = {
    Host: 'example.test',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}

export interface Frame {
  fin: boolean;
  rsv: number;
  opcode: number;
  payload: Buffer;
}

/** A frame as a client sends it, or should not. */
export function frame(
  opcode: number,
  payload: string | Buffer = '',
  { fin = true, rsv = 0, masked = true }: { fin?: boolean; rsv?: number; masked?: boolean } = {},
): Buffer {
  const data = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const bit = masked ? 0x80 : 0;
  if (data.length < 126) head.push(bit | data.length);
  else if (data.length < 65_536) head.push(bit | 126, data.length >> 8, data.length & 255);
  else head.push(bit | 127, 0, 0, 0, 0, ...u32(data.length));
  const mask = [0x11, 0x22, 0x33, 0x44];
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  for (let i = 0; i < data.length; i += 1) data[i] = (data[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return Buffer.concat([Buffer.from([...head, ...mask]), data]);
}

/** A connection on which the handshake has been made and the rest is bytes. */
export class RawSocket {
  readonly client: RawClient;
  /** Sec-WebSocket-Extensions of the answer. */
  readonly extensions: string;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(client: RawClient, extensions: string) {
    this.client = client;
    this.extensions = extensions;
  }

  static async open(place: Place, path: string, fields: Record<string, string> = {}): Promise<RawSocket> {
    const client = new RawClient(place);
    client.send(handshake(path, fields));
    const answer = await client.read();
    assert.equal(answer.status, 101, answer.text);
    return new RawSocket(client, answer.header('sec-websocket-extensions') ?? '');
  }

  /** Sends a handshake and returns the answer, whatever it is; then leaves. */
  static attempt(place: Place, path: string, fields: Record<string, string>): Promise<Answer> {
    return rawRequest(place, handshake(path, fields));
  }

  send(...frames: Buffer[]): void {
    this.client.send(Buffer.concat(frames));
  }

  /** The next frame, or null at the end of the connection. */
  async read(): Promise<Frame | null> {
    for (;;) {
      const parsed = parse(this.#rest);
      if (parsed !== null) {
        this.#rest = this.#rest.subarray(parsed.bytes);
        return parsed.frame;
      }
      const more = await this.client.readSome();
      if (more.length === 0) return null;
      this.#rest = Buffer.concat([this.#rest, more]);
    }
  }

  /** The code of the close frame that comes next; the connection ends after it. */
  async closeCode(): Promise<number> {
    const last = await this.read();
    assert.equal(last?.opcode, 8, `not a close frame: ${JSON.stringify(last)}`);
    return last.payload.length < 2 ? 1005 : last.payload.readUInt16BE(0);
  }
}

function parse(data: Buffer): { frame: Frame; bytes: number } | null {
  if (data.length < 2) return null;
  const [first = 0, second = 0] = data;
  assert.equal(second & 0x80, 0, 'a server does not mask');
  const short = second & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (data.length < start) return null;
  const length =
    short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short;
  if (data.length < start + length) return null;
  const payload = data.subarray(start, start + length);
  return {
    frame: { fin: (first & 0x80) !== 0, rsv: (first >> 4) & 7, opcode: first & 15, payload },
    bytes: start + length,
  };
}

function u32(n: number): number[] {
  return [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
}
