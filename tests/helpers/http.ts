// A client that sends exactly the bytes it is given, and reads answers with no opinion of its own.
import { connect, type Socket } from 'node:net';

/** One HTTP answer, read strictly: a body that ends before its framing says so is an error. */
export interface Answer {
  status: number;
  reason: string;
  /** Pairs in the order received, names as received. */
  fields: [name: string, value: string][];
  /** The last value of a header, by lower-case name. */
  header(name: string): string | undefined;
  /** Every value of a header, by lower-case name. */
  headers(name: string): string[];
  body: Buffer;
  text: string;
  trailers: [name: string, value: string][];
}

export interface ReadOptions {
  /** The request's method: an answer to HEAD has no body. */
  method?: string;
  /** How long to wait for the whole answer, in milliseconds. */
  withinMs?: number;
}

/** Where to connect: a TCP port of 127.0.0.1, or the path of a Unix socket. */
export type Place = { port: number; host?: string } | { path: string };

/** A connection on which tests write bytes and read answers, one after another. */
export class RawClient {
  readonly socket: Socket;
  /** What came and was not taken yet; joined only when somebody looks into it, for a large answer comes in thousands of pieces. */
  #pieces: Buffer[] = [];
  #size = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(place: Place) {
    this.socket = connect('path' in place ? place : { host: '127.0.0.1', ...place });
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => {
      this.#pieces.push(chunk);
      this.#size += chunk.length;
      this.#wake?.();
    });
    this.socket.on('end', () => this.#close(null));
    this.socket.on('error', (error) => this.#close(error));
    this.socket.on('close', () => this.#close(null));
  }

  /** Sends latin-1 text or bytes as they are. */
  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next final answer; 1xx answers before it are put into `informational` when given. */
  async read(options: ReadOptions & { informational?: Answer[] } = {}): Promise<Answer> {
    const deadline = Date.now() + (options.withinMs ?? 10_000);
    for (;;) {
      const answer = await this.#readOne(options.method ?? 'GET', deadline);
      if (answer.status >= 200 || answer.status === 101) return answer;
      options.informational?.push(answer);
    }
  }

  /** The next bytes, as soon as there are any; empty at the end of the connection. */
  async readSome(withinMs = 10_000): Promise<Buffer> {
    await this.#until(() => this.#size > 0, Date.now() + withinMs, true);
    return this.#take(this.#size);
  }

  /** Everything until the server closes the connection. */
  async readToEnd(withinMs = 10_000): Promise<Buffer> {
    await this.#until(() => this.#ended, Date.now() + withinMs, true);
    return this.#take(this.#size);
  }

  /** Whether the server has closed, or closes within the time, with nothing more sent. */
  async closed(withinMs = 10_000): Promise<boolean> {
    await this.#until(() => this.#ended || this.#size > 0, Date.now() + withinMs, true);
    return this.#ended && this.#size === 0;
  }

  close(): void {
    this.socket.destroy();
  }

  async #readOne(method: string, deadline: number): Promise<Answer> {
    const head = await this.#takeThrough('\r\n\r\n', deadline);
    const [line = '', ...rest] = head.split('\r\n').slice(0, -2);
    const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(line);
    if (!match) throw new Error(`not a status line: ${JSON.stringify(line)}`);
    const status = Number(match[1]);
    const fields = rest.map(fieldOf);
    const trailers: [string, string][] = [];
    const body = await this.#body(status, method, fields, trailers, deadline);
    return answerOf(status, match[2] ?? '', fields, body, trailers);
  }

  async #body(
    status: number,
    method: string,
    fields: [string, string][],
    trailers: [string, string][],
    deadline: number,
  ): Promise<Buffer> {
    if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return Buffer.alloc(0);
    const all = (name: string) =>
      fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
    if (all('transfer-encoding').length > 0) return this.#chunks(trailers, deadline);
    const length = all('content-length')[0];
    if (length !== undefined) return this.#takeExactly(Number(length), deadline);
    await this.#until(() => this.#ended, deadline, true);
    if (this.#failure) throw this.#failure;
    return this.#take(this.#size);
  }

  async #chunks(trailers: [string, string][], deadline: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      const line = await this.#takeThrough('\r\n', deadline);
      if (!/^[0-9A-Fa-f]+\r\n$/.test(line)) throw new Error(`not a chunk size: ${JSON.stringify(line)}`);
      const size = Number.parseInt(line, 16);
      if (size === 0) break;
      parts.push(await this.#takeExactly(size, deadline));
      if ((await this.#takeExactly(2, deadline)).toString('latin1') !== '\r\n')
        throw new Error('no CRLF after a chunk');
    }
    for (;;) {
      const line = await this.#takeThrough('\r\n', deadline);
      if (line === '\r\n') return Buffer.concat(parts);
      trailers.push(fieldOf(line.slice(0, -2)));
    }
  }

  async #takeThrough(mark: string, deadline: number): Promise<string> {
    await this.#until(() => this.#received.includes(mark, 0, 'latin1'), deadline);
    return this.#take(this.#received.indexOf(mark, 0, 'latin1') + mark.length).toString('latin1');
  }

  async #takeExactly(count: number, deadline: number): Promise<Buffer> {
    await this.#until(() => this.#size >= count, deadline);
    return this.#take(count);
  }

  get #received(): Buffer {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }

  #take(count: number): Buffer {
    const whole = this.#received;
    const taken = whole.subarray(0, count);
    this.#pieces = [whole.subarray(count)];
    this.#size -= taken.length;
    return taken;
  }

  async #until(ready: () => boolean, deadline: number, endIsFine = false): Promise<void> {
    while (!ready()) {
      if (this.#ended) {
        if (endIsFine) return;
        const had = this.#received.toString('latin1').slice(0, 200);
        throw (
          this.#failure ??
          new Error(`the connection ended in the middle of an answer: ${JSON.stringify(had)}`)
        );
      }
      await this.#more(deadline);
    }
  }

  #more(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#wake = null;
          reject(
            new Error(
              `nothing more came in time; so far: ${JSON.stringify(this.#received.toString('latin1').slice(0, 200))}`,
            ),
          );
        },
        Math.max(0, deadline - Date.now()),
      );
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  #close(error: Error | null): void {
    this.#failure ??= error;
    this.#ended = true;
    this.#wake?.();
  }
}

/** Sends one request's bytes on a connection of its own, and reads the answer. */
export async function rawRequest(
  place: Place,
  bytes: string | Buffer,
  options: ReadOptions = {},
): Promise<Answer> {
  const client = new RawClient(place);
  try {
    client.send(bytes);
    return await client.read(options);
  } finally {
    client.close();
  }
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`not a header: ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function answerOf(
  status: number,
  reason: string,
  fields: [string, string][],
  body: Buffer,
  trailers: [string, string][],
): Answer {
  const headers = (name: string) =>
    fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  return {
    status,
    reason,
    fields,
    headers,
    header: (name) => headers(name).at(-1),
    body,
    text: body.toString('utf8'),
    trailers,
  };
}
