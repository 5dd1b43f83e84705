import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { writeLarge } from '../../../src/gateway/large-write.ts';
import { shareReads } from '../../../src/gateway/shared-socket.ts';
import { FakeSocket } from './fake-gateway.ts';

/** The server's end of a connection, and what the client has got once it reads; `shared` says by which kind of socket. */
async function pair(
  context: TestContext,
  shared: boolean,
): Promise<{ server: Socket; received: () => Promise<Buffer> }> {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepted = new Promise<Socket>((resolve) => {
    if (shared) assert.ok(shareReads(listener, resolve));
    else listener.on('connection', resolve);
  });
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  const server = await accepted;
  context.after(() => {
    client.destroy();
    server.destroy();
    listener.close();
  });
  const received = async (): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.resume();
    await once(client, 'end');
    return Buffer.concat(chunks);
  };
  return { server, received };
}

test('what is sent past the stream and what is sent by it are the same bytes, for a client that reads late, too', async (context) => {
  const source = randomBytes(300_000);
  const wanted: Buffer[] = [];
  const ends = [await pair(context, true), await pair(context, false)];
  let direct = 0;
  // More than the system keeps for a client that does not read.
  for (let count = 0; count < 60; count++) {
    const text = count % 3 === 0 ? '' : `${count}\r\n`;
    wanted.push(Buffer.from(text), source, Buffer.from(text));
    for (const { server } of ends) {
      const bytes = Buffer.from(source);
      writeLarge(server, { before: text, bytes, after: text, shared: false });
      // What is not shared is the writer's again.
      bytes.fill(0);
      server.write('+', 'latin1');
    }
    wanted.push(Buffer.from('+'));
    if (ends[0]?.server.writableLength === 0) direct += 1;
  }
  assert.ok(direct > 0, 'something went out at once');
  const whole = Buffer.concat(wanted);
  for (const { server, received } of ends) {
    assert.ok(server.writableLength > 0, 'something had to wait');
    server.end();
    assert.ok((await received()).equals(whole));
  }
});

test('bytes that are shared are kept as they are where the client is slow', () => {
  const socket = new FakeSocket();
  socket.stalled = true;
  const bytes = Buffer.alloc(200_000, 'x');
  writeLarge(socket as unknown as Socket, { before: 'a', bytes, after: 'b', shared: true });
  assert.equal(socket.writableLength, 200_002);
  for (let turn = 0; turn < 4; turn++) socket.catchUp();
  assert.equal(socket.sent, `a${'x'.repeat(200_000)}b`);
});

test('on a connection that is gone nothing is written, and the stream tells of it', async (context) => {
  const { server } = await pair(context, true);
  server.destroy();
  const errors: Error[] = [];
  server.on('error', (error) => errors.push(error));
  writeLarge(server, { before: '', bytes: Buffer.alloc(20_000), after: '', shared: true });
  assert.equal(server.bytesWritten, 0);
});
