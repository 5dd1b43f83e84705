import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deque } from '../../../src/base/deque.ts';

test('items leave in the order they came, around the ring many times', () => {
  const deque = new Deque<number>(3);
  let next = 0;
  for (let i = 0; i < 50; i += 1) {
    assert.ok(deque.push(i));
    if (deque.size === 3) {
      assert.equal(deque.peek(), next);
      assert.equal(deque.shift(), next);
      next += 1;
    }
  }
  assert.deepEqual([deque.shift(), deque.shift(), deque.shift()], [48, 49, undefined]);
});

test('a full queue refuses, at exactly its capacity', () => {
  for (const capacity of [1, 2, 3, 5, 8]) {
    const deque = new Deque<number>(capacity);
    for (let i = 0; i < capacity; i += 1) assert.ok(deque.push(i));
    assert.equal(deque.push(99), false);
    assert.equal(deque.size, capacity);
    assert.equal(deque.shift(), 0);
    assert.ok(deque.push(99));
  }
});

test('a queue of capacity 0 takes nothing', () => {
  const deque = new Deque<string>(0);
  assert.equal(deque.push('x'), false);
  assert.equal(deque.peek(), undefined);
  assert.equal(deque.shift(), undefined);
});

test('what is not to be kept is dropped, the rest stays in order', () => {
  const deque = new Deque<number>(5);
  for (const n of [1, 2, 3, 4, 5]) deque.push(n);
  deque.retain((n) => n % 2 === 1);
  assert.deepEqual([deque.shift(), deque.shift(), deque.shift(), deque.shift()], [1, 3, 5, undefined]);
});
