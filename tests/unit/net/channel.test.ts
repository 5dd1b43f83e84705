import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { Channel } from '../../../src/net/channel.ts';

interface Message {
  type: string;
  n?: number;
}

function opened() {
  let sent = '';
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      sent += chunk.toString();
      done();
    },
  });
  const messages: Message[] = [];
  const ends: (string | null)[] = [];
  const channel = new Channel<Message, Message>(
    socket,
    (message) => messages.push(message),
    (fault) => ends.push(fault),
  );
  return { socket, channel, messages, ends, sent: () => sent };
}

test('messages are lines of JSON both ways, however they are cut', async () => {
  const { socket, channel, messages, sent } = opened();
  for (const byte of Buffer.from('{"type":"a","n":1}\n{"type":"é"}\n')) socket.push(Buffer.of(byte));
  await setImmediate();
  assert.deepEqual(messages, [{ type: 'a', n: 1 }, { type: 'é' }]);
  channel.send({ type: 'b', n: 2 });
  assert.equal(sent(), '{"type":"b","n":2}\n');
});

test('the end of the other side is told once', async () => {
  const { socket, channel, ends } = opened();
  socket.push(null);
  await setImmediate();
  socket.destroy(new Error('broken'));
  await setImmediate();
  assert.deepEqual(ends, [null]);
  channel.send({ type: 'late' });
});

test('nonsense ends the channel with its reason', async () => {
  const { socket, messages, ends } = opened();
  socket.push('not json\n{"type":"a"}\n');
  await setImmediate();
  assert.equal(messages.length, 0);
  assert.equal(ends.length, 1);
  assert.match(ends[0] ?? '', /not JSON/);
  assert.ok(socket.destroyed);
});
