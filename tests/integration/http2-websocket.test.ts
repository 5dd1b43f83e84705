// WebSockets over HTTP/2 (RFC 8441).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { Server } from '../helpers/server.ts';
import { openSession } from './http2-client.ts';
import { serveAsgi } from './websocket-client.ts';

interface Opened {
  readonly status: number;
  readonly protocol: string | undefined;
  readonly socket: WebSocket;
  readonly messages: string[];
}

/** The codec's client on a stream: its handshake is over when it gets the stream. */
class ClientSocket extends WebSocket {
  constructor() {
    super(null as unknown as string, undefined, { autoPong: true, closeTimeout: 5_000 } as object);
  }
  begin(stream: Duplex): void {
    const inner = this as unknown as {
      _isServer: boolean;
      setSocket: (socket: Duplex, head: Buffer, options: object) => void;
    };
    inner._isServer = false;
    inner.setSocket(stream, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 1e8 });
  }
}

async function open(t: TestContext, server: Server, path: string, protocols = ''): Promise<Opened> {
  const session = await openSession(t, server);
  assert.equal(session.remoteSettings.enableConnectProtocol, true);
  const stream: ClientHttp2Stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': path,
    'sec-websocket-version': '13',
    ...(protocols === '' ? {} : { 'sec-websocket-protocol': protocols }),
  });
  stream.on('error', () => undefined);
  const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
  const socket = new ClientSocket();
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  socket.on('error', () => undefined);
  if (headers[':status'] === 200) socket.begin(stream);
  return {
    status: Number(headers[':status']),
    protocol: headers['sec-websocket-protocol'] as string | undefined,
    socket,
    messages,
  };
}

test('messages go both ways over a stream, with the subprotocol the app chose', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--h2c']);
  const { status, protocol, socket, messages } = await open(t, server, '/echo', 'one, two');
  assert.deepEqual([status, protocol], [200, 'two']);
  socket.send('hello');
  socket.send('x'.repeat(100_000));
  while (messages.length < 2) await once(socket, 'message');
  assert.deepEqual(
    messages.map((text) => text.length),
    [5, 100_000],
  );
  socket.close(1000, 'done');
  await once(socket, 'close');
});

test('the app sees the version of HTTP in its scope', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--h2c']);
  const { messages, socket } = await open(t, server, '/shows');
  while (messages.length < 1) await once(socket, 'message');
  const scope = JSON.parse(messages[0] ?? '{}') as Record<string, string>;
  assert.deepEqual([scope['http_version'], scope['type']], ["'2'", "'websocket'"]);
  assert.doesNotMatch(String(scope['headers']), /transfer-encoding|sec-websocket-key/);
});

test('a server that stops closes with 1012', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--h2c']);
  const { socket } = await open(t, server, '/echo');
  const closed = once(socket, 'close');
  const stopped = server.stop();
  const [code] = (await closed) as [number];
  assert.equal(code, 1012);
  assert.equal((await stopped).code, 0);
});

test('another protocol than WebSocket is not spoken', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--h2c']);
  const session = await openSession(t, server);
  const stream = session.request({ ':method': 'CONNECT', ':protocol': 'connect-udp', ':path': '/echo' });
  stream.on('error', () => undefined);
  const [headers] = (await once(stream, 'response')) as [Record<string, number>];
  assert.equal(headers[':status'], 501);
});
