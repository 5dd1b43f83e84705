import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readable, times } from '../../../bench/numbers.ts';
import { document, section } from '../../../bench/tables.ts';

const measure = {
  work: 'wsgi-hello',
  title: 'Hello',
  headers: 'browser',
  unit: 'requests/s',
  better: 'higher',
  figures: [
    { server: 'waitress', rounds: [], failed: 'did not start: a | b' },
    { server: 'uWSGI', rounds: [1_000, 1_100, 1_200] },
    { server: 'licorne', rounds: [2_000, 3_300, 2_400] },
  ],
} as const;

test('a table has the best server first, ratios of each round, and last what failed with its reason', () => {
  assert.equal(
    section(measure),
    `## wsgi-hello: Hello, a browser’s headers

| server | requests/s: median (middle half) | licorne is better by |
|---|---:|---:|
| licorne | 2,400 (2,200–2,850) |  |
| uWSGI | 1,100 (1,050–1,150) | 2.00 × (2.00–3.00) |
| waitress | – | did not start: a \\| b |`,
  );
});

test('a document says what was not measured, and how servers were started', () => {
  const preface = {
    title: 'Measured',
    facts: [['machine', 'small']],
    skipped: ['nginx: nginx is not there'],
    commands: [['uWSGI', 'uwsgi -p 1']],
    chart: null,
  } as const;
  const text = document(preface, [measure]);
  assert.match(text, /\| machine \| small \|/);
  assert.match(text, /Not measured:\n\n- nginx: nginx is not there/);
  assert.match(text, /- uWSGI: `uwsgi -p 1`/);
  assert.match(text, /at least 2 × uWSGI \| 2\.00 × \| yes/);
  assert.doesNotMatch(text, /!\[/);
});

test('numbers have no more digits than anybody reads', () => {
  assert.deepEqual([1234.4, 56.78, 5.678, 0.1234, Number.NaN].map(readable), [
    '1,234',
    '56.8',
    '5.68',
    '0.123',
    '–',
  ]);
  assert.deepEqual([1.5, 28.456, 312.7].map(times), ['1.50', '28.5', '313']);
});
