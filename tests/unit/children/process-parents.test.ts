import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descendsFrom } from '../../../src/children/process-parents.ts';

const uid = process.geteuid?.() ?? 0;

test('a process comes from its parent, as its user', () => {
  assert.equal(descendsFrom(process.pid, process.ppid, uid), true);
});

test('it is no child of another, and not of another user', () => {
  assert.equal(descendsFrom(process.pid, process.pid, uid), false);
  assert.equal(descendsFrom(process.pid, process.ppid, uid + 1), false);
  assert.equal(descendsFrom(1, process.pid, 0), false);
});

test('who is not there descends from nobody', () => {
  assert.equal(descendsFrom(4_194_305, process.pid, uid), false);
});
