import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sweeper } from '../../../src/base/sweeper.ts';
import { PeerQueue } from '../../../src/peers/peer-queue.ts';

function waiter(name: string, log: string[]): { name: string; waitedTooLong: () => void } {
  return { name, waitedTooLong: () => log.push(name) };
}

test('the first in a queue is the one that came first; a full queue takes nobody', () => {
  const queue = new PeerQueue<ReturnType<typeof waiter>>(2, 1000, new Sweeper());
  const [a, b, c] = ['a', 'b', 'c'].map((name) => waiter(name, [])) as [
    ReturnType<typeof waiter>,
    ReturnType<typeof waiter>,
    ReturnType<typeof waiter>,
  ];
  assert.deepEqual([queue.push(a, 0), queue.push(b, 0), queue.push(c, 0)], [true, true, false]);
  assert.equal(queue.first?.name, 'a');
  queue.delete(a);
  assert.equal(queue.first?.name, 'b');
  assert.ok(queue.push(c, 0));
  assert.equal(queue.size, 2);
});

test('each gives up at its own time, and an empty queue is swept no more', () => {
  let now = 0;
  const sweeper = new Sweeper(() => now);
  const queue = new PeerQueue<ReturnType<typeof waiter>>(10, 1000, sweeper);
  const log: string[] = [];
  queue.push(waiter('a', log), 0);
  queue.push(waiter('b', log), 400);
  assert.equal(sweeper.size, 1);
  now = 999;
  sweeper.sweep();
  assert.deepEqual(log, []);
  now = 1000;
  sweeper.sweep();
  assert.deepEqual(log, ['a']);
  now = 1400;
  sweeper.sweep();
  assert.deepEqual(log, ['a', 'b']);
  assert.equal(sweeper.size, 0);
});
