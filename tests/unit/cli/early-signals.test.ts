import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarlySignals, type SignalledProcess } from '../../../src/cli/early-signals.ts';

function early(terminalGone = false) {
  const listeners = new Map<string, (signal: never) => void>();
  const done: string[] = [];
  const fake: SignalledProcess = {
    on: (signal, listener) => void listeners.set(signal, listener),
    off: (signal) => void listeners.delete(signal),
    raise: (signal) => void done.push(`raise ${signal}`),
    exit: (code) => void done.push(`exit ${code}`),
  };
  const signals = new EarlySignals(fake, () => terminalGone);
  const send = (signal: string): void => listeners.get(signal)?.(signal as never);
  signals.catch();
  return { signals, send, done, listeners };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT']) {
  test(`${signal} ends a server that has nothing yet with 0, whenever it came`, () => {
    const before = early();
    before.send(signal);
    assert.deepEqual(before.done, []);
    before.signals.server();
    assert.deepEqual(before.done, ['exit 0']);
    const after = early();
    after.signals.server();
    after.send(signal);
    assert.deepEqual(after.done, ['exit 0']);
  });

  test(`a command that does not serve takes ${signal} as any program does`, () => {
    const { signals, send, done, listeners } = early();
    send(signal);
    signals.release();
    assert.deepEqual(done, [`raise ${signal}`]);
    assert.equal(listeners.size, 0);
    signals.release();
    assert.equal(done.length, 1);
  });
}

test('HUP and USR2 end nothing, and are told to whoever listens next', () => {
  const { signals, send, done, listeners } = early();
  send('SIGHUP');
  signals.server();
  for (const signal of ['SIGUSR2', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU']) send(signal);
  assert.deepEqual(done, []);
  assert.deepEqual([...signals.take()], ['SIGHUP', 'SIGUSR2', 'SIGUSR1', 'SIGTTIN', 'SIGTTOU']);
  assert.equal(listeners.size, 0);
});

test('HUP from a terminal that is closed ends the server', () => {
  const { signals, send, done } = early(true);
  signals.server();
  send('SIGHUP');
  assert.deepEqual(done, ['exit 0']);
});

test('where nothing is caught nothing is raised', () => {
  const done: string[] = [];
  const fake = {
    on: () => undefined,
    off: () => undefined,
    raise: () => done.push('raise'),
    exit: () => done.push('exit'),
  };
  const signals = new EarlySignals(fake, () => false);
  signals.release();
  signals.server();
  assert.deepEqual([...signals.take()], []);
  assert.deepEqual(done, []);
});
