import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBind } from '../../../src/config/bind.ts';
import type { BoundSocket } from '../../../src/net/bind.ts';
import { activatedSockets, InheritedSockets } from '../../../src/net/inherited-sockets.ts';
import { describeInheritance, inheritance } from '../../../src/net/upgrade-sockets.ts';

function bound(key: string, more: Partial<BoundSocket> = {}): BoundSocket {
  return {
    fd: 99,
    key,
    url: '',
    unix: false,
    address: '',
    port: 0,
    file: null,
    activated: false,
    close: () => undefined,
    release: () => undefined,
    ...more,
  };
}

test('a master finds the sockets of the one before it by the addresses they were bound for, each once', () => {
  const file = { dev: 1, ino: 2 };
  const env = describeInheritance(
    [bound('127.0.0.1:0'), bound('unix:/run/a.sock', { unix: true, file }), bound('127.0.0.1:0')],
    { control: 3, firstFd: 4 },
  );
  const legacy = inheritance(env, process.pid);
  assert.equal(legacy?.control, 3);
  const sockets = new InheritedSockets(legacy?.sockets ?? []);
  const take = (text: string) => sockets.take(parseBind(text));
  assert.deepEqual([take('127.0.0.1:0')?.fd, take('127.0.0.1:0')?.fd, take('127.0.0.1:0')], [4, 6, null]);
  assert.deepEqual(take('unix:/run/a.sock')?.file, file);
  assert.equal(take(':8000'), null);
  assert.deepEqual(sockets.activated, []);
});

test('sockets of a service manager stand for the addresses when nobody names any, also one master later', () => {
  const env = describeInheritance([bound('fd://3', { activated: true })], { control: 3, firstFd: 4 });
  const sockets = new InheritedSockets(inheritance(env, process.pid)?.sockets ?? []);
  assert.deepEqual(sockets.activated, [parseBind('fd://3')]);
  assert.equal(sockets.take(parseBind('fd://3'))?.fd, 4);
});

test('a variable that strayed to a process that no master started means nothing', () => {
  const env = describeInheritance([bound('127.0.0.1:0')], { control: 3, firstFd: 4 });
  assert.equal(inheritance(env, process.pid + 1), null);
  assert.equal(inheritance({}, process.pid), null);
});

test('sockets for another process, or none at all, are not ours', () => {
  assert.deepEqual(activatedSockets({}, 5), []);
  assert.deepEqual(activatedSockets({ LISTEN_FDS: '2', LISTEN_PID: '6' }, 5), []);
  assert.deepEqual(activatedSockets({ LISTEN_FDS: 'x', LISTEN_PID: '5' }, 5), []);
  assert.deepEqual(activatedSockets({ LISTEN_FDS: '-1', LISTEN_PID: '5' }, 5), []);
});
