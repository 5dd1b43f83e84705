import assert from 'node:assert/strict';
import { existsSync, readdirSync, readlinkSync, readSync, renameSync, rmSync } from 'node:fs';
import { statSync, symlinkSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { isMiss } from '../../../src/files/miss.ts';
import { ClockedStore, Folder, missOf, THEN, until } from './folder.ts';

test('a small file is in memory, with all that a response head needs', async (t) => {
  const folder = new Folder(t);
  folder.write('css/a.css', 'body{}');
  const files = new ClockedStore(t);
  const entry = await files.entry(files.root(folder.path), 'css/a.css');
  assert.equal(entry.bytes?.toString(), 'body{}');
  assert.equal(entry.size, 6);
  assert.equal(entry.contentType, 'text/css; charset=utf-8');
  assert.equal(entry.lastModifiedSeconds, THEN);
  assert.equal(entry.lastModified, 'Mon, 01 Jan 2024 00:00:00 GMT');
  assert.equal(entry.etag, `"${(BigInt(THEN) * 1_000_000_000n).toString(16)}-6"`);
  assert.equal(entry.retain(), -1);
  assert.deepEqual(files.store.usage.descriptors, 0);
});

test('peek knows what was found within a second, then find asks the disk and keeps what is still true', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'a');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  assert.equal(files.store.peek(root, 'a.txt'), null);
  const entry = await files.entry(root, 'a.txt');
  files.time = 499;
  assert.equal(files.store.peek(root, 'a.txt'), entry);
  files.time = 1000;
  assert.equal(files.store.peek(root, 'a.txt'), null);
  assert.equal(await files.entry(root, 'a.txt'), entry);
  assert.equal(files.store.peek(root, 'a.txt'), entry);
});

test('a file in use is asked after in the background, so that it never has to be waited for', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'before');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const before = await files.entry(root, 'a.txt');
  folder.write('a.txt', 'after', THEN + 1);
  for (let time = 100; time < 500; time += 100) {
    files.time = time;
    assert.equal(files.store.peek(root, 'a.txt'), before);
  }
  files.time = 600;
  assert.equal(files.store.peek(root, 'a.txt'), before);
  await until(() => files.store.peek(root, 'a.txt') !== before);
  assert.equal(files.store.peek(root, 'a.txt')?.bytes?.toString(), 'after');
  assert.equal(before.bytes?.toString(), 'before');
  files.time = 1590;
  assert.ok(files.store.peek(root, 'a.txt'), 'checked at 600: still fresh');
});

test('every kind of change is another entry with another ETag', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'one');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const etags = new Set<string>();
  const see = async (text: string): Promise<void> => {
    files.time += 1000;
    const entry = await files.entry(root, 'a.txt');
    assert.equal(entry.bytes?.toString(), text);
    etags.add(entry.etag);
  };
  await see('one');
  folder.write('a.txt', 'longer');
  await see('longer');
  folder.write('a.txt', 'same-l', THEN + 1);
  await see('same-l');
  folder.write('b', 'moved!', THEN + 2);
  renameSync(folder.at('b'), folder.at('a.txt'));
  await see('moved!');
  assert.equal(etags.size, 4);
});

test('a file that has just been written is read again each time, with an ETag that is never said twice', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'one', null);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const first = await files.entry(root, 'a.txt');
  const { atimeMs, mtimeMs } = statSync(folder.at('a.txt'));
  folder.write('a.txt', 'two', null);
  utimesSync(folder.at('a.txt'), atimeMs / 1000, mtimeMs / 1000);
  files.time = 1000;
  const second = await files.entry(root, 'a.txt');
  assert.equal(second.bytes?.toString(), 'two');
  assert.notEqual(second.etag, first.etag);
  files.time = 2000;
  assert.notEqual((await files.entry(root, 'a.txt')).etag, second.etag);
});

test('files that a build tool dated alike have different ETags although their sizes are the same', async (t) => {
  const folder = new Folder(t);
  folder.write('a.js', 'a', 1);
  folder.write('b.js', 'b', 1);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const [a, b] = [await files.entry(root, 'a.js'), await files.entry(root, 'b.js')];
  assert.notEqual(a.etag, b.etag);
  files.time = 5000;
  assert.equal((await files.entry(root, 'a.js')).etag, a.etag);
});

test('a Last-Modified is never in the future', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'a', 4_000_000_000);
  const files = new ClockedStore(t);
  const entry = await files.entry(files.root(folder.path), 'a.txt');
  assert.ok(entry.lastModifiedSeconds <= Date.now() / 1000);
});

test('misses are remembered for less than a second, their reasons told', async (t) => {
  const folder = new Folder(t);
  folder.folder('sub');
  symlinkSync('/etc', folder.at('etc'));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  assert.equal(await files.miss(root, 'a.txt'), 'missing');
  assert.equal(await files.miss(root, 'sub'), 'directory');
  assert.equal(await files.miss(root, 'etc/passwd'), 'symlink');
  assert.equal(await files.miss(root, '.env'), 'hidden');
  assert.equal(await files.miss(root, '../a'), 'invalid');
  folder.write('a.txt', 'a');
  assert.equal(await files.miss(root, 'a.txt'), 'missing');
  files.time = 1000;
  assert.equal(await files.miss(root, 'a.txt'), 'found');
  rmSync(folder.at('a.txt'));
  files.time = 2000;
  assert.equal(await files.miss(root, 'a.txt'), 'missing');
  assert.equal(files.store.peek(root, 'a.txt'), null);
  assert.deepEqual(files.store.usage, { entries: 0, bytes: 0, descriptors: 0 });
});

test('what is not there is remembered within bounds', async (t) => {
  const folder = new Folder(t);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  await Promise.all(Array.from({ length: 3000 }, (_, i) => files.miss(root, `nothing-${i}`)));
  assert.equal(root.misses.size, 1000);
  assert.equal(root.pending.size, 0);
});

test('many who look for one name at the same time get the same entry', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'a');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const found = await Promise.all(Array.from({ length: 50 }, () => files.entry(root, 'a.txt')));
  assert.equal(new Set(found).size, 1);
  assert.equal(files.store.usage.entries, 1);
});

test('the memory taken is bounded, and files in use stay while others come and go', async (t) => {
  const folder = new Folder(t);
  folder.write('hot.bin', Buffer.alloc(10_000));
  for (let i = 0; i < 100; i++) folder.write(`${i}.bin`, Buffer.alloc(10_000));
  const files = new ClockedStore(t, { memory: 100_000 });
  const root = files.root(folder.path);
  const hot = await files.entry(root, 'hot.bin');
  for (let i = 0; i < 100; i++) {
    await files.entry(root, `${i}.bin`);
    assert.ok(files.store.usage.bytes <= 100_000);
    assert.equal(files.store.peek(root, 'hot.bin'), hot, `after ${i} others`);
  }
  assert.ok(files.store.usage.entries >= 7);
  assert.ok(root.slots.size === files.store.usage.entries);
});

test('the number of entries is bounded, too', async (t) => {
  const folder = new Folder(t);
  for (let i = 0; i < 50; i++) folder.write(`${i}.bin`, '');
  const files = new ClockedStore(t, { entries: 10 });
  const root = files.root(folder.path);
  for (let i = 0; i < 50; i++) await files.entry(root, `${i}.bin`);
  assert.equal(files.store.usage.entries, 10);
  assert.equal(root.slots.size, 10);
});

test('a large file is read from a descriptor at first, from memory when it is used again within a minute', async (t) => {
  const folder = new Folder(t);
  folder.write('big.bin', Buffer.alloc(2_000_000, 'x'));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const first = await files.entry(root, 'big.bin');
  assert.equal(first.bytes, null);
  assert.equal(files.store.usage.descriptors, 1);
  files.time = 400;
  assert.equal(files.store.peek(root, 'big.bin'), first);
  await until(() => files.store.peek(root, 'big.bin') !== first);
  const second = files.store.peek(root, 'big.bin');
  assert.equal(second?.bytes?.length, 2_000_000);
  assert.equal(second.etag, first.etag);
  assert.equal(files.store.usage.descriptors, 0);
});

test('what is used once a minute or is too large stays on disk', async (t) => {
  const folder = new Folder(t);
  folder.write('big.bin', Buffer.alloc(2_000_000));
  folder.write('huge.bin', Buffer.alloc(4_000_001));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  for (let i = 0; i < 4; i++) {
    files.time += 61_000;
    assert.equal((await files.entry(root, 'big.bin')).bytes, null);
  }
  for (let i = 0; i < 4; i++) assert.equal((await files.entry(root, 'huge.bin')).bytes, null);
});

test('a descriptor stays open as long as somebody holds it, although the file is forgotten', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('big.bin', Buffer.alloc(5_000_000, 'x'));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const entry = await files.entry(root, 'big.bin');
  const fd = entry.retain();
  assert.equal(entry.retain(), fd);
  rmSync(path);
  files.time = 1000;
  assert.equal(await files.miss(root, 'big.bin'), 'missing');
  const piece = Buffer.alloc(10);
  assert.equal(readSync(fd, piece, 0, 10, 4_999_990), 10);
  entry.release();
  assert.equal(readSync(fd, piece, 0, 10, 0), 10);
  entry.release();
  assert.equal(entry.retain(), -1);
  if (existsSync('/proc/self/fd')) await until(() => !openFiles().some((open) => open.startsWith(path)));
});

/** The files that this process has open now, as /proc names them. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

test('descriptors are bounded in number and given back after a minute without use', async (t) => {
  const folder = new Folder(t);
  for (let i = 0; i < 300; i++) folder.write(`${i}.bin`, Buffer.alloc(200));
  const files = new ClockedStore(t, { file: 100 });
  const root = files.root(folder.path);
  for (let i = 0; i < 300; i++) await files.entry(root, `${i}.bin`);
  assert.equal(files.store.usage.descriptors, 256);
  files.time = 50_000;
  await files.entry(root, '299.bin');
  files.time = 70_000;
  files.store.sweep();
  assert.equal(files.store.usage.descriptors, 1);
  files.time = 120_000;
  files.store.sweep();
  assert.deepEqual(files.store.usage, { entries: 0, bytes: 0, descriptors: 0 });
});

test('a file that is cut, grown and replaced all the time is never a mixture in memory', async (t) => {
  const folder = new Folder(t);
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  folder.write('a.txt', 'a'.repeat(70_000), null);
  const budget = { left: 200 };
  const writing = (async () => {
    for (let i = 0; budget.left > 0; i++) {
      const text = String.fromCharCode(97 + (i % 26)).repeat(1 + ((i * 7919) % 70_000));
      if (i % 3 === 0) {
        folder.write('b.txt', text, null);
        renameSync(folder.at('b.txt'), folder.at('a.txt'));
      } else {
        folder.write('a.txt', text, null);
      }
      await new Promise((done) => setImmediate(done));
    }
  })();
  const etags = new Map<string, string>();
  for (; budget.left > 0; budget.left--) {
    files.time += 1000;
    const entry = await files.entry(root, 'a.txt');
    const text = entry.bytes?.toString();
    if (text === undefined) continue;
    assert.equal(text.length, entry.size);
    // The writer empties the file before it fills it, at once in our eyes: one letter or nothing.
    assert.ok(new Set(text).size <= 1, 'two versions in one');
    const before = etags.get(entry.etag);
    assert.ok(before === undefined || before === text, 'one ETag for two contents');
    etags.set(entry.etag, text);
  }
  await writing;
});

test('compressed forms beside a file are found when they are files, smaller and not older', async (t) => {
  const folder = new Folder(t);
  const text = 'body{}'.repeat(100);
  folder.write('a.css', text);
  folder.write('a.css.gz', 'gzip');
  folder.write('a.css.br', 'br', THEN + 10);
  folder.write('b.css', text);
  folder.write('b.css.gz', 'older', THEN - 1);
  folder.write('b.css.br', `${text}larger`);
  folder.folder('b.css.zst');
  folder.write('c.css', text);
  symlinkSync('/etc/hostname', folder.at('c.css.gz'));
  folder.write('d.png', text);
  folder.write('d.png.gz', 'gzip');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const a = await files.entry(root, 'a.css');
  assert.deepEqual(a.codings, ['br', 'gzip']);
  const br = a.variant('br');
  assert.equal(br?.bytes?.toString(), 'br');
  assert.equal(br.contentType, a.contentType);
  assert.equal(br.lastModifiedSeconds, THEN + 10);
  assert.match(br.etag, /-br"$/);
  assert.equal(a.variant('zstd'), null);
  assert.equal(new Set([a.etag, br.etag, a.variant('gzip')?.etag]).size, 3);
  for (const name of ['b.css', 'c.css', 'd.png'])
    assert.deepEqual((await files.entry(root, name)).codings, [], name);
});

test('a location without precompressed files does not look for them', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', 'body{}'.repeat(100));
  folder.write('a.css.gz', 'gzip');
  const files = new ClockedStore(t);
  const root = files.store.root({
    dir: folder.path,
    symlinks: 'inside',
    dotfiles: false,
    precompressed: false,
  });
  assert.deepEqual((await files.entry(root, 'a.css')).codings, []);
});

test('a compressed form that changes is noticed at once, one that appears a little later', async (t) => {
  const folder = new Folder(t);
  folder.write('a.css', 'body{}'.repeat(100));
  folder.write('a.css.gz', 'gzip');
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const first = await files.entry(root, 'a.css');
  folder.write('a.css.gz', 'another', THEN + 1);
  files.time = 1000;
  const second = await files.entry(root, 'a.css');
  assert.equal(second.variant('gzip')?.bytes?.toString(), 'another');
  assert.notEqual(second.variant('gzip')?.etag, first.variant('gzip')?.etag);
  folder.write('a.css.br', 'br');
  files.time = 7000;
  assert.deepEqual((await files.entry(root, 'a.css')).codings, ['br', 'gzip']);
  rmSync(folder.at('a.css.br'));
  rmSync(folder.at('a.css.gz'));
  files.time = 8000;
  assert.deepEqual((await files.entry(root, 'a.css')).codings, []);
});

test('an exact path is as the disk is now, and with an identity only the file the app has open', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('report.pdf', 'one', null);
  const files = new ClockedStore(t);
  const read = async (): Promise<string | undefined> => {
    const found = await files.exact(path);
    return isMiss(found) ? found.miss : found.bytes?.toString();
  };
  assert.equal(await read(), 'one');
  folder.write('report.pdf', 'two', null);
  assert.equal(await read(), 'two');
  const { dev, ino } = statSync(path);
  assert.ok(!isMiss(await files.exact(path, { dev, ino })));
  folder.write('next', 'three');
  renameSync(folder.at('next'), path);
  assert.equal(missOf(await files.exact(path, { dev, ino })).miss, 'missing');
  assert.equal(await read(), 'three');
  assert.equal(missOf(await files.exact('report.pdf')).miss, 'invalid');
});

test('who asks for an exact path gets an answer that was not begun before the question', async (t) => {
  const folder = new Folder(t);
  // Young: each reading of it has an ETag of its own.
  const path = folder.write('a.txt', 'one', null);
  const files = new ClockedStore(t);
  const [early, late] = await Promise.all([files.exact(path), files.exact(path)]);
  assert.ok(!isMiss(early) && !isMiss(late));
  assert.notEqual(late.etag, early.etag, 'it was read a second time');
});

test('a closed store has nothing open and answers that it failed', async (t) => {
  const folder = new Folder(t);
  folder.write('a.txt', 'a');
  folder.write('big.bin', Buffer.alloc(2_000_000));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  await files.entry(root, 'big.bin');
  const asking = files.found(root, 'a.txt');
  files.store.close();
  assert.equal(missOf(await asking).miss, 'failed');
  assert.deepEqual(files.store.usage, { entries: 0, bytes: 0, descriptors: 0 });
});

test('a large file that is found anew within a minute is taken into memory by one reading', async (t) => {
  const folder = new Folder(t);
  folder.write('big.bin', Buffer.alloc(2_000_000));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  await files.entry(root, 'big.bin');
  files.time = 2000;
  const asked = [files.entry(root, 'big.bin'), files.entry(root, 'big.bin')];
  await Promise.all(asked);
  assert.equal(root.pending.size, 1, 'the reading is known to be on its way');
  await until(() => root.pending.size === 0);
  assert.equal(files.store.peek(root, 'big.bin')?.bytes?.length, 2_000_000);
});
