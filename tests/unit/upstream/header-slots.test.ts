import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EncodedBlock, HeaderSlots } from '../../../src/upstream/header-slots.ts';
import { BLOCK_SLOTS } from '../../../src/wire/frame.ts';

test('a block is found where it was placed, on its own link only', () => {
  const [one, two] = [new HeaderSlots(0), new HeaderSlots(1)];
  const block = new EncodedBlock('x');
  assert.equal(one.find(block), -1);
  assert.equal(one.place(block), 0);
  assert.equal(one.find(block), 0);
  assert.equal(two.find(block), -1);
});

test('the table goes round, and a block that was overwritten is not found', () => {
  const slots = new HeaderSlots(0);
  const first = new EncodedBlock('first');
  slots.place(first);
  for (let i = 1; i < BLOCK_SLOTS; i += 1) assert.equal(slots.place(new EncodedBlock('x')), i);
  assert.equal(slots.find(first), 0);
  assert.equal(slots.place(new EncodedBlock('y')), 0);
  assert.equal(slots.find(first), -1);
});

test('a new link to the same worker starts with an empty table', () => {
  const block = new EncodedBlock('x');
  new HeaderSlots(3).place(block);
  assert.equal(new HeaderSlots(3).find(block), -1);
});
