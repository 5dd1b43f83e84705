import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { foldersBelow, isFolder } from '../../../src/dev/folders.ts';
import { Folder } from '../files/folder.ts';

test('the folders of a project are those that a person works in', async (t) => {
  const folder = new Folder(t);
  for (const name of [
    'shop/templates/shop',
    'shop/__pycache__',
    '.git/objects',
    'node_modules/x',
    'venv/lib',
    'env/lib',
    'environment',
  ])
    folder.folder(name);
  folder.write('myenv/pyvenv.cfg', '');
  folder.folder('myenv/lib');
  folder.write('file.py', '');
  assert.deepEqual(
    (await foldersBelow(folder.path)).map((path) => path.slice(folder.path.length)).toSorted(),
    ['', '/environment', '/shop', '/shop/templates', '/shop/templates/shop'],
  );
});

test('a project that is itself a virtual environment is looked through all the same', async (t) => {
  const folder = new Folder(t);
  folder.write('pyvenv.cfg', '');
  folder.folder('site');
  assert.deepEqual(await foldersBelow(folder.path), [folder.path, folder.at('site')]);
});

test('what is not there, or is not for us, has no folders', async (t) => {
  const folder = new Folder(t);
  const closed = folder.folder('closed');
  chmodSync(closed, 0o000);
  const found = await foldersBelow(folder.path);
  chmodSync(closed, 0o700);
  // Root may look into everything.
  assert.deepEqual(found, process.getuid?.() === 0 ? [folder.path, closed] : [folder.path]);
  assert.deepEqual(await foldersBelow(folder.at('nowhere')), []);
  assert.deepEqual(
    [await isFolder(closed), await isFolder(folder.write('a', '')), await isFolder(folder.at('nowhere'))],
    [true, false, false],
  );
});
