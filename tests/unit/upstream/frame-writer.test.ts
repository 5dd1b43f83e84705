import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { FrameWriter } from '../../../src/upstream/frame-writer.ts';
import { frameHeader, FrameType } from '../../../src/wire/frame.ts';

/** A socket that keeps what it is given, as it is at that time or, `late`, as it is when the system takes it. */
class Wire extends Duplex {
  readonly writes: Buffer[] = [];
  late = false;
  readonly #waiting: (() => void)[] = [];

  override _read(): void {
    // Nothing comes.
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    const take = (): void => {
      this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
      done();
    };
    if (this.late) this.#waiting.push(take);
    else take();
  }

  /** The system takes what waits, one write after the other. */
  takeAll(): void {
    for (let take = this.#waiting.shift(); take !== undefined; take = this.#waiting.shift()) take();
  }

  get sent(): Buffer {
    return Buffer.concat(this.writes);
  }
}

/** A seeded generator of whole numbers below `n`. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Sends something at random; returns what has to be on the wire. */
function sendSomething(writer: FrameWriter, roll: (n: number) => number): Buffer {
  const size = roll(4) === 0 ? roll(90_000) : roll(3000);
  const bytes = Buffer.alloc(size, roll(256));
  const kind = roll(4);
  if (kind === 0) writer.send(bytes.toString('latin1'));
  else if (kind === 1) writer.sendText(bytes.toString('latin1'));
  else if (kind === 2) writer.sendBuffer(bytes);
  else {
    writer.sendBytes(7, FrameType.BODY, 1, bytes);
    return Buffer.concat([Buffer.from(frameHeader(size, 7, FrameType.BODY, 1), 'latin1'), bytes]);
  }
  return bytes;
}

test('whatever is sent arrives in order, for a worker that reads late, too', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const roll = dice(seed);
    const wire = new Wire();
    wire.late = seed % 2 === 0;
    const writer = new FrameWriter(wire as unknown as Socket);
    const wanted: Buffer[] = [];
    for (let turn = 0; turn < 12; turn++) {
      for (let count = roll(12); count > 0; count--) wanted.push(sendSomething(writer, roll));
      // The end of the turn.
      await new Promise((resolve) => setImmediate(resolve));
      if (roll(3) === 0) wire.takeAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (wire.writableLength > 0) {
      wire.takeAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(wire.sent.equals(Buffer.concat(wanted)), `seed ${seed}`);
  }
});

test('frames of one turn with short bodies leave in one write', async () => {
  const wire = new Wire();
  const writer = new FrameWriter(wire as unknown as Socket);
  for (let count = 0; count < 8; count++) {
    writer.send('head');
    writer.sendText('t'.repeat(10_000));
    writer.send('tail');
    writer.sendBuffer(Buffer.alloc(5000, 'b'));
  }
  assert.equal(wire.writes.length, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(wire.writes.length, 1);
});

test('nothing is written after the end', () => {
  const wire = new Wire();
  const writer = new FrameWriter(wire as unknown as Socket);
  writer.send('frame');
  writer.sendText('x'.repeat(2000));
  writer.close();
  writer.flush();
  assert.equal(wire.writes.length, 0);
});
