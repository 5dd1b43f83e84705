import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FloodGuard } from '../../../src/gateway/http2/flood-guard.ts';

test('a burst is put up with, and then a rate', () => {
  let now = 0;
  const guard = new FloodGuard(() => now);
  const spend = (times: number): number => {
    let allowed = 0;
    for (let i = 0; i < times; i += 1) if (guard.spend()) allowed += 1;
    return allowed;
  };
  assert.equal(spend(200), 200);
  assert.equal(guard.spend(), false);
  now += 1000;
  assert.equal(spend(40), 19);
});

test('who does it now and then may do it for ever', () => {
  let now = 0;
  const guard = new FloodGuard(() => now);
  for (let i = 0; i < 10_000; i += 1) {
    now += 50;
    assert.ok(guard.spend());
  }
});
