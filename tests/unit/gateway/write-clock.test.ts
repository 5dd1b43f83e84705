import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteClock } from '../../../src/gateway/write-clock.ts';

test('a client has to take something within each period', () => {
  const socket = { bytesWritten: 1000, writableLength: 1000 };
  const clock = new WriteClock(socket, 500);
  assert.equal(clock.start(100), 600);
  assert.ok(clock.stalled);
  socket.bytesWritten = 3000;
  socket.writableLength = 3000;
  assert.ok(clock.stalled, 'writing more is not taking any');
  socket.writableLength = 2999;
  assert.ok(!clock.stalled);
  clock.start(600);
  assert.ok(clock.stalled);
});
