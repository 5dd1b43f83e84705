import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { Sweeper } from '../../../src/base/sweeper.ts';
import type { WebSocketEvents } from '../../../src/http/websocket.ts';
import type { WebSocketSession } from '../../../src/gateway/websocket-session.ts';
import { WebSockets } from '../../../src/gateway/websockets.ts';
import { Random } from '../../fuzz/random.ts';
import { socketPair } from './socket-pair.ts';

const DEFLATE_BYTES_MIN = 1024;
const OFFER = 'permessage-deflate; server_no_context_takeover';
const LENGTHS = [0, 1, 125, 126, 1023, 1024, 15_359, 15_360, 15_361, 65_535, 65_536, 70_000];
const [TEXT, BINARY, CLOSE] = [1, 2, 8];

/** A client's connection that keeps each write, and takes them when it is told to. */
class Connection extends Duplex {
  readonly writes: Buffer[] = [];
  slow = false;
  #taken: (() => void) | null = null;

  override _read(): void {
    // Nothing comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk);
    if (this.slow) this.#taken = done;
    else done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), '', done);
  }

  goOn(): void {
    this.slow = false;
    this.#taken?.();
  }
}

interface Frame {
  readonly fin: boolean;
  readonly compressed: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

function frames(data: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at < data.length; ) {
    const [first = 0, second = 0] = [data[at], data[at + 1]];
    assert.equal(second & 0x80, 0, 'a server masks nothing');
    let [length, head] = [second, 2];
    if (second === 126) [length, head] = [data.readUInt16BE(at + 2), 4];
    if (second === 127) [length, head] = [data.readUInt32BE(at + 6), 10];
    const payload = data.subarray(at + head, at + head + length);
    assert.equal(payload.length, length);
    found.push({ fin: first >= 0x80, compressed: (first & 0x40) !== 0, opcode: first & 15, payload });
    at += head + length;
  }
  return found;
}

function opened(extensions: string) {
  const connection = new Connection();
  const { session, log } = openedOn(connection, extensions);
  connection.writes.length = 0;
  return { connection, session, log };
}

function openedOn(connection: Duplex, extensions: string) {
  const log: string[] = [];
  const events: WebSocketEvents = {
    received: () => undefined,
    drained: () => void log.push('drained'),
    closed: () => undefined,
  };
  const limits = { messageBytesMax: 1e6, pingMs: 0, pongMs: 0, deflate: true, connectionsMax: 0 };
  const sockets = new WebSockets({ ...limits, deflateBytesMin: DEFLATE_BYTES_MIN }, new Sweeper());
  const offer = { key: 'AAAAAAAAAAAAAAAAAAAAAA==', extensions, protocols: [] };
  const session = sockets.open(connection, Buffer.alloc(0), offer, { protocol: '', lines: [] }, events);
  assert.ok(session !== null);
  return { session, log };
}

function send(session: WebSocketSession, text: string, binary = false, more = false): void {
  const padded = Buffer.from(`before${text}after`);
  session.send(padded, 6, padded.length - 5, !binary, more);
  // The bytes were good during the call only.
  padded.fill('!');
}

test('the short messages of a turn leave in one write, in order', async () => {
  const { connection, session } = opened('');
  for (const word of ['one', 'two', 'three']) send(session, word, word === 'two');
  assert.deepEqual([connection.writes.length, session.pending], [0, 'onetwothree'.length + 3 * 2]);
  await setImmediate();
  assert.equal(connection.writes.length, 1);
  assert.deepEqual(
    frames(Buffer.concat(connection.writes)).map(({ opcode, payload }) => `${opcode} ${payload.toString()}`),
    [`${TEXT} one`, `${BINARY} two`, `${TEXT} three`],
  );
  assert.equal(session.pending, 0);
});

test('a close follows the messages that were sent before it, and nothing follows a close', async () => {
  const { connection, session } = opened('');
  send(session, 'last words');
  session.close(1000, '');
  send(session, 'too late');
  await setImmediate();
  assert.deepEqual(
    frames(Buffer.concat(connection.writes)).map(({ opcode }) => opcode),
    [TEXT, CLOSE],
  );
});

test('who cannot take it is waited for: pending says how much, drained when it is over', async () => {
  const { connection, session, log } = opened('');
  connection.slow = true;
  send(session, 'one');
  await setImmediate();
  send(session, 'two');
  await setImmediate();
  assert.ok(session.pending >= 5);
  assert.equal(log.length, 0);
  connection.goOn();
  await setImmediate();
  assert.equal(session.pending, 0);
  assert.ok(log.includes('drained'));
});

test('a real socket that is full says when it is not, and nothing is lost', async (t) => {
  const { client, server } = await socketPair(t);
  client.pause();
  const { session, log } = openedOn(server, '');
  const text = 'x'.repeat(15_000);
  let [sent, taken] = [0, Buffer.alloc(0)];
  while (session.pending < 1_000_000) {
    send(session, text);
    sent += 1;
    if (sent % 10 === 0) await setImmediate();
  }
  await setImmediate();
  log.length = 0;
  client.on('data', (chunk: Buffer) => {
    taken = Buffer.concat([taken, chunk]);
  });
  client.resume();
  while (session.pending > 0) await setImmediate();
  send(session, 'the end');
  while (!taken.subarray(-7).includes('the end')) await setImmediate();
  const got = frames(taken.subarray(taken.indexOf('\r\n\r\n') + 4)).map(({ payload }) => payload.toString());
  assert.deepEqual([got.length, got.pop()], [sent + 1, 'the end']);
  assert.ok(got.every((message) => message === text));
  assert.ok(log.includes('drained'));
});

test('a short message is not compressed, and does not overtake a long one that is', async () => {
  const { connection, session } = opened(OFFER);
  const long = 'compressible '.repeat(1000);
  send(session, 'before');
  send(session, long);
  send(session, 'after');
  while (frames(Buffer.concat(connection.writes)).length < 3) await setImmediate();
  const got = frames(Buffer.concat(connection.writes));
  assert.deepEqual(
    got.map(({ compressed }) => compressed),
    [false, true, false],
  );
  assert.deepEqual(got.map(content), ['before', long, 'after']);
});

for (const extensions of ['', OFFER]) {
  test(`whatever is sent arrives as it was sent (${extensions || 'no extension'})`, async () => {
    const random = new Random(7);
    const { connection, session } = opened(extensions);
    const expected: string[] = [];
    let parts = '';
    for (let i = 0; i < 400; i += 1) {
      const text = `${i}:`.padEnd(random.chance(3) ? random.pick(LENGTHS) : random.below(300), 'xyz');
      const more = random.chance(10);
      send(session, text, false, more);
      parts += text;
      if (!more) {
        expected.push(parts);
        parts = '';
      }
      if (random.chance(4)) await setImmediate();
    }
    send(session, 'the end');
    expected.push(`${parts}the end`);
    while (!Buffer.concat(connection.writes.slice(-2)).includes('the end')) await setImmediate();
    assert.deepEqual(messages(frames(Buffer.concat(connection.writes))), expected);
  });
}

/** Fragments put together, what is compressed unpacked (RFC 7692, section 7.2.2). */
function messages(all: readonly Frame[]): string[] {
  const whole: string[] = [];
  let [payload, compressed] = [Buffer.alloc(0), false];
  for (const frame of all) {
    if (frame.opcode !== 0) [payload, compressed] = [Buffer.alloc(0), frame.compressed];
    payload = Buffer.concat([payload, frame.payload]);
    if (frame.fin) whole.push(content({ ...frame, compressed, payload }));
  }
  return whole;
}

function content({ compressed, payload }: Frame): string {
  if (!compressed) return payload.toString();
  return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
    finishFlush: 2,
  }).toString();
}
