import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { RunDir } from '../../../src/supervisor/run-dir.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

test('without a choice it is a new private folder, gone after the run', () => {
  const [one, two] = [RunDir.create(''), RunDir.create('')];
  assert.notEqual(one.path, two.path);
  assert.equal(dirname(one.path), tmpdir());
  assert.ok(one.temporary);
  assert.equal(statSync(one.path).mode & 0o777, 0o700);
  assert.ok(existsSync(one.spool));
  assert.equal(dirname(one.workerSocket(0, 3, 17)), one.path);
  assert.notEqual(one.workerSocket(0, 3, 17), one.workerSocket(0, 3, 18));
  for (const each of [one, two]) each.remove();
  assert.ok(!existsSync(one.path));
});

test('a chosen folder is made private and outlives the run, with what was in it', (t) => {
  const path = join(temporaryFolder(t), 'run');
  mkdirSync(path, { mode: 0o755 });
  writeFileSync(join(path, 'own'), '');
  const runDir = RunDir.create(path);
  assert.ok(!runDir.temporary);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  runDir.remove();
  assert.ok(existsSync(join(path, 'own')));
  assert.ok(!existsSync(runDir.spool));
});

test('a path too long for a Unix socket is refused with what to do', (t) => {
  assert.throws(() => RunDir.create(join(temporaryFolder(t), 'x'.repeat(100))), /too long.*--run-dir/);
});
