import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteQueue } from '../../../src/handlers/byte-queue.ts';

/** A seeded generator of whole numbers below `n`. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

test('what was appended comes out in order, whatever the pieces', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const roll = dice(seed);
    const queue = new ByteQueue();
    let written = '';
    let read = '';
    for (let step = 0; step < 200; step += 1) {
      if (roll(3) > 0) {
        const size = roll(2) === 0 ? roll(10) : roll(10_000);
        const piece = Buffer.from(String.fromCharCode(97 + roll(26)).repeat(size));
        queue.append(Buffer.concat([Buffer.from('##'), piece]), 2, 2 + size);
        written += piece.toString();
      } else read += queue.shift(1 + roll(5000))?.toString() ?? '';
      assert.equal(queue.bytes, written.length - read.length);
    }
    assert.equal(queue.peekAll().toString(), written.slice(read.length));
    assert.equal(read + queue.takeAll().toString(), written);
    assert.equal(queue.shift(1), null);
  }
});

test('what is put back comes out first', () => {
  const queue = new ByteQueue();
  queue.append(Buffer.from('cd'), 0, 2);
  queue.unshift(Buffer.from('ab'));
  queue.append(Buffer.from('ef'), 0, 2);
  assert.equal(queue.takeAll().toString(), 'abcdef');
  assert.equal(queue.bytes, 0);
});

test('what is kept as text is the same bytes, whatever is done with it then', () => {
  const bytes = Buffer.from([0, 13, 127, 128, 160, 255]);
  const kept = (): ByteQueue => {
    const queue = new ByteQueue();
    queue.appendWhole(bytes, 1, 5);
    assert.equal(queue.bytes, 4);
    return queue;
  };
  const wanted = bytes.subarray(1, 5);
  assert.deepEqual(Buffer.from(kept().takeText() ?? '', 'latin1'), wanted);
  assert.deepEqual(kept().peekAll(), wanted);
  const taken = kept();
  assert.deepEqual(taken.takeAll(), wanted);
  assert.deepEqual([taken.bytes, taken.takeText(), taken.shift(1)], [0, null, null]);
  const shifted = kept();
  assert.deepEqual(
    [shifted.shift(3), shifted.takeText(), shifted.shift(3)],
    [bytes.subarray(1, 4), null, bytes.subarray(4, 5)],
  );
  const more = kept();
  more.append(bytes, 0, 1);
  more.appendWhole(bytes, 5, 6);
  more.unshift(Buffer.from('a'));
  assert.deepEqual(
    more.takeAll(),
    Buffer.concat([Buffer.from('a'), wanted, bytes.subarray(0, 1), bytes.subarray(5)]),
  );
});

test('what is too long for it is not kept as text', () => {
  const queue = new ByteQueue();
  const bytes = Buffer.alloc(65_537, 'x');
  queue.appendWhole(bytes, 0, bytes.length);
  assert.equal(queue.takeText(), null);
  assert.deepEqual(queue.peekAll(), bytes);
});

test('a million pieces of one byte are few buffers', () => {
  const queue = new ByteQueue();
  const byte = Buffer.from('x');
  for (let i = 0; i < 1_000_000; i += 1) queue.append(byte, 0, 1);
  let buffers = 0;
  while (queue.shift(1_000_000) !== null) buffers += 1;
  assert.ok(buffers < 50, String(buffers));
});
