import assert from 'node:assert/strict';
import { readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineFile } from '../../../src/telemetry/line-file.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

test('every line is in the file after close, in order', async (t) => {
  const path = join(temporaryFolder(t), 'access.log');
  const file = await LineFile.open(path);
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ünïcode\n`);
  for (const line of lines) file.line(line);
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.equal(file.dropped, 0);
});

test('a file that was there is appended to', async (t) => {
  const path = join(temporaryFolder(t), 'access.log');
  for (const word of ['one\n', 'two\n']) {
    const file = await LineFile.open(path);
    file.line(word);
    await file.close();
  }
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
});

test('after reopen lines go to a new file at the path, and none is lost', async (t) => {
  const path = join(temporaryFolder(t), 'access.log');
  const file = await LineFile.open(path);
  const written: string[] = [];
  const add = (i: number): void => {
    const line = `${i} ${'x'.repeat(1000)}\n`;
    written.push(line);
    file.line(line);
  };
  for (let round = 0; round < 300; round += 1) {
    for (let i = 0; i < 40; i += 1) add(round * 40 + i);
    renameSync(path, `${path}.${round}`);
    await file.reopen();
  }
  add(-1);
  await file.close();
  const rotated = Array.from({ length: 300 }, (_, round) => readFileSync(`${path}.${round}`, 'utf8'));
  const all = rotated.join('') + readFileSync(path, 'utf8');
  assert.equal(file.dropped, 0);
  assert.deepEqual(all.split('\n').toSorted(), written.join('').split('\n').toSorted());
  assert.ok(readFileSync(path, 'utf8').includes('-1 x'));
});

test('lines beyond what may wait are dropped and counted', async (t) => {
  const file = await LineFile.open(join(temporaryFolder(t), 'access.log'));
  const line = `${'x'.repeat(1_000_000)}\n`;
  for (let i = 0; i < 30; i += 1) file.line(line);
  assert.ok(file.dropped > 0 && file.dropped < 30);
  await file.close();
});

test('a place that cannot be opened is told at once', async (t) => {
  await assert.rejects(LineFile.open(join(temporaryFolder(t), 'no', 'such', 'folder')), { code: 'ENOENT' });
});

test('lines go to another file from the next one on, and none is lost', async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [join(folder, 'first.log'), join(folder, 'second.log')];
  const file = await LineFile.open(first);
  for (let i = 0; i < 1000; i += 1) file.line(`one ${'x'.repeat(100)}\n`);
  await file.redirect(second);
  await assert.rejects(file.redirect(join(folder, 'missing', 'third.log')), /ENOENT/);
  for (let i = 0; i < 1000; i += 1) file.line(`two ${'x'.repeat(100)}\n`);
  await file.close();
  const all = [readFileSync(first, 'utf8'), readFileSync(second, 'utf8')];
  assert.equal(all.join('').split('\n').length, 2001);
  assert.doesNotMatch(all[0] ?? '', /two/);
  assert.equal(all[1]?.match(/two/g)?.length, 1000);
});
