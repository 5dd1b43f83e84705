import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { codingsMade } from '../../../src/files/compressed-variant.ts';
import type { FileEntry } from '../../../src/files/file-entry.ts';
import type { Coding } from '../../../src/http/accept-encoding.ts';
import { ClockedStore, Folder, THEN, until } from './folder.ts';

const TEXT = Array.from({ length: 2000 }, (_, i) => `.rule-${i * 7919} { margin: ${i}px }\n`).join('');

function compressed(files: ClockedStore, entry: FileEntry, coding: Coding): Promise<FileEntry | null> {
  return new Promise((done) => files.store.compressed(entry, coding, done));
}

test('a compressed form is made once for all who want it, and stays with the entry', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', TEXT);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const entry = await files.entry(root, 'a.css');
  const before = files.store.usage.bytes;
  entry.memo = 'heads';
  const made = await Promise.all(Array.from({ length: 10 }, () => compressed(files, entry, 'br')));
  assert.equal(new Set(made).size, 1);
  const [br] = made;
  assert.ok(br?.bytes);
  assert.equal(brotliDecompressSync(br.bytes).toString(), TEXT);
  assert.equal(entry.variant('br'), br);
  assert.deepEqual(entry.codings, ['br']);
  assert.equal(entry.memo, null, 'heads made before may not know of Vary');
  assert.equal(br.size, br.bytes.length);
  assert.equal(br.contentType, entry.contentType);
  assert.equal(br.lastModifiedSeconds, THEN);
  assert.match(br.etag, /^"[0-9a-f]+-[0-9a-f]+-br\d+"$/);
  assert.ok(files.store.usage.bytes >= before + br.size, 'its memory is counted');
  assert.ok(br.bytes.buffer.byteLength < br.size + 5000, 'no larger buffer is kept alive by it');
});

test('each coding that the runtime has can be made, and one that it has not is not worth it', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', TEXT);
  const files = new ClockedStore(t);
  const entry = await files.entry(files.root(folder.path), 'a.css');
  const gzip = await compressed(files, entry, 'gzip');
  assert.equal(gunzipSync(gzip?.bytes ?? '').toString(), TEXT);
  const zstd = await compressed(files, entry, 'zstd');
  assert.equal(zstd !== null, codingsMade().includes('zstd'));
});

test('what is too small, of another kind or gains less than a tenth is sent as it is', async (t) => {
  const folder = new Folder(t);
  folder.write('small.css', 'a'.repeat(255));
  folder.write('picture.png', TEXT);
  folder.write('random.txt', randomBytes(5000));
  folder.write('large.txt', 'a'.repeat(1_048_577));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  for (const name of ['small.css', 'picture.png', 'large.txt']) {
    const entry = await files.entry(root, name);
    assert.equal(entry.compressible, false, name);
    assert.equal(await compressed(files, entry, 'gzip'), null, name);
  }
  const random = await files.entry(root, 'random.txt');
  assert.equal(random.compressible, true);
  assert.equal(await compressed(files, random, 'gzip'), null);
  let called = false;
  files.store.compressed(random, 'gzip', () => {
    called = true;
  });
  assert.ok(called, 'it is not tried a second time');
  assert.deepEqual(random.codings, []);
});

test('a file that proves hot is compressed again, smaller and under another ETag', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', TEXT);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const entry = await files.entry(root, 'a.css');
  const fast = await compressed(files, entry, 'br');
  for (let i = 0; i < 3; i++) files.store.peek(root, 'a.css');
  files.time = 600;
  files.store.peek(root, 'a.css');
  await until(() => entry.variant('br') !== fast);
  const best = entry.variant('br');
  assert.ok(best && fast && best.size < fast.size);
  assert.notEqual(best.etag, fast.etag);
  assert.equal(brotliDecompressSync(best.bytes ?? '').toString(), TEXT);
  assert.deepEqual(entry.codings, ['br']);
});

test('when more files are to be compressed than may wait, the rest is sent as it is', async (t) => {
  const folder = new Folder(t);
  for (let i = 0; i < 300; i++) folder.write(`${i}.css`, TEXT.slice(0, 400));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const entries = await Promise.all(Array.from({ length: 300 }, (_, i) => files.entry(root, `${i}.css`)));
  const made = await Promise.all(entries.map((entry) => compressed(files, entry, 'gzip')));
  assert.equal(made.filter((one) => one === null).length, 300 - 2 - 32);
});

test('a form beside the file is taken as it is', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', TEXT);
  folder.write('a.css.br', 'beside');
  const files = new ClockedStore(t);
  const entry = await files.entry(files.root(folder.path), 'a.css');
  assert.equal((await compressed(files, entry, 'br'))?.bytes?.toString(), 'beside');
});
