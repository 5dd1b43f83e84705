import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sweeper } from '../../../src/base/sweeper.ts';

function member(deadline: number, onExpire: (now: number) => void = () => undefined) {
  const self = {
    deadline,
    expired: 0,
    expire(now: number): void {
      self.expired += 1;
      self.deadline = Infinity;
      onExpire(now);
    },
  };
  return self;
}

test('a sweep expires the members whose deadline has come', () => {
  let now = 0;
  const sweeper = new Sweeper(() => now);
  const [early, late, never] = [member(100), member(200), member(Infinity)];
  for (const each of [early, late, never]) sweeper.add(each);
  now = 99;
  sweeper.sweep();
  assert.equal(early.expired, 0);
  now = 100;
  sweeper.sweep();
  now = 300;
  sweeper.sweep();
  assert.deepEqual([early.expired, late.expired, never.expired], [1, 1, 0]);
});

test('a member that was moved on or taken out does not expire', () => {
  let now = 0;
  const sweeper = new Sweeper(() => now);
  const [moved, removed] = [member(100), member(100)];
  sweeper.add(moved);
  sweeper.add(removed);
  moved.deadline = 500;
  sweeper.delete(removed);
  now = 200;
  sweeper.sweep();
  assert.equal(moved.expired + removed.expired, 0);
  assert.equal(sweeper.size, 1);
});

test('members may leave and join while a sweep is under way', () => {
  const sweeper = new Sweeper(() => 10);
  const other = member(5);
  const first = member(5, () => {
    sweeper.delete(first);
    sweeper.delete(other);
    sweeper.add(member(Infinity));
  });
  sweeper.add(first);
  sweeper.add(other);
  sweeper.sweep();
  assert.equal(other.expired, 0);
  assert.equal(sweeper.size, 1);
});
