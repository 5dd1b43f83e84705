import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { RunDir } from '../../../src/children/run-dir.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

test('without a choice it is a new private folder, gone after the run', () => {
  const [one, two] = [RunDir.create(''), RunDir.create('')];
  assert.notEqual(one.path, two.path);
  assert.equal(dirname(one.path), tmpdir());
  assert.equal(statSync(one.path).mode & 0o777, 0o700);
  assert.ok(existsSync(one.spool));
  assert.equal(dirname(one.workerSocket(0, 3, 17)), one.path);
  assert.notEqual(one.workerSocket(0, 3, 17), one.workerSocket(0, 3, 18));
  for (const each of [one, two]) each.remove();
  assert.ok(!existsSync(one.path));
});

test('in a chosen folder it is a new private one, and what else is there stays', (t) => {
  const path = join(temporaryFolder(t), 'run');
  mkdirSync(join(path, 'spool'), { recursive: true, mode: 0o755 });
  writeFileSync(join(path, 'spool', 'own'), '');
  const [one, two] = [RunDir.create(path), RunDir.create(path)];
  assert.notEqual(one.path, two.path);
  assert.equal(dirname(one.path), path);
  assert.equal(statSync(path).mode & 0o777, 0o755);
  assert.equal(statSync(one.path).mode & 0o777, 0o700);
  for (const each of [one, two]) each.remove();
  assert.ok(!existsSync(one.path));
  assert.ok(existsSync(join(path, 'spool', 'own')));
});

test('removing it goes no deeper than it was made: not into folders that workers left there, and not through links', (t) => {
  const elsewhere = temporaryFolder(t);
  writeFileSync(join(elsewhere, 'kept'), '');
  const runDir = RunDir.create(temporaryFolder(t));
  writeFileSync(join(runDir.spool, 'body'), '');
  symlinkSync(elsewhere, join(runDir.spool, 'link'));
  mkdirSync(join(runDir.spool, 'made', 'deep'), { recursive: true });
  writeFileSync(join(runDir.spool, 'made', 'file'), '');
  runDir.remove();
  assert.ok(existsSync(join(elsewhere, 'kept')));
  assert.deepEqual(readdirSync(runDir.spool), ['made']);
  assert.ok(existsSync(join(runDir.spool, 'made', 'file')));
});

test('a folder that others may change is refused', (t) => {
  const path = join(temporaryFolder(t), 'run');
  mkdirSync(path);
  chmodSync(path, 0o777);
  assert.throws(() => RunDir.create(path), /may be changed by other users/);
  chmodSync(path, 0o1777);
  RunDir.create(path).remove();
});

test('a path too long for a Unix socket is refused with what to do', (t) => {
  assert.throws(() => RunDir.create(join(temporaryFolder(t), 'x'.repeat(100))), /too long.*--run-dir/);
});
