import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { listen, unlisten } from '../../../src/gateway/shared-socket.ts';
import { socketPair } from './socket-pair.ts';

test('what two clients send at once stays apart although it is read into one buffer', async (context) => {
  const pairs = [await socketPair(context), await socketPair(context)];
  const texts = await Promise.all(
    pairs.map(async ({ client, server }, index) => {
      let text = '';
      const ended = once(server, 'end');
      listen(server, (chunk) => {
        text += chunk.toString('latin1');
      });
      for (let i = 0; i < 200; i += 1) client.write(`${index}`.repeat(1000));
      client.end();
      await ended;
      return text;
    }),
  );
  assert.deepEqual(texts, ['0'.repeat(200_000), '1'.repeat(200_000)]);
});

test('a paused socket reads nothing until it is resumed', async (context) => {
  const { client, server } = await socketPair(context);
  const seen: string[] = [];
  listen(server, (chunk) => {
    seen.push(chunk.toString('latin1'));
    server.pause();
  });
  client.write('first');
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => client.write('second', resolve));
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ['first']);
  server.resume();
  while (seen.length === 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ['first', 'second']);
});

test('as a stream it delivers copies, holds back for a slow reader, and ends', async (context) => {
  const { client, server } = await socketPair(context);
  const receiver = (): void => assert.fail('nobody receives any more');
  listen(server, receiver);
  unlisten(server, receiver);
  const chunks: Buffer[] = [];
  const ended = once(server, 'end');
  server.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    server.pause();
    setImmediate(() => server.resume());
  });
  const sent = Buffer.alloc(1_000_000, 'abcdefg');
  client.end(sent);
  await ended;
  assert.ok(Buffer.concat(chunks).equals(sent));
});
