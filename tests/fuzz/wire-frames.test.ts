// Random frames in random pieces, and random bytes: the reader gives the same frames or throws WireError, nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlEnvelope, ControlReader, encodeControl } from '../../src/wire/control.ts';
import { FRAME_TYPE_LAST, frameHeader } from '../../src/wire/frame.ts';
import { FrameReader, WireError } from '../../src/wire/frame-reader.ts';
import { parseResponseHead } from '../../src/wire/response.ts';
import { Random } from './random.ts';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 400);

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = random.below(256);
  return bytes;
}

/** Feeds `data` in random pieces through one shared buffer, as a socket with its own read buffer does. */
function pushInPieces(
  random: Random,
  data: Buffer,
  push: (buffer: Buffer, start: number, end: number) => void,
): void {
  const shared = Buffer.alloc(data.length + 16);
  for (let at = 0; at < data.length; ) {
    const size = Math.min(data.length - at, 1 + random.below(random.chance(30) ? 12 : data.length));
    const offset = random.below(16);
    data.copy(shared, offset, at, at + size);
    push(shared, offset, offset + size);
    shared.fill(0xee);
    at += size;
  }
}

function framesOf(random: Random, data: Buffer): string[] {
  const seen: string[] = [];
  let whole = '';
  const reader = new FrameReader({
    frame(type, flags, stream, chunk, start, end, more) {
      const payload = chunk.toString('latin1', start, end);
      whole += whole === '' ? `${type} ${flags} ${stream} ${payload}` : payload;
      if (more > 0) return;
      seen.push(whole);
      whole = '';
    },
  });
  pushInPieces(random, data, (buffer, start, end) => reader.push(buffer, start, end));
  return seen;
}

test('random frames in random pieces are the frames that were made', () => {
  const random = new Random(1);
  for (let round = 0; round < ROUNDS; round++) {
    const expected: string[] = [];
    let wire = '';
    for (let count = random.below(8); count >= 0; count--) {
      const payload = randomBytes(random, random.below(random.chance(5) ? 90_000 : 60)).toString('latin1');
      const [type, flags, stream] = [
        random.below(FRAME_TYPE_LAST + 1),
        random.below(256),
        random.below(2 ** 32),
      ];
      wire += frameHeader(payload.length, stream, type, flags) + payload;
      expected.push(`${type} ${flags} ${stream} ${payload}`);
    }
    assert.deepEqual(framesOf(random, Buffer.from(wire, 'latin1')), expected, `round ${round}`);
  }
});

test('random bytes are frames or a WireError', () => {
  const random = new Random(2);
  let errors = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const data = randomBytes(random, random.below(200));
    // Small lengths and known types now and then, so that some frames are whole.
    for (let at = 0; at + 10 < data.length && random.chance(80); at += 10 + (data[at] as number)) {
      data.fill(0, at + 1, at + 4);
      data[at + 8] = random.below(15);
    }
    try {
      framesOf(random, data);
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
      errors++;
    }
  }
  assert.ok(errors > 0 && errors < ROUNDS, `${errors} errors`);
});

test('random heads and control lines are read or are a WireError', () => {
  const random = new Random(3);
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = randomBytes(random, random.below(60));
    attempt(() => parseResponseHead((random.chance(50) ? '200 OK\n' : '') + bytes.toString('latin1')));
    attempt(() => new ControlReader(() => undefined).push(bytes));
    const line = Buffer.from(encodeControl({ type: 'x' }));
    line[random.below(line.length)] = random.below(256);
    attempt(() => new ControlReader(() => undefined).push(line));
  }
});

test('control messages in random pieces are the messages that were made', () => {
  const random = new Random(4);
  for (let round = 0; round < ROUNDS; round++) {
    const messages = Array.from({ length: 1 + random.below(5) }, () => ({
      type: 'log',
      text: Buffer.from(randomBytes(random, random.below(50))).toString('utf8'),
    }));
    const seen: ControlEnvelope[] = [];
    const reader = new ControlReader<ControlEnvelope>((message) => seen.push(message));
    const data = Buffer.from(messages.map((message) => encodeControl(message)).join(''));
    pushInPieces(random, data, (buffer, start, end) => reader.push(buffer.subarray(start, end)));
    assert.deepEqual(seen, messages, `round ${round}`);
  }
});
