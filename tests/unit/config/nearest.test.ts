import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, editDistance, nearest } from '../../../src/config/nearest.ts';

test('the distance counts inserted, deleted, replaced and swapped letters', () => {
  assert.equal(editDistance('workers', 'workers'), 0);
  assert.equal(editDistance('wrokers', 'workers'), 1);
  assert.equal(editDistance('worker', 'workers'), 1);
  assert.equal(editDistance('workerss', 'workers'), 1);
  assert.equal(editDistance('vorkers', 'workers'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('the nearest candidate is offered only when it is near', () => {
  const names = ['workers', 'threads', 'bind'];
  assert.equal(nearest('wrokers', names), 'workers');
  assert.equal(nearest('bindd', names), 'bind');
  assert.equal(nearest('elephant', names), null);
  assert.equal(nearest('', names), null);
  assert.equal(didYouMean('thread', names), 'did you mean `threads`?');
  assert.equal(didYouMean('zzz', names), null);
});
