import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPython } from '../../../src/children/python.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

/** A folder in which `make` puts a file that could be run. */
function place(t: TestContext) {
  const folder = temporaryFolder(t);
  const make = (...parts: string[]): string => {
    const path = join(folder, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    chmodSync(path, 0o755);
    return path;
  };
  const project = join(folder, 'project');
  mkdirSync(project, { recursive: true });
  return { folder, project, make, env: { PATH: `${join(folder, 'bin')}::${join(folder, 'other')}` } };
}

test('the order is --python, VIRTUAL_ENV, .venv, venv, the search path', (t) => {
  const { folder, project, make, env } = place(t);
  const find = (asked = '', more: Record<string, string> = {}) =>
    findPython({ asked, projectDir: project, env: { ...env, ...more } });
  assert.equal(find(), null);
  const plain = make('bin', 'python');
  assert.deepEqual(find(), { path: plain, origin: 'PATH' });
  const three = make('other', 'python3');
  assert.deepEqual(find(), { path: three, origin: 'PATH' });
  const venv = make('project', 'venv', 'bin', 'python');
  assert.deepEqual(find(), { path: venv, origin: 'venv' });
  const dotVenv = make('project', '.venv', 'bin', 'python');
  assert.deepEqual(find(), { path: dotVenv, origin: '.venv' });
  const active = make('active', 'bin', 'python');
  assert.deepEqual(find('', { VIRTUAL_ENV: join(folder, 'active') }), {
    path: active,
    origin: 'VIRTUAL_ENV',
  });
  assert.deepEqual(find('python3', { VIRTUAL_ENV: join(folder, 'active') }), {
    path: three,
    origin: '--python',
  });
});

test('--python is a path, a path from the project, a name, or the folder of a virtual environment', (t) => {
  const { folder, project, make, env } = place(t);
  const find = (asked: string) => findPython({ asked, projectDir: project, env })?.path;
  const own = make('project', 'env', 'bin', 'python');
  assert.equal(find(own), own);
  assert.equal(find('env/bin/python'), own);
  assert.equal(find('env'), own);
  assert.equal(find(join(folder, 'project', 'env')), own);
  assert.equal(find('python3.99'), undefined);
  assert.equal(find('/no/such/python'), undefined);
});

test('a folder, or a file that may not be run, is no interpreter', (t) => {
  const { folder, project, make, env } = place(t);
  mkdirSync(join(folder, 'bin', 'python3'), { recursive: true });
  assert.equal(findPython({ asked: '', projectDir: project, env }), null);
  if (process.getuid?.() !== 0) {
    chmodSync(make('other', 'python3'), 0o644);
    assert.equal(findPython({ asked: '', projectDir: project, env }), null);
  }
  assert.equal(findPython({ asked: '', projectDir: project, env: {} }), null);
});

test('an active environment that is gone is passed over', (t) => {
  const { folder, project, make, env } = place(t);
  const three = make('bin', 'python3');
  const found = findPython({
    asked: '',
    projectDir: project,
    env: { ...env, VIRTUAL_ENV: join(folder, 'gone') },
  });
  assert.deepEqual(found, { path: three, origin: 'PATH' });
});
