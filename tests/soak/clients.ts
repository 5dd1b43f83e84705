import { createHash, randomBytes } from 'node:crypto';
import { Connection, type Received } from './connection.ts';
import type { Tally } from './tally.ts';

/** The kinds of clients, and how many of each there are for one application. */
export const CLIENTS = { short: 4, upload: 2, download: 2, events: 3, websocket: 2 } as const;

export type ClientKind = keyof typeof CLIENTS;

/** What the applications in `apps/release.py` say. */
const EVENTS = 12;
const DOWNLOAD = createHash('sha256').update(Buffer.alloc(0));
const PIECE = createHash('sha256').update('soak').digest();
for (let i = 0; i < 2048 * 24; i += 1) DOWNLOAD.update(PIECE);
const DOWNLOAD_HASH = DOWNLOAD.digest('hex');

const UPLOAD_BYTES = 300_000;
const MESSAGES = 10;
const REST_MS = { short: 25, upload: 40, download: 60, events: 40, websocket: 60 } as const;

/** Clients that ask again and again until they are told to stop. */
export class Clients {
  readonly #port: number;
  readonly #tally: Tally;
  readonly #running: Promise<void>[] = [];
  #stopped = false;

  constructor(port: number, tally: Tally) {
    this.#port = port;
    this.#tally = tally;
  }

  /** @param prefix of the application's paths. */
  start(prefix: string, kinds: readonly ClientKind[]): void {
    for (const kind of kinds)
      for (let number = 0; number < CLIENTS[kind]; number += 1)
        this.#running.push(this.#client(kind, prefix, number));
  }

  /** Lets everybody end what they have begun. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #client(kind: ClientKind, prefix: string, number: number): Promise<void> {
    let connection: Connection | null = null;
    while (!this.#stopped) {
      // Every other client keeps its connection; the others open one for each request.
      if (connection === null || connection.ended) connection = new Connection(this.#port);
      const { requests } = connection;
      try {
        const kept = await sessions[kind](connection, prefix);
        this.#tally.ok(kind);
        if (!kept || number % 2 === 1) connection.close();
      } catch (error) {
        connection.close();
        this.#tally.lost(kind, error instanceof Error ? error.message : String(error), requests > 0);
      }
      await new Promise((resolve) => setTimeout(resolve, REST_MS[kind] * (0.5 + Math.random())));
    }
    connection?.close();
  }
}

type Session = (connection: Connection, prefix: string) => Promise<boolean>;

/** Each does one thing, throws when it was not done, and tells whether the connection may be used again. */
const sessions: Readonly<Record<ClientKind, Session>> = {
  async short(connection, prefix) {
    const path = Math.random() < 0.7 ? '/hello' : '/think';
    connection.send(get(`${prefix}${path}`));
    const answer = await connection.answer();
    expect(answer, /^release \d+$/.test(answer.body.toString()));
    return answer.kept;
  },
  async upload(connection, prefix) {
    const body = randomBytes(UPLOAD_BYTES);
    connection.send(
      `POST ${prefix}/upload HTTP/1.1\r\nHost: soak\r\nContent-Length: ${body.length}\r\n\r\n`,
      body,
    );
    const answer = await connection.answer();
    expect(answer, answer.body.toString() === createHash('sha256').update(body).digest('hex'));
    return answer.kept;
  },
  async download(connection, prefix) {
    connection.send(get(`${prefix}/download`));
    const answer = await connection.answer(20);
    expect(answer, createHash('sha256').update(answer.body).digest('hex') === DOWNLOAD_HASH);
    return answer.kept;
  },
  async events(connection, prefix) {
    connection.send(get(`${prefix}/events`));
    const answer = await connection.answer();
    expect(answer, answer.body.toString().split('\n\n').length === EVENTS + 1);
    return answer.kept;
  },
  async websocket(connection, prefix) {
    connection.send(
      `GET ${prefix}/ws HTTP/1.1\r\nHost: soak\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c29ha3NvYWtzb2Frc29haw==\r\n\r\n`,
    );
    const answer = await connection.answer();
    if (answer.status !== 101) throw new Error(`status ${answer.status}`);
    for (let number = 0; number < MESSAGES; number += 1) {
      connection.sendFrame(1, `message ${number}`);
      const { opcode, payload } = await connection.frame();
      if (opcode === 8)
        throw new Error(`closed with ${payload.length < 2 ? 'no code' : payload.readUInt16BE(0)}`);
      if (payload.toString() !== `message ${number}`) throw new Error('another message');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    connection.sendFrame(8, Buffer.from([0x03, 0xe8]));
    return false;
  },
};

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: soak\r\n\r\n`;
}

function expect(answer: Received, right: boolean): void {
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  if (!right)
    throw new Error(
      `200 with a wrong body that ends with ${JSON.stringify(answer.body.toString('latin1').slice(-20))}`,
    );
}
