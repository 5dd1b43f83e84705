import assert from 'node:assert/strict';
import { Duplex, PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { Channel } from '../../../src/net/channel.ts';
import { checkWorker } from '../../../src/wire/check-message.ts';

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

/** What became of these bytes: the types of messages, then how the channel ended. */
async function hear(
  data: Buffer | string,
  onMessage: (type: string) => void = () => undefined,
): Promise<string[]> {
  const heard: string[] = [];
  const socket = new PassThrough();
  const ended = new Promise<void>((resolve) => {
    void new Channel<{ type: string }, { type: string }>(
      socket,
      ({ type }) => {
        onMessage(type);
        heard.push(type);
      },
      (fault) => {
        heard.push(fault === null ? 'end' : `fault: ${fault}`);
        resolve();
      },
      checkWorker,
    );
  });
  socket.end(data);
  await ended;
  return heard;
}

const LEAVING = '{"type":"leaving","reason":"stuck"}\n';

test('good messages are handed on, and unknown ones passed over', async () => {
  assert.deepEqual(await hear(`${LEAVING}{"type":"fun"}\n${LEAVING}`), ['leaving', 'leaving', 'end']);
});

test('what is no message ends the channel, with the reason in words', async () => {
  for (const [data, fault] of [
    ['{nope\n', /not JSON: "\{nope"/],
    [Buffer.from('ff fe 00 0a'.replaceAll(' ', ''), 'hex'), /not UTF-8/],
    ['x'.repeat(1_048_577), /more than 1048576 bytes/],
    [`${'['.repeat(500_000)}\n`, /not JSON/],
    ['{"type":"failed"}\n', /`stage` of `failed` is missing/],
  ] as const) {
    const [first, second, ...more] = await hear(
      Buffer.concat([Buffer.from(LEAVING), Buffer.from(data as string)]),
    );
    assert.equal(first, 'leaving');
    assert.match(second ?? '', fault);
    assert.deepEqual(more, []);
  }
});

test('an error in the handling of a message ends the channel and nothing else', async () => {
  const heard = await hear(LEAVING + LEAVING, () => {
    throw new TypeError('of ours');
  });
  assert.equal(heard.length, 1);
  assert.match(
    heard[0] ?? '',
    /^fault: `leaving` could not be handled, which is a fault of the server: TypeError: of ours\n/,
  );
});
