import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSeconds, pssBytes } from '../../../bench/processes.ts';

const skip = process.platform === 'linux' ? false : 'only Linux tells';

test('memory and time of this very process are told, and a process that has gone counts nothing', {
  skip,
}, () => {
  const gone = 2 ** 22 + 1; // above what the system gives out
  assert.ok(pssBytes([process.pid]) > 10_000_000);
  assert.equal(pssBytes([gone]), 0);
  const { user, system } = process.cpuUsage();
  const told = cpuSeconds([process.pid, gone]);
  assert.ok(told > 0 && Math.abs(told - (user + system) / 1e6) < 0.5, `${told}`);
});
