import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyClock } from '../../../src/gateway/body-clock.ts';
import { FieldNames } from '../../../src/gateway/field-names.ts';
import { RequestIds } from '../../../src/gateway/request-ids.ts';
import { Log } from '../../../src/telemetry/log.ts';

test('request ids differ within a gateway and between gateways', () => {
  const [one, two] = [new RequestIds(), new RequestIds()];
  const ids = Array.from({ length: 100 }, () => [one.next(), two.next()]).flat();
  assert.equal(new Set(ids).size, 200);
  for (const id of ids) assert.match(id, /^[0-9a-f]{10}-[0-9a-z]+$/);
  const fixed = new RequestIds('x');
  for (let count = 1; count < 100_000; count += 1) assert.equal(fixed.next(), `x-${count.toString(36)}`);
});

test('a dropped header name is told once, whatever its case, and not without end', () => {
  const lines: string[] = [];
  const names = new FieldNames(
    new Log({ level: 'warning', format: 'text', write: (line) => lines.push(line) }),
  );
  names.dropped(['X_A', 'X_B']);
  names.dropped(['x_a', 'X_B']);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /"X_A".*"X-A"/);
  for (let i = 0; i < 1000; i += 1) names.dropped([`Y_${i}`]);
  assert.equal(lines.length, 100);
});

const PACE = { bodyMs: 1000, bodyRateMin: 100, bodyRateGraceMs: 5000 };

test('a body that is silent too long is late', () => {
  const clock = new BodyClock(PACE);
  assert.equal(clock.deadline, Infinity);
  clock.start(0);
  assert.equal(clock.deadline, 1000);
  assert.equal(clock.late(999), false);
  clock.received(1000, 999);
  assert.equal(clock.deadline, 1999);
  assert.equal(clock.late(1999), true);
});

test('a body below the minimum rate is late at the end of a window', () => {
  const clock = new BodyClock(PACE);
  clock.start(0);
  for (let now = 500; now <= 5000; now += 500) clock.received(49, now);
  assert.equal(clock.late(4999), false);
  assert.equal(clock.late(5000), true);
});

test('a rate that was good once does not pay for later', () => {
  const clock = new BodyClock(PACE);
  clock.start(0);
  clock.received(1_000_000, 4500);
  assert.equal(clock.late(5000), false);
  for (let now = 5000; now <= 10_000; now += 500) clock.received(1, now);
  assert.equal(clock.late(10_000), true);
});

test('time in which nothing was wanted does not count', () => {
  const clock = new BodyClock(PACE);
  clock.start(0);
  clock.stop();
  assert.equal(clock.deadline, Infinity);
  assert.equal(clock.late(1_000_000), false);
  clock.start(1_000_000);
  assert.equal(clock.late(1_000_999), false);
});

test('without a minimum rate only silence counts', () => {
  const clock = new BodyClock({ ...PACE, bodyRateMin: 0 });
  clock.start(0);
  for (let now = 900; now < 100_000; now += 900) {
    assert.equal(clock.late(now), false);
    clock.received(1, now);
  }
});
