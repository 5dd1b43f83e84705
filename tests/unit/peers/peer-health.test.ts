import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HealthRules, PeerHealth } from '../../../src/peers/balance/peer-health.ts';

const RULES: HealthRules = { failMax: 3, failWindowMs: 1000, banMs: 5000, slowStartMs: 0, rise: 2, fall: 3 };

test('failures within a window ban a server for a while, single ones do not', () => {
  const health = new PeerHealth(RULES);
  assert.deepEqual([health.failed(0), health.failed(900), health.failed(2000)], [false, false, false]);
  assert.ok(health.available(2000));
  assert.deepEqual([health.failed(2100), health.failed(2200)], [false, true]);
  assert.equal(health.available(2200), false);
  assert.equal(health.state(7199), 'banned');
  assert.ok(health.available(7200));
});

test('after a ban one request at a time finds out whether it is back', () => {
  const health = new PeerHealth({ ...RULES, failMax: 1 });
  assert.ok(health.failed(0));
  assert.ok(health.available(5000));
  health.chosen();
  assert.equal(health.available(5000), false);
  health.failed(5001);
  assert.equal(health.available(5001 + 9999), false);
  assert.ok(health.available(5001 + 10_000));
  health.chosen();
  health.abandoned();
  assert.ok(health.available(16_000));
  health.chosen();
  health.succeeded(16_000);
  assert.equal(health.state(16_000), 'up');
  health.chosen();
  assert.ok(health.available(16_000));
});

test('the time of a ban doubles, and not for ever', () => {
  const health = new PeerHealth({ ...RULES, failMax: 1 });
  let now = 0;
  health.failed(now);
  for (let i = 0; i < 10; i += 1) {
    now += 20_000;
    assert.ok(health.available(now));
    health.chosen();
    health.failed(now);
  }
  assert.equal(health.available(now + 19_999), false);
  assert.ok(health.available(now + 20_000));
});

test('without a number of failures nothing bans', () => {
  const health = new PeerHealth({ ...RULES, failMax: 0 });
  for (let i = 0; i < 100; i += 1) health.failed(i);
  assert.ok(health.available(100));
});

test('questions take a server out and back in when they say the same a few times in a row', () => {
  const health = new PeerHealth(RULES);
  assert.deepEqual(
    [false, false, true, false, false].map((well) => health.asked(well, 0)).includes(true),
    false,
  );
  assert.ok(health.available(0));
  assert.equal(health.asked(false, 0), true);
  assert.equal(health.state(0), 'down');
  assert.deepEqual([health.asked(true, 1), health.asked(true, 2)], [false, true]);
  assert.ok(health.available(2));
});

test('a question that is answered well ends a ban', () => {
  const health = new PeerHealth({ ...RULES, failMax: 1 });
  health.failed(0);
  health.asked(true, 10);
  assert.ok(health.available(10));
});

test('one that came back gets its share bit by bit', () => {
  const health = new PeerHealth({ ...RULES, failMax: 1, slowStartMs: 1000 });
  assert.equal(health.share(0), 1);
  health.failed(0);
  health.chosen();
  health.succeeded(6000);
  assert.equal(health.share(6000), 0.05);
  assert.equal(health.share(6500), 0.5);
  assert.equal(health.share(7000), 1);
});

test('one that is drained gets nothing new', () => {
  const health = new PeerHealth(RULES);
  health.draining = true;
  assert.equal(health.available(0), false);
  assert.equal(health.state(0), 'draining');
});

test('what was asked before a ban neither ends it nor makes it longer', () => {
  const health = new PeerHealth({ ...RULES, failMax: 1 });
  health.failed(0);
  assert.equal(health.succeeded(100), false);
  assert.equal(health.failed(200), false);
  assert.equal(health.lastResort, 5000);
  health.chosen();
  assert.equal(health.succeeded(300), true);
  assert.ok(health.available(300));
});

test('one that is drained can still be used by who is bound to it, one that is down by nobody', () => {
  const health = new PeerHealth({ ...RULES, fall: 1 });
  health.draining = true;
  assert.ok(health.usable(0));
  assert.equal(health.lastResort, Infinity);
  health.asked(false, 0);
  assert.equal(health.usable(0), false);
});
