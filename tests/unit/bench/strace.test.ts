import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCalls, parseSummary, workCalls } from '../../../bench/strace.ts';

const SUMMARY = `strace: Process 4711 attached with 11 threads
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.20    0.012345           6      2000           write
 20.10    0.004000           2      2003         3 read
 18.00    0.003600           1      4100           epoll_wait
  0.70    0.000100           1       100        40 futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.020045           2      8203        43 total
`;

test('a summary of strace is read with and without errors, its total left out', () => {
  assert.deepEqual(
    [...parseSummary(SUMMARY)],
    [
      ['write', 2000],
      ['read', 2003],
      ['epoll_wait', 4100],
      ['futex', 100],
    ],
  );
});

test('calls that wait are counted apart from those that work', () => {
  const calls = parseSummary(SUMMARY);
  assert.equal(workCalls(calls), 4003);
  assert.equal(allCalls(calls), 8203);
});

test('a summary of nothing is empty', () => {
  assert.equal(parseSummary('strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted').size, 0);
});
