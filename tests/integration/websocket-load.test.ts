// Slow, greedy and many WebSockets: what each may hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { peakMebibytes } from '../helpers/gigabyte.ts';
import { Client, frame, openClient, RawSocket, serveAsgi, within } from './websocket-client.ts';

const BINARY = 2;
const MEBIBYTE = 1_048_576;

async function memory(pid: number, work: () => Promise<void>): Promise<number> {
  const before = peakMebibytes(pid);
  await work();
  return peakMebibytes(pid) - before;
}

test('an app that sends 200 MB to a client that does not read waits, and memory is bounded', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await (await openClient(server, '/echo')).ask('warm');
  const grown = await memory(server.pid, async () => {
    const socket = await RawSocket.open(server, '/floods?bytes=200000000&mark=unread');
    socket.client.socket.pause();
    // Others are served meanwhile, again and again.
    const other = await openClient(server, '/echo');
    for (let i = 0; i < 300; i += 1) assert.equal(await other.ask(`${i}`), `${i}`);
    assert.doesNotMatch(server.output.stderr, /unread: sent all/);
    socket.client.close();
    await server.waitForLog(/unread: cut off/);
  });
  assert.ok(grown < 50, `grew by ${grown} MiB`);
});

test('an app that sends 200 MB to a client that reads gets it through', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await (await openClient(server, '/echo')).ask('warm');
  const grown = await memory(server.pid, async () => {
    const client = new Client(server, '/floods?bytes=200000000&mark=read');
    let bytes = 0;
    client.socket.removeAllListeners('message');
    client.socket.on('message', (data: Buffer) => {
      bytes += data.length;
    });
    assert.equal((await within(client.closed, 'the end', 60_000)).code, 1000);
    assert.equal(bytes, Math.ceil(200_000_000 / 65_536) * 65_536);
    await server.waitForLog(/read: sent all/);
  });
  assert.ok(grown < 50, `grew by ${grown} MiB`);
});

test('a client that floods an app which does not listen is paused, and memory is bounded', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await (await openClient(server, '/echo')).ask('warm');
  const messages = 2000;
  const grown = await memory(server.pid, async () => {
    const client = await openClient(server, '/slow?mark=flooded');
    await server.waitForLog(/flooded: open/);
    for (let i = 0; i < messages; i += 1) client.send(Buffer.alloc(65_536, i));
    client.send('end');
    const other = await openClient(server, '/echo');
    for (let i = 0; i < 300; i += 1) assert.equal(await other.ask(`${i}`), `${i}`);
    assert.ok(client.socket.bufferedAmount > 100 * MEBIBYTE, 'it is still with the client');
    await fetch(`${server.url}/go/flooded`);
    assert.equal(await client.next(60_000), `${messages} ${messages * 65_536}`);
    await client.closed;
  });
  assert.ok(grown < 50, `grew by ${grown} MiB`);
});

test('a flood of empty messages is paused as well', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await (await openClient(server, '/echo')).ask('warm');
  const grown = await memory(server.pid, async () => {
    const socket = await RawSocket.open(server, '/slow?mark=empty');
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => frame(BINARY)));
    let taken = true;
    for (let i = 0; i < 1000 && taken; i += 1) taken = socket.client.socket.write(many);
    assert.ok(!taken, 'the server stopped reading');
    const other = await openClient(server, '/echo');
    for (let i = 0; i < 300; i += 1) assert.equal(await other.ask(`${i}`), `${i}`);
    await fetch(`${server.url}/go/empty`);
    socket.client.close();
    await server.waitForLog(/empty: disconnect 1006/);
  });
  assert.ok(grown < 150, `grew by ${grown} MiB`);
});

test('a compressed bomb never takes more memory than a message may', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await (await openClient(server, '/echo')).ask('warm');
  const bomb = deflateRawSync(Buffer.alloc(400 * MEBIBYTE), { finishFlush: constants.Z_SYNC_FLUSH });
  const grown = await memory(server.pid, async () => {
    for (let i = 0; i < 3; i += 1) {
      const socket = await RawSocket.open(server, '/length', {
        'Sec-WebSocket-Extensions': 'permessage-deflate',
      });
      socket.send(frame(BINARY, bomb, { rsv: 4 }));
      assert.equal(await socket.closeCode(), 1009);
    }
  });
  assert.ok(grown < 100, `grew by ${grown} MiB`);
});

test('what one of two hundred says is heard by all', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  const clients = await Promise.all(Array.from({ length: 200 }, () => openClient(server, '/broadcast')));
  for (const client of clients) await client.next();
  for (let round = 0; round < 5; round += 1) {
    clients[round * 7]?.send(`round ${round}`);
    const heard = await Promise.all(clients.map((client) => client.next()));
    assert.ok(heard.every((message) => message === `round ${round}`));
  }
  await Promise.all(clients.map((client) => client.end()));
  const again = await openClient(server, '/broadcast');
  assert.equal(await again.next(), '1', 'the app has heard of every end');
  await again.end();
});

test('open WebSockets do not stand in the way of requests', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  const clients = await Promise.all(Array.from({ length: 100 }, () => openClient(server, '/echo')));
  for (let i = 0; i < 20; i += 1) assert.equal((await fetch(`${server.url}/pid`)).status, 200);
  for (const client of clients) assert.equal(await client.ask('here'), 'here');
  for (const client of clients) client.socket.terminate();
});
