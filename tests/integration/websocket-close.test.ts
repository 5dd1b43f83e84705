// The end of a WebSocket, whoever brings it about: RFC 6455, section 7.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '../helpers/server.ts';
import { frame, openClient, RawSocket, serveAsgi, within } from './websocket-client.ts';

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

function closeFrame(code: number, reason = ''): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason, 'utf8')]));
}

test('a WebSocket closed by its client', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  for (const [code, reason] of [
    [1000, ''],
    [1001, 'leaving'],
    [1003, 'é'.repeat(61)],
    [1014, 'gateway'],
    [3000, 'registered'],
    [4999, 'own'],
  ] as const) {
    await t.test(`gets its code ${code} back, and the app hears code and reason`, async () => {
      const socket = await RawSocket.open(server, `/echo?mark=client${code}`);
      socket.send(closeFrame(code, reason));
      assert.equal(await socket.closeCode(), code);
      assert.equal(await socket.read(), null);
      await server.waitForLog(new RegExp(`client${code}: disconnect ${code} '${reason}'`));
    });
  }
  await t.test('without a code is 1005 to the app', async () => {
    const socket = await RawSocket.open(server, '/echo?mark=codeless');
    socket.send(frame(CLOSE));
    assert.equal(await socket.closeCode(), 1005);
    await server.waitForLog(/codeless: disconnect 1005 ''/);
  });
  await t.test('by leaving is 1006 to the app', async () => {
    const socket = await RawSocket.open(server, '/echo?mark=vanished');
    socket.client.close();
    await server.waitForLog(/vanished: disconnect 1006/);
  });
  await t.test('by ending its side of the connection is 1006 to the app', async () => {
    const socket = await RawSocket.open(server, '/echo?mark=halved');
    socket.client.socket.end();
    await server.waitForLog(/halved: disconnect 1006/);
  });
  await t.test('takes nothing that follows the close frame', async () => {
    const socket = await RawSocket.open(server, '/echo?mark=after');
    socket.send(closeFrame(1000), frame(TEXT, 'too late'), frame(PING, 'too late'));
    assert.equal(await socket.closeCode(), 1000);
    assert.equal(await socket.read(), null);
  });
});

test('a WebSocket closed by its application', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  for (const [query, code, reason] of [
    ['', 1000, ''],
    ['code=1001&reason=bye', 1001, 'bye'],
    ['code=1013&reason=later', 1013, 'later'],
    ['code=3000', 3000, ''],
    [`code=4999&reason=${encodeURIComponent('é'.repeat(100))}`, 4999, 'é'.repeat(61)],
  ] as const) {
    await t.test(`sends code ${code} and as much of the reason as fits`, async () => {
      const client = await openClient(server, `/closes?mark=app${code}&${query}`);
      assert.deepEqual(await client.closed, { code, reason });
      await server.waitForLog(new RegExp(`app${code}: websocket.disconnect ${code}`));
    });
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000]) {
    await t.test(`with the code ${code}, which cannot be sent, is the app's error`, async () => {
      const client = await openClient(server, `/closes?code=${code}`);
      assert.equal((await client.closed).code, 1011);
      await server.waitForLog(new RegExp(`the close code must be .* but is ${code}`));
    });
  }
  await t.test('by an exception sends 1011, after what it sent before', async () => {
    const client = await openClient(server, '/raises');
    assert.equal(await client.next(), 'hello');
    assert.equal((await client.closed).code, 1011);
    await server.waitForLog(/GET \/raises HTTP\/1\.1 request_id=\S+\nTraceback/);
    await server.waitForLog(/RuntimeError: raised while it was open/);
  });
  await t.test('by returning sends 1000', async () => {
    const client = await openClient(server, '/returns');
    assert.equal(await client.next(), 'hello');
    assert.equal((await client.closed).code, 1000);
  });
  await t.test('by a message out of order sends 1011 and is explained', async () => {
    const client = await openClient(server, '/misuse');
    assert.equal((await client.closed).code, 1011);
    await server.waitForLog(
      /the WebSocket is open: expected 'websocket\.send' or 'websocket\.close', but .* sent 'websocket\.accept'/,
    );
  });
  await t.test('is cut when the client does not answer the close', async () => {
    const socket = await RawSocket.open(server, '/closes?mark=mute');
    assert.equal(await socket.closeCode(), 1000);
    assert.equal(await within(socket.read(), 'the end of the connection', 9_000), null);
    await server.waitForLog(/mute: websocket\.disconnect/);
  });
});

test('a client that does not answer pings is closed, and one that does is not', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--ws-ping-interval', '0.5', '--ws-ping-timeout', '0.5']);
  const mute = await RawSocket.open(server, '/echo?mark=mute');
  const answering = await RawSocket.open(server, '/echo?mark=answering');
  assert.equal((await mute.read())?.opcode, PING);
  for (let pings = 0; pings < 3; pings += 1) {
    const ping = await answering.read();
    assert.equal(ping?.opcode, PING);
    answering.send(frame(PONG, ping.payload));
  }
  assert.equal(await mute.read(), null);
  await server.waitForLog(/mute: disconnect 1006/);
  answering.send(frame(TEXT, 'still here'));
  let back = await answering.read();
  while (back?.opcode === PING) back = await answering.read();
  assert.equal(back?.payload.toString(), 'still here');
  answering.client.close();
});

test('ws_ping_interval 0 sends no pings', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--ws-ping-interval', '0', '--ws-ping-timeout', '0.1']);
  const quiet = await RawSocket.open(server, '/echo');
  await assert.rejects(quiet.client.readSome(1_500), /nothing more came/);
  quiet.send(frame(TEXT, 'still here'));
  assert.equal((await quiet.read())?.payload.toString(), 'still here');
  quiet.client.close();
});

test('a worker that is killed closes its WebSockets, and another takes its place', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  const pid = await workerOf(server);
  const client = await openClient(server, '/echo');
  assert.equal(await client.ask('before'), 'before');
  process.kill(pid, 'SIGKILL');
  const { code } = await within(client.closed, 'the close');
  assert.ok(code === 1011 || code === 1006, String(code));
  assert.notEqual(await workerOf(server), pid);
  const next = await openClient(server, '/echo');
  assert.equal(await next.ask('after'), 'after');
  await next.end();
});

test('a server that is stopped closes every WebSocket with 1012', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  const clients = await Promise.all([1, 2, 3].map((i) => openClient(server, `/echo?mark=stopped${i}`)));
  const stopped = server.stop();
  for (const client of clients) assert.equal((await within(client.closed, 'the close')).code, 1012);
  assert.deepEqual(await within(stopped, 'the end', 5_000), { code: 0, signal: null });
  for (const i of [1, 2, 3]) assert.match(server.output.stderr, new RegExp(`stopped${i}: disconnect 1012`));
});

test('an application that keeps its WebSocket is left at the deadline of a stop', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--graceful-timeout', '1']);
  const client = await openClient(server, '/slow?mark=kept');
  await server.waitForLog(/kept: open/);
  const stopped = server.stop();
  assert.equal((await within(client.closed, 'the close')).code, 1012);
  const { code } = await within(stopped, 'the end', 8_000);
  assert.equal(code, 0);
});

async function workerOf(server: Server): Promise<number> {
  return Number(await (await fetch(`${server.url}/pid`)).text());
}
