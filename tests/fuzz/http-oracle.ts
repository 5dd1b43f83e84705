import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Outcome, SeenRequest } from './http-outcome.ts';

/** Node's own HTTP server (llhttp, strict) without a network: bytes in, requests out. */
export class Oracle {
  readonly #server: Server;
  readonly #outcomes = new WeakMap<object, Outcome>();

  constructor() {
    this.#server = createServer({
      requireHostHeader: false,
      insecureHTTPParser: false,
      maxHeaderSize: 32_000,
    });
    this.#server.maxHeadersCount = 0;
    this.#server.on('request', (request, response) => this.#seen(request, response));
    this.#server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.#seen(request, response),
    );
    this.#server.on('clientError', (error: Error & { code?: string }, socket) => {
      const outcome = this.#outcomes.get(socket);
      if (outcome !== undefined && outcome.refused === '') outcome.refused = error.code ?? error.message;
      // Later: what was read before the error is still on its way to the request's listeners.
      setImmediate(() => socket.destroy());
    });
  }

  /** Reads the bytes of a whole connection, which then ends. */
  async read(text: string): Promise<Outcome> {
    const outcome: Outcome = { requests: [], refused: '', closed: false };
    const socket = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(),
    });
    this.#outcomes.set(socket, outcome);
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => undefined);
    this.#server.emit('connection', socket as Socket);
    socket.push(Buffer.from(text, 'latin1'));
    socket.push(null);
    await closed;
    return outcome;
  }

  #seen(request: IncomingMessage, response: ServerResponse): void {
    const seen: SeenRequest = {
      method: request.method ?? '',
      target: request.url ?? '',
      body: '',
      complete: false,
    };
    this.#outcomes.get(request.socket)?.requests.push(seen);
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      seen.body += chunk.toString('latin1');
    });
    request.on('end', () => {
      seen.complete = request.complete;
      response.end();
    });
  }
}
