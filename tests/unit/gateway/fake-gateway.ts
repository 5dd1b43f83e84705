// A connection on a socket that a test plays by hand.
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { Sweeper } from '../../../src/base/sweeper.ts';
import type { ConnectionLimits, GatewayContext } from '../../../src/gateway/context.ts';
import { FieldNames } from '../../../src/gateway/field-names.ts';
import { Http1Connection } from '../../../src/gateway/http1-connection.ts';
import { WebSockets } from '../../../src/gateway/websockets.ts';
import { RequestIds } from '../../../src/gateway/request-ids.ts';
import { responseHead } from '../../../src/handlers/respond.ts';
import type { Exchange, Handler, ResponseSink } from '../../../src/http/exchange.ts';
import { compileTrust } from '../../../src/http/forwarded.ts';
import { Log } from '../../../src/telemetry/log.ts';

export class FakeSocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  readonly remotePort = 5000;
  sent = '';
  wasReset = false;
  /** Like a client that takes nothing: writes wait until `catchUp`. */
  stalled = false;
  #taken = 0;
  #waiting: (() => void) | null = null;

  get bytesWritten(): number {
    return this.#taken + this.writableLength;
  }

  override _read(): void {
    // The test feeds by hand.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const take = (): void => {
      this.sent += chunk.toString('latin1');
      this.#taken += chunk.length;
      done();
    };
    if (this.stalled) this.#waiting = take;
    else take();
  }

  resetAndDestroy(): this {
    this.wasReset = true;
    return this.destroy();
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }

  feed(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'));
  }

  /** The client takes what waits. */
  catchUp(): void {
    this.stalled = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  /** Whether our end was sent. */
  get finished(): boolean {
    return this.writableEnded || this.destroyed;
  }
}

const LIMITS: ConnectionLimits = {
  head: { requestLineBytesMax: 8190, headerBytesMax: 65_536, headerCountMax: 100 },
  bodyBytesMax: 1_000_000,
  headerMs: 1000,
  bodyMs: 1000,
  bodyRateMin: 0,
  bodyRateGraceMs: 1000,
  keepAliveMs: 5000,
  keepAliveRequests: 0,
  writeMs: 1000,
  responseHeadBytesMax: 65_536,
  connectionsMax: 10,
  connectionsPerClientMax: 0,
  http2StreamsMax: 128,
  cleartextHttp2: false,
};

export function connect(handler: Handler, limits: Partial<ConnectionLimits> = {}, unix = false) {
  const lines: string[] = [];
  const told: string[] = [];
  const log = new Log({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const sweeper = new Sweeper();
  const context: GatewayContext = {
    limits: { ...LIMITS, ...limits },
    handler,
    trust: compileTrust([]),
    proxySources: null,
    serverHeader: 'test',
    log,
    logAccess: { format: ({ status }) => `access ${status}`, write: (line) => lines.push(line) },
    ids: new RequestIds('t'),
    droppedNames: new FieldNames(log),
    sweeper,
    developing: false,
    webSockets: new WebSockets(
      {
        messageBytesMax: 1_000_000,
        pingMs: 0,
        pongMs: 0,
        deflate: false,
        deflateBytesMin: 0,
        connectionsMax: 0,
      },
      sweeper,
    ),
  };
  const owner = {
    context,
    leaving: false,
    draining: false,
    patient: false,
    idle: () => void told.push('idle'),
    hearing: () => void told.push('hearing'),
    busy: () => void told.push('busy'),
    closed: () => void told.push('closed'),
  };
  const socket = new FakeSocket();
  const local = { address: '198.51.100.1', port: 80, unix, tls: null, misplaced: false };
  const connection = new Http1Connection(socket as unknown as Socket, context, owner, local);
  return { socket, connection, owner, lines, told };
}

/** Answers at once with the path; collects what it saw. */
export function answering() {
  const seen: string[] = [];
  const handler: Handler = (exchange, sink) => {
    seen.push(`${exchange.head.method} ${exchange.head.target.raw}`);
    reply(sink, exchange.head.target.path);
  };
  return { seen, handler };
}

/** Reads the whole body, then answers with it. */
export function echoing() {
  const seen: string[] = [];
  const handler: Handler = (exchange, sink) => {
    let body = '';
    exchange.body.start({
      data: (chunk, start, end) => {
        body += chunk.toString('latin1', start, end);
      },
      end: () => {
        seen.push(`${exchange.head.method} ${exchange.head.target.raw} ${body}`);
        reply(sink, body);
      },
      abort: () => seen.push(`${exchange.head.target.raw} aborted`),
    });
  };
  return { seen, handler };
}

/** Keeps every exchange for the test to answer. */
export function holding() {
  const held: { exchange: Exchange; sink: ResponseSink }[] = [];
  const handler: Handler = (exchange, sink) => void held.push({ exchange, sink });
  return { held, handler };
}

export function reply(sink: ResponseSink, text: string, fields: readonly string[] = []): void {
  const data = Buffer.from(text, 'latin1');
  sink.start(responseHead(200, fields), data.length);
  sink.write(data, 0, data.length);
  sink.end(null);
}

/** The bodies of complete responses with Content-Length, in order. */
export function bodiesOf(sent: string): string[] {
  const bodies: string[] = [];
  let rest = sent;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(/\r\nContent-Length: ([0-9]+)\r\n/.exec(rest.slice(0, end))?.[1] ?? 0);
    bodies.push(rest.slice(end, end + length));
    rest = rest.slice(end + length);
  }
  return bodies;
}

export const GET = (path: string, ...fields: string[]): string =>
  `GET ${path} HTTP/1.1\r\n${['Host: h', ...fields].join('\r\n')}\r\n\r\n`;

export const POST = (path: string, body: string, ...fields: string[]): string =>
  `POST ${path} HTTP/1.1\r\n${['Host: h', `Content-Length: ${body.length}`, ...fields].join('\r\n')}\r\n\r\n${body}`;
