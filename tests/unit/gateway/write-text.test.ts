// Text that goes past the stream means the same as text that goes through it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { JOINED_BYTES_MAX } from '../../../src/gateway/joined-bytes.ts';
import { rawWrites } from '../../../src/gateway/raw-writes.ts';
import { type SharedSocket, writeJoined } from '../../../src/gateway/shared-socket.ts';
import { Random } from '../../fuzz/random.ts';
import { socketPair } from './socket-pair.ts';

async function everything(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  client.resume();
  await once(client, 'end');
  return text;
}

async function pair(context: TestContext): Promise<{ client: Socket; server: SharedSocket }> {
  const both = await socketPair(context);
  both.server.on('error', () => undefined);
  both.client.pause();
  return both;
}

test('text of any length, mixed with other writes, arrives in order while the client is slow', async (context) => {
  const { client, server } = await pair(context);
  const random = new Random(71);
  let sent = '';
  for (let i = 0; i < 400; i += 1) {
    const text = String.fromCharCode(random.below(256)).repeat(random.below(random.pick([20, 20_000])));
    sent += text;
    const way = random.below(6);
    if (way === 0) server.write(text, 'latin1');
    else if (way === 1) {
      server.cork();
      server.writeText(text);
      server.uncork();
    } else if (way < 4) server.writeText(text);
    else {
      const cut = random.below(text.length + 1);
      const bytes = Buffer.from(`-${text.slice(cut)}-`, 'latin1');
      writeJoined(server, text.slice(0, cut), bytes, 1, bytes.length - 1);
      // They are somebody else's again.
      bytes.fill('#');
    }
    if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
  server.end();
  assert.equal(await everything(client), sent);
});

test('what the system does not take waits in the stream: it is counted, told of, and sent', async (context) => {
  const { client, server } = await pair(context);
  const text = 'x'.repeat(10_000);
  let sent = 0;
  while (server.writableLength === 0) {
    server.writeText(text);
    sent += text.length;
  }
  assert.ok(server.writableLength <= text.length, 'only the last text waits');
  server.writeText(text);
  sent += text.length;
  assert.ok(server.writableLength > text.length);
  assert.equal(server.bytesWritten, sent);
  const drained = once(server, 'drain');
  client.resume();
  await drained;
  assert.equal(server.writableLength, 0);
  server.writeText('end');
  server.end();
  await once(client, 'end');
  assert.equal(client.bytesRead, sent + 3);
});

test('bytes that wait are not those that are written meanwhile', async (context) => {
  const [slow, quick] = [await pair(context), await pair(context)];
  let sent = '';
  for (let i = 0; slow.server.writableLength === 0; i += 1) {
    const bytes = Buffer.alloc(9_000, `${i % 10}`);
    writeJoined(slow.server, 'head', bytes, 0, bytes.length);
    sent += `head${bytes.toString('latin1')}`;
  }
  assert.ok(slow.server.writableLength <= 9_004);
  const answer = everything(quick.client);
  for (let i = 0; i < 5; i += 1) writeJoined(quick.server, 'other', Buffer.alloc(9_000, 'o'), 0, 9_000);
  quick.server.end();
  slow.server.end();
  assert.equal(await answer, `other${'o'.repeat(9_000)}`.repeat(5));
  assert.equal(await everything(slow.client), sent);
});

test('bytes that wait are kept until they are sent, whatever the collector frees meanwhile', async (context) => {
  const { client, server } = await pair(context);
  const bytes = Buffer.alloc(16_000, 'a');
  let sent = 0;
  while (server.writableLength === 0) {
    server.writeJoined('a', bytes, 0, bytes.length);
    sent += bytes.length + 1;
    // Nothing of this turn may be what keeps them.
    await new Promise((resolve) => setImmediate(resolve));
  }
  collect();
  const others = Array.from({ length: 500 }, () => Buffer.allocUnsafeSlow(JOINED_BYTES_MAX).fill('b'));
  server.end();
  const text = await everything(client);
  assert.equal(text.length, sent);
  assert.equal(text.indexOf('b'), -1, 'bytes of somebody else');
  assert.equal(others.length, 500);
});

test('what waits is there before the end of the stream', async (context) => {
  const { client, server } = await pair(context);
  const text = 'y'.repeat(30_000);
  let sent = 0;
  while (server.writableLength === 0) {
    server.writeText(text);
    sent += text.length;
  }
  server.destroySoon();
  assert.equal((await everything(client)).length, sent);
});

test('a socket that is cut while text waits takes nothing more, and ends', async (context) => {
  const { server } = await pair(context);
  while (server.writableLength === 0) server.writeText('z'.repeat(30_000));
  const closed = once(server, 'close');
  server.destroy();
  server.writeText('nobody gets this');
  await closed;
});

test('a client that is gone is told of as an error, as for any other write', async (context) => {
  const { client, server } = await pair(context);
  const failed = new Promise((resolve) => server.once('error', resolve));
  client.resetAndDestroy();
  while (!server.destroyed) {
    server.writeText('is anybody there');
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(String(await failed), /EPIPE|ECONNRESET/);
});

test('without what Node may hide one day all writes go through the stream', () => {
  assert.notEqual(rawWrites(), null, 'this Node has it');
  assert.equal(rawWrites(null), null);
  assert.equal(
    rawWrites(() => {
      throw new Error('not any more');
    }),
    null,
  );
  assert.equal(
    rawWrites(() => ({})),
    null,
  );
  assert.equal(
    rawWrites(() => ({ WriteWrap: Object, streamBaseState: new Int32Array(2), kLastWriteWasAsync: 2 })),
    null,
  );
});

/** The collector frees what nobody refers to, memory outside of the heap included. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  for (let times = 0; times < 3; times += 1) gc();
}
