import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskPace } from '../../../src/files/disk-pace.ts';
import { ClockedStore, Folder } from './folder.ts';

const linux = process.platform === 'linux' ? false : 'file systems are told apart on Linux only';

function learn(pace: DiskPace, folder: string, path: string): Promise<void> {
  return new Promise((done) => pace.learn(folder, Buffer.from(path), done));
}

test('only folders that are known to lie on this machine are waited for', { skip: linux }, async (t) => {
  const folder = new Folder(t);
  let time = 0;
  const pace = new DiskPace(() => time);
  assert.equal(pace.mayWait('a/'), false);
  await learn(pace, 'a/', folder.path);
  assert.equal(pace.mayWait('a/'), true);
  assert.equal(pace.mayWait('b/'), false);
  await learn(pace, 'proc/', '/proc/self');
  assert.equal(pace.mayWait('proc/'), false, 'a file system that is none of the known ones');
  await learn(pace, 'gone/', folder.at('gone'));
  assert.equal(pace.mayWait('gone/'), false);
  time = 30_000;
  assert.equal(pace.mayWait('a/'), false, 'something else may be mounted there by now');
});

test('a disk that has to be waited for is left to the pool for some seconds', { skip: linux }, async (t) => {
  const folder = new Folder(t);
  let time = 0;
  const pace = new DiskPace(() => time);
  await learn(pace, '', folder.path);
  for (let i = 0; i < 1000; i++) pace.took(i % 50 === 0 ? 8 : 0.05);
  assert.equal(pace.mayWait(''), true, 'one slow opening in fifty is no slow disk');
  for (let i = 0; i < 5; i++) pace.took(8);
  assert.equal(pace.mayWait(''), false);
  time = 3000;
  assert.equal(pace.mayWait(''), true);
});

test('the folders that are remembered are bounded', { skip: linux }, async (t) => {
  const folder = new Folder(t);
  const pace = new DiskPace(() => 0);
  for (let i = 0; i < 1001; i++) await learn(pace, `${i}/`, folder.path);
  assert.equal(pace.mayWait('0/'), false);
  assert.equal(pace.mayWait('1000/'), true);
});

test('from the second file of a folder on, small ones are there in the same turn', {
  skip: linux,
}, async (t) => {
  const folder = new Folder(t);
  for (const name of ['1', '2', '3']) folder.write(`${name}.css`, `${name} is a style sheet`);
  folder.write('3.css.gz', '3 zipped');
  folder.write('large.css', Buffer.alloc(100_000));
  const files = new ClockedStore(t);
  const root = files.root(folder.path);
  const atOnce = (name: string): string => {
    let text = '(later)';
    files.store.find(root, name, (found) => {
      if (text === '(later)')
        text = 'miss' in found ? found.miss : `${found.bytes?.toString()} ${found.codings.join()}`;
    });
    return text;
  };
  assert.equal(atOnce('1.css'), '(later)');
  await files.entry(root, '1.css');
  while (!root.pace.mayWait('')) await new Promise((done) => setImmediate(done));
  assert.equal(atOnce('2.css'), '2 is a style sheet ');
  assert.equal(atOnce('3.css'), '3 is a style sheet gzip');
  assert.equal(atOnce('none.css'), 'missing');
  assert.equal(atOnce('large.css'), '(later)');
  const entry = await files.entry(root, 'large.css');
  assert.equal(entry.size, 100_000);
});
