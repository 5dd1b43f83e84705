import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../bench/goals.ts';
import { advantage, comparable, type Measure } from '../../../bench/measure.ts';

const hello: Measure = {
  work: 'wsgi-hello',
  title: 'Hello',
  headers: 'bare',
  unit: 'requests/s',
  better: 'higher',
  figures: [
    { server: 'granian', rounds: [100, 50, 100] },
    { server: 'licorne', rounds: [150, 75, 120] },
    { server: 'daphne', rounds: [], failed: 'did not start' },
  ],
};
const memory: Measure = {
  work: 'memory-preload',
  title: 'Memory',
  headers: null,
  unit: 'MB',
  better: 'lower',
  figures: [
    { server: 'nginx + gunicorn', rounds: [120] },
    { server: 'licorne', rounds: [100] },
  ],
};

test('an advantage above 1 means more requests, or less memory', () => {
  assert.equal(advantage(hello, 'licorne', 'granian')?.median, 1.5);
  assert.equal(advantage(memory, 'licorne', 'nginx + gunicorn')?.median, 1.2);
  assert.equal(advantage(hello, 'licorne', 'daphne'), undefined);
});

test('values that stand side by side follow from ratios, best first, without servers that failed', () => {
  assert.deepEqual(comparable(hello), [
    { server: 'licorne', value: 120 },
    { server: 'granian', value: 80 },
  ]);
  assert.deepEqual(
    comparable(memory).map(({ server }) => server),
    ['licorne', 'nginx + gunicorn'],
  );
});

test('a goal is judged by the ratio of its work and headers only', () => {
  assert.deepEqual(judge([hello]), [
    { goal: 'wsgi-hello, bare: at least 1.1 × granian', measured: '1.50 ×', met: true },
  ]);
  const slower = { ...hello, headers: 'browser', figures: hello.figures } as const;
  assert.deepEqual(
    judge([
      {
        ...slower,
        figures: [
          { server: 'granian', rounds: [100] },
          { server: 'licorne', rounds: [140] },
        ],
      },
    ]),
    [{ goal: 'wsgi-hello, a browser’s headers: at least 1.5 × granian', measured: '1.40 ×', met: false }],
  );
});

test('a goal may be a value of ours', () => {
  const late: Measure = {
    ...memory,
    work: 'slow-views-p99',
    unit: 'ms',
    figures: [{ server: 'licorne', rounds: [31, 29, 28] }],
  };
  assert.deepEqual(judge([late]), [
    { goal: 'slow-views-p99: at most 30 ms', measured: '29.0 ms', met: true },
  ]);
});
