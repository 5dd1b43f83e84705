import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmallHeap } from '../../../src/base/small-heap.ts';

const MIB = 1_048_576;

function heapOf(bytes: number) {
  const self = { bytes, after: bytes, collections: 0 };
  const heap = new SmallHeap(
    () => {
      self.collections += 1;
      self.bytes = self.after;
    },
    () => self.bytes,
  );
  return { self, heap };
}

test('what the start has left is collected at the first look, and once more when little has come since', () => {
  const { self, heap } = heapOf(20 * MIB);
  self.after = 10 * MIB;
  heap.look();
  assert.equal(self.collections, 1);
  heap.look();
  assert.equal(self.collections, 2);
  heap.look();
  assert.equal(self.collections, 2, 'a heap that does not grow is left alone');
});

test('a heap that has grown by a megabyte is collected, one that has grown by less is not', () => {
  const { self, heap } = heapOf(10 * MIB);
  heap.look();
  heap.look();
  self.collections = 0;
  self.bytes = 11 * MIB - 1;
  heap.look();
  assert.equal(self.collections, 0);
  self.bytes = 11 * MIB;
  heap.look();
  assert.equal(self.collections, 1);
});

test('a heap that needs what it has is not collected again and again', () => {
  const { self, heap } = heapOf(10 * MIB);
  self.after = self.bytes = 40 * MIB;
  for (let look = 0; look < 10; look++) heap.look();
  assert.equal(self.collections, 2);
});

test('by itself it finds the collector of this very process', () => {
  const heap = new SmallHeap();
  let garbage: unknown = Array.from({ length: 200_000 }, (_, index) => ({ index }));
  assert.ok(garbage);
  const before = process.memoryUsage().heapUsed;
  garbage = null;
  heap.look();
  assert.ok(process.memoryUsage().heapUsed < before - 4 * MIB);
});
