import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchTerminal } from '../../../src/control/signals.ts';

test('a terminal is gone when none of its descriptors is one any more', () => {
  const terminals = new Set([0, 2]);
  const gone = watchTerminal((fd) => terminals.has(fd));
  assert.equal(gone(), false);
  terminals.delete(0);
  assert.equal(gone(), false);
  terminals.delete(2);
  assert.equal(gone(), true);
});

test('a server that was not started on a terminal never loses one', () => {
  assert.equal(watchTerminal(() => false)(), false);
});
