// A client of HTTP/2 that a test plays by hand.
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TestContext } from 'node:test';
import type { Server } from '../helpers/server.ts';

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly informed: readonly IncomingHttpHeaders[];
  readonly trailers: IncomingHttpHeaders | null;
}

/** A session that ends with the test. */
export async function openSession(t: TestContext, server: Pick<Server, 'url'>): Promise<ClientHttp2Session> {
  const session = connect(server.url);
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** Sends a request and reads its whole answer; rejects when the stream is reset. */
export function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: Buffer | string | null = null,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === null });
  if (body !== null) stream.end(body);
  return answerOf(stream);
}

export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | null = null;
    const informed: IncomingHttpHeaders[] = [];
    const chunks: Buffer[] = [];
    stream.on('headers', (more) => informed.push(more));
    stream.on('response', (head) => {
      headers = head;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (stream.rstCode !== 0) reject(new Error(`reset with ${stream.rstCode}`));
      else
        resolve({
          status: Number(headers[':status'] ?? 0),
          headers,
          body: Buffer.concat(chunks),
          informed,
          trailers,
        });
    });
  });
}
