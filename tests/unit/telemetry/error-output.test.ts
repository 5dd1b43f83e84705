import assert from 'node:assert/strict';
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ErrorOutput } from '../../../src/telemetry/error-output.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

test('lines go to another file from the next one on; one that cannot be had changes nothing', (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [join(folder, 'first.log'), join(folder, 'second.log')];
  const output = new ErrorOutput(first);
  output.write('one\n');
  output.redirect(second);
  output.write('two\n');
  assert.throws(() => output.redirect(join(folder, 'missing', 'third.log')), /ENOENT/);
  output.write('three\n');
  assert.equal(readFileSync(first, 'utf8'), 'one\n');
  assert.equal(readFileSync(second, 'utf8'), 'two\nthree\n');
  assert.equal(output.stdoutFd, output.fd);
  closeSync(output.fd);
});

test('standard error is not closed when a file takes its place', (t) => {
  const output = new ErrorOutput('-');
  output.redirect(join(temporaryFolder(t), 'error.log'));
  const { fd } = output;
  assert.notEqual(fd, 2);
  output.redirect('-');
  assert.equal(output.fd, 2);
  assert.throws(() => closeSync(fd), /EBADF/);
});
