import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LogRotation, type RotationSettings } from '../../../src/control/log-rotation.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

const NOON = new Date(2026, 0, 31, 12, 0, 0).getTime();
const DAY = 86_400_000;

interface Made {
  readonly folder: string;
  readonly look: (now: number) => void;
  readonly path: (name: string) => string;
  readonly names: () => readonly string[];
  readonly lines: string[];
  readonly reopened: () => number;
}

function rotation(t: TestContext, more: Partial<RotationSettings> = {}): Made {
  const folder = temporaryFolder(t);
  const path = (name: string): string => join(folder, name);
  const lines: string[] = [];
  let reopened = 0;
  const settings = {
    access_log: path('access.log'),
    error_log: path('error.log'),
    log_max_size: 0,
    log_max_age: 0,
    log_keep: 7,
    ...more,
  };
  const made = new LogRotation({
    settings: () => settings,
    owner: null,
    log: new Log({ level: 'info', format: 'text', write: (line) => void lines.push(line) }),
    reopen: () => {
      reopened += 1;
    },
  });
  return {
    folder,
    path,
    lines,
    look: (now) => made.look(now),
    names: () => readdirSync(folder).toSorted(),
    reopened: () => reopened,
  };
}

test('a file that has reached its size is put aside under the time, the others stay', (t) => {
  const { look, path, names, reopened, lines } = rotation(t, { log_max_size: 10 });
  writeFileSync(path('access.log'), '0123456789');
  writeFileSync(path('error.log'), '012345678');
  look(NOON);
  assert.deepEqual(names(), ['access.log.20260131-120000', 'error.log']);
  assert.equal(readFileSync(path('access.log.20260131-120000'), 'utf8'), '0123456789');
  assert.equal(reopened(), 1);
  assert.match(lines.join(''), /access\.log was put aside as access\.log\.20260131-120000/);
});

test('two in one second do not overwrite each other', (t) => {
  const { look, path, names } = rotation(t, { log_max_size: 1, access_log: '' });
  for (const text of ['a', 'b', 'c']) {
    writeFileSync(path('error.log'), text);
    look(NOON);
  }
  assert.deepEqual(names(), [
    'error.log.20260131-120000',
    'error.log.20260131-120000-1',
    'error.log.20260131-120000-2',
  ]);
});

test('the newest are kept, and what only looks alike stays', (t) => {
  const { look, path, names } = rotation(t, { log_max_size: 1, log_keep: 2, access_log: '-' });
  for (const name of ['error.log.1', 'error.log.20260131-120000.gz', 'other.log.20200101-000000'])
    writeFileSync(path(name), '');
  for (let number = 0; number < 12; number += 1) {
    writeFileSync(path('error.log'), 'x');
    look(number < 11 ? NOON : NOON + 1000);
  }
  assert.deepEqual(names(), [
    'error.log.1',
    'error.log.20260131-120000-10',
    'error.log.20260131-120000.gz',
    'error.log.20260131-120001',
    'other.log.20200101-000000',
  ]);
});

test('the age counts from the file before, also over a new start', (t) => {
  const { look, path, names } = rotation(t, { log_max_age: 86_400, access_log: '' });
  writeFileSync(path('error.log.20260131-120000'), 'yesterday');
  writeFileSync(path('error.log'), 'today');
  look(NOON + DAY - 1000);
  assert.ok(existsSync(path('error.log')));
  look(NOON + DAY);
  assert.deepEqual(names(), ['error.log.20260131-120000', 'error.log.20260201-120000']);
});

test('without one before, the age is that of the file; an empty one is not put aside', (t) => {
  const { look, path, names } = rotation(t, { log_max_age: 60 });
  writeFileSync(path('error.log'), 'x');
  writeFileSync(path('access.log'), '');
  look(Date.now() + 30_000);
  assert.deepEqual(names(), ['access.log', 'error.log']);
  look(Date.now() + 61_000);
  assert.equal(names().length, 2);
  assert.match(names()[1] ?? '', /^error\.log\.\d{8}-\d{6}$/);
});

test('what is no file, or one file for both logs, is no fault', (t) => {
  const { look, path, names, reopened } = rotation(t, { log_max_size: 1, access_log: '/dev/null' });
  look(NOON);
  mkdirSync(path('error.log'));
  look(NOON);
  assert.deepEqual([names(), reopened()], [['error.log'], 0]);
  const both = rotation(t, { log_max_size: 1 });
  const same = rotation(t, { log_max_size: 1, access_log: both.path('b'), error_log: both.path('b') });
  writeFileSync(both.path('b'), 'x');
  same.look(NOON);
  assert.deepEqual(both.names(), ['b.20260131-120000']);
});
