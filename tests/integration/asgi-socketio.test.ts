import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

test("Socket.IO's ASGI server works", async (t) => {
  const server = await serve(t);
  for (const [sentence, assertion] of behaviours) await t.test(sentence, (sub) => assertion(sub, server));
});

test('clients of Socket.IO are let go when the server is stopped', async (t) => {
  // A client that polls has a request in flight nearly always, and its answer may take 25 seconds.
  const server = await serve(t, ['--graceful-timeout', '1']);
  const sockets = await Promise.all([
    connect(t, server, 'Webb', { transports: ['websocket'] }),
    connect(t, server, 'Polly', { transports: ['polling'] }),
  ]);
  await Promise.all(sockets.map((socket) => ask(socket, 'echo', 'here')));
  const ends = sockets.map((socket) => once(socket as unknown as NodeJS.EventEmitter, 'disconnect'));
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  await Promise.all(ends);
});

function serve(t: TestContext, args: readonly string[] = []): Promise<Server> {
  const place = ['-b', '127.0.0.1:0', '--chdir', join(apps, 'socketio'), '--python', venvPython()];
  return startLicorne(t, ['app:app', ...place, ...args]);
}

type Assertion = (t: TestContext, server: Server) => Promise<void>;

const behaviours: [string, Assertion][] = [
  ['begins with polling and goes over to a WebSocket', upgrades],
  ['works by polling alone', polls],
  ['works by WebSocket alone', webSocketOnly],
  ['tells everybody', broadcasts],
  ['tells those in a room but the sender', rooms],
  ['refuses whom the application refuses', refuses],
  ['notices that a client has gone without a word', gone],
];

/** A client, gone at the end of the test. */
async function connect(
  t: TestContext,
  { url }: Server,
  name: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<Socket> {
  const socket = io(url, { forceNew: true, reconnection: false, auth: { name }, timeout: 5000, ...options });
  t.after(() => socket.disconnect());
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return socket;
}

const transport = (socket: Socket) => socket.io.engine.transport.name;
const ask = (socket: Socket, ...words: [string, ...unknown[]]): Promise<unknown> =>
  socket.timeout(5000).emitWithAck(...words);

async function upgrades(t: TestContext, server: Server) {
  const socket = io(server.url, { forceNew: true, reconnection: false, autoConnect: false });
  t.after(() => socket.disconnect());
  const upgraded = new Promise<void>((resolve) => {
    socket.io.on('open', () => {
      assert.equal(transport(socket), 'polling');
      socket.io.engine.on('upgrade', () => resolve());
    });
  });
  socket.connect();
  await upgraded;
  assert.equal(transport(socket), 'websocket');
  assert.equal(await ask(socket, 'echo', 'over the WebSocket ✨'), 'over the WebSocket ✨');
}

async function polls(t: TestContext, server: Server) {
  const socket = await connect(t, server, 'Polly', { transports: ['polling'] });
  const long = 'x'.repeat(300_000);
  for (const text of ['short', long]) assert.equal(await ask(socket, 'echo', text), text);
  assert.equal(transport(socket), 'polling');
}

async function webSocketOnly(t: TestContext, server: Server) {
  const socket = await connect(t, server, 'Webb', { transports: ['websocket'] });
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256));
  assert.ok(bytes.equals((await ask(socket, 'echo', bytes)) as Buffer));
}

async function broadcasts(t: TestContext, server: Server) {
  const sockets = await Promise.all([
    ...['Ann', 'Ben'].map((name) => connect(t, server, name, { transports: ['websocket'] })),
    connect(t, server, 'Cyd', { transports: ['polling'] }),
  ]);
  const heard = sockets.map((socket) => new Promise((resolve) => socket.once('shouted', resolve)));
  sockets[0]?.emit('shout', 'hello all');
  for (const one of await Promise.all(heard)) assert.deepEqual(one, { name: 'Ann', text: 'hello all' });
}

async function rooms(t: TestContext, server: Server) {
  const [ann, ben, cyd] = await Promise.all(['Ann', 'Ben', 'Cyd'].map((name) => connect(t, server, name)));
  assert.ok(ann && ben && cyd);
  const heard: string[] = [];
  for (const [name, socket] of Object.entries({ ann, ben, cyd })) {
    socket.on('told', (text: string) => heard.push(`${name}: ${text}`));
  }
  for (const socket of [ann, ben]) assert.equal(await ask(socket, 'join', 'kitchen'), true);
  ann.emit('tell', 'kitchen', 'tea is ready');
  // Each gets its messages in order, so that what was told is there before an answer that was asked for later.
  for (const socket of [ann, ben, cyd]) await ask(socket, 'echo', 'done');
  assert.deepEqual(heard, ['ben: tea is ready']);
}

async function refuses(t: TestContext, server: Server) {
  await assert.rejects(connect(t, server, '', { auth: { token: 'wrong' } }), /not you/);
}

async function gone(t: TestContext, server: Server) {
  const socket = await connect(t, server, 'Gonzo', { transports: ['websocket'] });
  const { ws } = socket.io.engine.transport as unknown as { ws: { terminate(): void } };
  ws.terminate();
  await server.waitForLog(/Gonzo has left/);
}
