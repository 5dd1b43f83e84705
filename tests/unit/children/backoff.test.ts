import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, inSeconds } from '../../../src/children/backoff.ts';

test('the first death is answered at once, the next ones later and later, up to half a minute', () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 12 }, () => backoff.next(0));
  assert.deepEqual(delays.slice(0, 5), [0, 250, 500, 1000, 2000]);
  assert.equal(Math.max(...delays), 30_000);
  assert.equal(delays.at(-1), 30_000);
});

test('a process that lived for a while was no crash loop', () => {
  const backoff = new Backoff();
  for (let i = 0; i < 5; i += 1) backoff.next(0);
  assert.ok(backoff.next(9_999) > 0);
  assert.equal(backoff.next(10_000), 0);
  assert.equal(backoff.next(0), 250);
});

test('delays are told in seconds', () => {
  assert.deepEqual([0, 250, 1000, 30_000].map(inSeconds), ['', ' in 0.25 s', ' in 1 s', ' in 30 s']);
});
