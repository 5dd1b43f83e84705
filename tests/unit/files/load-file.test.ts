import assert from 'node:assert/strict';
import { existsSync, truncateSync } from 'node:fs';
import { test } from 'node:test';
import { FileRoot } from '../../../src/files/file-root.ts';
import { etagOf } from '../../../src/files/file-stamp.ts';
import { loadFile } from '../../../src/files/load-file.ts';
import type { Loaded } from '../../../src/files/load-file.ts';
import { isMiss } from '../../../src/files/miss.ts';
import { openExact, openFile } from '../../../src/files/open-file.ts';
import type { OpenedFile } from '../../../src/files/open-file.ts';
import { Folder, THEN } from './folder.ts';

async function opened(folder: Folder, name: string): Promise<OpenedFile> {
  const root = new FileRoot({ dir: folder.path, symlinks: 'inside', dotfiles: false });
  return await new Promise((done, fail) =>
    openFile(root, name, (result) => (isMiss(result) ? fail(new Error(result.miss)) : done(result))),
  );
}

function load(file: OpenedFile, memoryBytesMax = 1000): Promise<Loaded> {
  const options = { contentType: 'text/plain', memoryBytesMax, coding: '' };
  return new Promise((done, fail) =>
    loadFile(file, options, (result) => (isMiss(result) ? fail(new Error(result.miss)) : done(result))),
  );
}

test('a file that changed after it was opened is read again, and is called what it is now', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'before');
  const file = await opened(folder, 'a.txt');
  folder.write('a.txt', 'after!', THEN + 1);
  const loaded = await load(file);
  assert.equal(loaded.settled, true);
  assert.equal(loaded.file.bytes?.toString(), 'after!');
  assert.notEqual(loaded.file.etag, etagOf(file.stamp));
  assert.equal(loaded.file.lastModifiedSeconds, THEN + 1);
});

test('a file that shrank or grew after it was opened has its new size', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('a.txt', '0123456789');
  const shrunk = await opened(folder, 'a.txt');
  truncateSync(path, 4);
  assert.equal((await load(shrunk)).file.bytes?.toString(), '0123');
  const grown = await opened(folder, 'a.txt');
  folder.write('a.txt', '0'.repeat(2000));
  const { file } = await load(grown);
  assert.equal(file.bytes, null, 'too large for memory now');
  assert.equal(file.size, 2000);
  file.drop();
});

// The kernel says 4096 bytes and gives fewer: it looks like a file that is cut whenever it is read.
const LYING = '/sys/devices/system/cpu/online';

test('a file that never is what it says is sent from its descriptor and not kept', {
  skip: !existsSync(LYING),
}, async () => {
  const file = await new Promise<OpenedFile>((done, fail) =>
    openExact(LYING, (result) => (isMiss(result) ? fail(new Error(result.miss)) : done(result))),
  );
  const loaded = await load(file, 10_000);
  assert.equal(loaded.settled, false);
  assert.equal(loaded.file.bytes, null);
  loaded.file.drop();
  assert.equal(loaded.file.retain(), -1);
});
