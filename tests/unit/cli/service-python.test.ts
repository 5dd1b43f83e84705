import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { servicePython } from '../../../src/cli/service-python.ts';
import { Folder } from '../files/folder.ts';

/** A program as version managers put it in the place of Python. */
function shim(folder: Folder, name: string, script: string): string {
  const path = folder.write(name, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const env = { PATH: '/usr/bin:/bin', CHOSEN: '3.12' };

test('a shim is replaced by the interpreter that it chooses, here and with these variables', (t) => {
  const folder = new Folder(t);
  mkdirSync(folder.at('shop'));
  const path = shim(folder, 'python3', 'echo "/opt/$CHOSEN$PWD/python3"');
  const chosen = { path: `/opt/3.12${folder.at('shop')}/python3`, mustBeNamed: true, doubt: '' };
  for (const [origin, asked] of [
    ['PATH', ''],
    ['--python', path],
    ['--python', 'python3'],
  ] as const)
    assert.deepEqual(servicePython({ path, origin }, asked, { cwd: folder.at('shop'), env }), chosen);
});

test('a shim need not be a script', (t) => {
  const folder = new Folder(t);
  shim(folder, 'manager', 'echo /opt/python3');
  symlinkSync('manager', folder.at('python3'));
  const found = { path: folder.at('python3'), origin: '.venv' };
  assert.equal(servicePython(found, '', { cwd: folder.path, env }).path, '/opt/python3');
});

test('a shim that does not tell is named, with what it said', (t) => {
  const folder = new Folder(t);
  const path = shim(folder, 'python3', "echo 'version 3.9 is not installed' >&2; exit 1");
  assert.deepEqual(servicePython({ path, origin: 'PATH' }, '', { cwd: folder.path, env }), {
    path,
    mustBeNamed: true,
    doubt: `${path} chooses a Python, and does not say which: version 3.9 is not installed`,
  });
});

test('an interpreter stays what it is called, and is named where only this shell would find it', (t) => {
  const folder = new Folder(t);
  folder.write('opt/python3.12', '\x7fELF');
  folder.folder('venv/bin');
  symlinkSync(folder.at('opt/python3.12'), folder.at('venv/bin/python'));
  const path = folder.at('venv/bin/python');
  for (const [origin, asked, mustBeNamed] of [
    ['VIRTUAL_ENV', '', true],
    ['PATH', '', true],
    ['--python', 'python3', true],
    ['--python', 'venv', true],
    ['--python', 'venv/bin/python', false],
    ['.venv', '', false],
  ] as const)
    assert.deepEqual(
      servicePython({ path, origin }, asked, { cwd: folder.path, env }),
      { path, mustBeNamed, doubt: '' },
      `${origin} ${asked}`,
    );
});
