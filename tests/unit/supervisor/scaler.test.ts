import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScaleLimits, Scaler } from '../../../src/supervisor/scaler.ts';

const TIMES = { waitMs: 100, calmMs: 1000 };

function scaler(limits: Partial<ScaleLimits> = {}) {
  const subject = new Scaler({ min: 1, max: 8, cheap: false, idleMs: 0, threads: 1, ...limits }, 0, TIMES);
  const load = (changes: Partial<Parameters<Scaler['take']>[1]>, gateway = 0): void =>
    subject.take(gateway, {
      app: 'app',
      queued: 0,
      oldestMs: 0,
      inFlight: 0,
      requests: 0,
      workers: [],
      ...changes,
    });
  return { subject, load };
}

test('a request that has waited is a reason for a worker more, one that has just come is none', () => {
  const { subject, load } = scaler();
  load({ queued: 5, oldestMs: 99, inFlight: 1 });
  assert.equal(subject.decide(0, 1, 0), 1);
  load({ queued: 5, oldestMs: 100, inFlight: 1 });
  assert.equal(subject.decide(0, 1, 0), 2);
});

test('while workers start nobody is added, and never more than the most', () => {
  const { subject, load } = scaler({ max: 5 });
  load({ queued: 5, oldestMs: 500, inFlight: 4 });
  assert.equal(subject.decide(0, 4, 1), 4);
  assert.equal(subject.decide(0, 4, 0), 5);
  assert.equal(subject.decide(0, 5, 0), 5);
});

test('many workers get several more at a time', () => {
  const { subject, load } = scaler({ max: 100 });
  load({ queued: 50, oldestMs: 500, inFlight: 16 });
  assert.equal(subject.decide(0, 16, 0), 20);
});

test('more than the most, wanted by hand, is left alone', () => {
  const { subject, load } = scaler({ max: 4 });
  load({ queued: 5, oldestMs: 500 });
  assert.equal(subject.decide(0, 6, 0), 6);
});

test('workers leave when they were not needed for a while, half of them at a time', () => {
  const { subject, load } = scaler();
  load({ inFlight: 8 });
  assert.equal(subject.decide(0, 8, 0), 8);
  load({ inFlight: 1 });
  assert.equal(subject.decide(999, 8, 0), 8);
  assert.equal(subject.decide(1000, 8, 0), 8, 'the busiest moment counts');
  assert.equal(subject.decide(1999, 8, 0), 8);
  assert.equal(subject.decide(2000, 8, 0), 4);
  assert.equal(subject.decide(3000, 4, 0), 2);
  assert.equal(subject.decide(4000, 2, 0), 1);
  assert.equal(subject.decide(9000, 1, 0), 1);
});

test('the threads of a worker count', () => {
  const { subject, load } = scaler({ threads: 4 });
  load({ inFlight: 7 });
  assert.equal(subject.decide(1000, 3, 0), 2);
  assert.equal(subject.decide(2000, 2, 0), 2);
});

test('all gateways together are looked at, and one that is gone no more', () => {
  const { subject, load } = scaler();
  load({ queued: 1, oldestMs: 50, inFlight: 2, requests: 10 }, 0);
  load({ queued: 2, oldestMs: 150, inFlight: 3, requests: 20 }, 1);
  assert.deepEqual(subject.sum, { queued: 3, oldestMs: 150, inFlight: 5, requests: 30 });
  subject.gatewayGone(1);
  assert.deepEqual(subject.sum, { queued: 1, oldestMs: 50, inFlight: 2, requests: 30 });
});

test('without a request for idle_timeout there shall be no worker, and with the next one the fewest', () => {
  const { subject, load } = scaler({ idleMs: 5000, min: 2 });
  load({ requests: 7 });
  assert.equal(subject.decide(4000, 2, 0), 2);
  assert.equal(subject.decide(8999, 2, 0), 2);
  assert.equal(subject.decide(9000, 2, 0), 0);
  assert.equal(subject.decide(9001, 0, 0), 0);
  load({ requests: 7, queued: 1 });
  assert.equal(subject.decide(9002, 0, 0), 2);
});

test('a request that runs, or waits, is no idleness', () => {
  const { subject, load } = scaler({ idleMs: 5000 });
  load({ inFlight: 1 });
  subject.decide(6000, 1, 0);
  assert.equal(subject.decide(20_000, 1, 0), 1);
  load({ inFlight: 0, requests: 1 });
  assert.equal(subject.decide(21_000, 1, 0), 1);
  assert.equal(subject.decide(26_000, 1, 0), 0);
});

test('an event loop that is behind is a reason for more workers when it has more than one request', () => {
  const { subject, load } = scaler();
  load({ inFlight: 1 });
  assert.equal(subject.decide(0, 1, 0, { lagMs: 5000, busy: 1 }), 1, 'it waits for nobody but itself');
  load({ inFlight: 2 });
  assert.equal(subject.decide(0, 1, 0, { lagMs: 99, busy: 1 }), 1);
  assert.equal(subject.decide(0, 1, 0, { lagMs: 100, busy: 1 }), 2);
  assert.equal(subject.decide(0, 2, 1, { lagMs: 500, busy: 1 }), 2, 'one is on its way');
});

test('event loops that are little used leave again, however many requests they have', () => {
  const { subject, load } = scaler();
  load({ inFlight: 10_000 });
  assert.equal(subject.decide(0, 8, 0, { lagMs: 200, busy: 6 }), 8, 'no more than the most');
  assert.equal(subject.decide(900, 8, 0, { lagMs: 20, busy: 1.5 }), 8);
  assert.equal(subject.decide(1000, 8, 0, { lagMs: 0, busy: 0.3 }), 5, 'three keep each below 0.7');
  assert.equal(subject.decide(2000, 5, 0, { lagMs: 0, busy: 0.3 }), 3);
  assert.equal(subject.decide(3000, 3, 0, { lagMs: 0, busy: 0.3 }), 2);
  assert.equal(subject.decide(4000, 2, 0, { lagMs: 0, busy: 0 }), 1);
});
