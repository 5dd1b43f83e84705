import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlledChild } from '../../../src/children/child.ts';
import { HeldChild } from '../../../src/children/held-child.ts';
import type { MasterToWorker, StartMessage } from '../../../src/wire/control.ts';

const START = { type: 'start', worker: 0 } as StartMessage;

function fake(): { child: ControlledChild<MasterToWorker>; calls: string[] } {
  const calls: string[] = [];
  const child = {
    pid: 12,
    exited: false,
    present: true,
    send: (message: MasterToWorker) => void calls.push(message.type),
    disconnect: () => void calls.push('disconnect'),
    kill: (signal: NodeJS.Signals) => void calls.push(signal),
  };
  return { child, calls };
}

test('nothing is sent to a worker before it is told to start, then all in order', async () => {
  const { child, calls } = fake();
  let done = (): void => undefined;
  const held = new HeldChild(child, START, new Promise((resolve) => (done = resolve)));
  held.send({ type: 'reopen', error_log: '/log' });
  assert.deepEqual(calls, []);
  done();
  await new Promise(setImmediate);
  held.send({ type: 'dump' });
  assert.deepEqual(calls, ['start', 'reopen', 'dump']);
});

test('a worker that is not to start after all is ended', () => {
  const { child, calls } = fake();
  const held = new HeldChild(child, START, new Promise(() => undefined));
  held.send({ type: 'stop', within: 1 });
  assert.deepEqual(calls, ['SIGTERM']);
});
