import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notifier, watchdogPeriod, withoutManager } from '../../../src/control/notify.ts';

function heard(watchdogMs = 0): { notifier: Notifier; sent: string[] } {
  const sent: string[] = [];
  return { notifier: new Notifier((text) => sent.push(text), watchdogMs), sent };
}

test('each message is lines of NAME=value, one datagram', () => {
  const { notifier, sent } = heard();
  notifier.ready('Serving\non two');
  notifier.reloading();
  notifier.stopping('Leaving');
  notifier.handOver(77);
  assert.deepEqual(
    [sent[0], sent[2], sent[3]],
    [
      `READY=1\nSTATUS=Serving on two\nMAINPID=${process.pid}\n`,
      'STOPPING=1\nSTATUS=Leaving\n',
      'MAINPID=77\n',
    ],
  );
});

test('RELOADING comes with the time on the monotonic clock, in microseconds', () => {
  const { notifier, sent } = heard();
  const before = process.hrtime.bigint() / 1000n;
  notifier.reloading();
  const said = BigInt(/^MONOTONIC_USEC=(\d+)$/m.exec(sent[0] ?? '')?.[1] ?? 0);
  assert.match(sent[0] ?? '', /^RELOADING=1\n/);
  assert.ok(said >= before && said <= process.hrtime.bigint() / 1000n);
});

test('the watchdog is fed at half of its period, while all is well, until the server stops', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { notifier, sent } = heard(1000);
  let well = true;
  notifier.watch(() => well);
  t.mock.timers.tick(1500);
  assert.equal(sent.length, 4);
  well = false;
  t.mock.timers.tick(5000);
  assert.equal(sent.length, 4);
  well = true;
  t.mock.timers.tick(500);
  assert.equal(sent.length, 5);
  notifier.stopping('');
  t.mock.timers.tick(5000);
  assert.equal(sent.filter((text) => text === 'WATCHDOG=1\n').length, 5);
});

test('nobody that asked for nothing is told anything', () => {
  const notifier = new Notifier(null, 1000);
  notifier.ready('');
  notifier.watch(() => assert.fail('there is no watchdog'));
});

test('the watchdog is ours when its variables say so', () => {
  assert.equal(watchdogPeriod({}, 5), 0);
  assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000' }, 5), 30_000);
  assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '5' }, 5), 30_000);
  assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '6' }, 5), 0);
  for (const wrong of ['', '-1', 'soon', '1.5']) assert.equal(watchdogPeriod({ WATCHDOG_USEC: wrong }, 5), 0);
});

test('an environment for others has nothing of the manager', () => {
  const env = {
    PATH: '/bin',
    NOTIFY_SOCKET: '/n',
    LISTEN_FDS: '1',
    LISTEN_PID: '2',
    LISTEN_FDNAMES: 'a',
    WATCHDOG_USEC: '3',
    WATCHDOG_PID: '4',
    LICORNE_UPGRADE_FDS: '{}',
  };
  assert.deepEqual(withoutManager(env), { PATH: '/bin' });
});
