import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PidFile } from '../../../src/control/pid-file.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

test('it holds our process id until it is removed', (t) => {
  const path = join(temporaryFolder(t), 'app.pid');
  const file = PidFile.create(path);
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
  file.remove();
  assert.ok(!existsSync(path));
  file.remove();
});

test('a file that names a running process is left alone', (t) => {
  const path = join(temporaryFolder(t), 'app.pid');
  writeFileSync(path, `${process.ppid}\n`);
  assert.throws(() => PidFile.create(path), new RegExp(`names process ${process.ppid}, which is running`));
  assert.equal(readFileSync(path, 'utf8'), `${process.ppid}\n`);
});

test('a stale file, or one with nonsense, is replaced', (t) => {
  const path = join(temporaryFolder(t), 'app.pid');
  // Beyond the largest process id of any system.
  for (const text of ['4194999\n', '', 'nonsense', '-1', '0']) {
    writeFileSync(path, text);
    PidFile.create(path);
    assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
  }
});

test('a file that another server took over is not removed', (t) => {
  const path = join(temporaryFolder(t), 'app.pid');
  const file = PidFile.create(path);
  writeFileSync(path, `${process.ppid}\n`);
  file.remove();
  assert.ok(existsSync(path));
});

test('a process that began after the file was written is not the one that it names', (t) => {
  const path = join(temporaryFolder(t), 'app.pid');
  writeFileSync(path, `${process.ppid}\n`);
  utimesSync(path, 1_000_000, 1_000_000);
  PidFile.create(path);
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
});
