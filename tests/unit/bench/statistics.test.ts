import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile, ratioOf } from '../../../bench/statistics.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3]), 3);
  assert.equal(median([10, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test('a quantile is interpolated between neighbours', () => {
  assert.equal(quantile([0, 10, 20, 30, 40], 0.99), 39.6);
  assert.equal(quantile([7], 0.99), 7);
});

test('a machine that becomes half as fast between two rounds changes no ratio', () => {
  assert.deepEqual(ratioOf([100, 50, 200], [50, 25, 100]), { median: 2, low: 2, high: 2 });
});

test('rounds that one of two servers has not are left out', () => {
  assert.deepEqual(ratioOf([10, 30, 50], [10, 10]), { median: 2, low: 1, high: 3 });
  assert.deepEqual(ratioOf([10, 30], [0, 10]), { median: 3, low: 3, high: 3 });
  assert.equal(ratioOf([10], []), undefined);
});
