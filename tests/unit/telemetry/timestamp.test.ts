import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timestamp } from '../../../src/telemetry/timestamp.ts';

/** A time of day in this zone, wherever the tests run, told as being `minutes` ahead of UTC. */
function at(minutes: number): Date {
  const date = new Date(2026, 0, 2, 3, 4, 5, 6);
  date.getTimezoneOffset = () => -minutes;
  return date;
}

test('each form pads every part', () => {
  assert.equal(timestamp.log(at(60)), '2026-01-02 03:04:05 +0100');
  assert.equal(timestamp.iso(at(60)), '2026-01-02T03:04:05.006+01:00');
  assert.equal(timestamp.common(at(60)), '02/Jan/2026:03:04:05 +0100');
});

test('zones west of Greenwich and of half hours keep sign and minutes', () => {
  assert.equal(timestamp.log(at(-210)), '2026-01-02 03:04:05 -0330');
  assert.equal(timestamp.iso(at(345)), '2026-01-02T03:04:05.006+05:45');
  assert.equal(timestamp.common(at(0)), '02/Jan/2026:03:04:05 +0000');
});
