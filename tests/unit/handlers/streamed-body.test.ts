import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamedBody } from '../../../src/handlers/streamed-body.ts';
import { FakeBody } from './fake-exchange.ts';

function streamed() {
  const client = new FakeBody();
  const told: string[] = [];
  const got: (string | null)[] = [];
  const body = new StreamedBody(client, () => told.push('aborted'));
  const read = (max = 1000): void =>
    body.read(max, (result) => {
      if (result instanceof Error) told.push(result.message);
      else got.push(result === null ? null : result.toString('latin1'));
    });
  return { client, body, read, got, told };
}

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

test('bytes go on as they come, in their order, and then the end', async () => {
  const { client, body, read, got } = streamed();
  body.start();
  read();
  assert.deepEqual(got, []);
  client.give('one');
  await turn();
  client.give('two');
  client.consumer?.end();
  read(2);
  read();
  read();
  assert.deepEqual(got, ['one', 'tw', 'o', null]);
});

test('the client may not send before somebody reads, or the body is started', () => {
  const { client, read } = streamed();
  assert.equal(client.consumer, null);
  read();
  assert.notEqual(client.consumer, null);
});

test('a client that is faster than the reader is paused, and goes on when half is gone', async () => {
  const { client, body, read, got } = streamed();
  body.start();
  client.give('x'.repeat(262_144));
  assert.ok(!client.paused);
  client.give('y');
  assert.ok(client.paused);
  read(100_000);
  await turn();
  assert.ok(client.paused);
  read(100_000);
  await turn();
  assert.ok(!client.paused);
  assert.equal(got.join('').length, 200_000);
});

test('it is whole only when it has ended, unread, and is not too long', () => {
  const { client, body, read } = streamed();
  body.start();
  client.give('abc');
  assert.equal(body.whole(10), null);
  client.consumer?.end();
  assert.equal(body.whole(10)?.toString(), 'abc');
  assert.equal(body.whole(2), null);
  read(1);
  assert.equal(body.whole(10), null);
});

test('a client that leaves ends the reading with an error, once', () => {
  const { client, body, read, told } = streamed();
  body.start();
  read();
  client.consumer?.abort();
  assert.deepEqual(told, ['the client left before its request was complete', 'aborted']);
  read();
  assert.equal(told.length, 3);
});

test('a reader that wants no more lets the client go on and drops what comes', () => {
  const { client, body, got } = streamed();
  body.start();
  client.give('x'.repeat(300_000));
  assert.ok(client.paused);
  body.close();
  assert.ok(!client.paused);
  client.give('more');
  assert.ok(!client.paused);
  assert.deepEqual(got, []);
});
