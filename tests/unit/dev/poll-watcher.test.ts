import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { PollWatcher } from '../../../src/dev/poll-watcher.ts';
import { Folder } from '../files/folder.ts';

/** A watcher that looks when the test says so. */
function watching(t: TestContext): {
  watcher: PollWatcher;
  look: () => Promise<readonly string[]>;
  folder: Folder;
} {
  const folder = new Folder(t);
  const changed: string[] = [];
  const watcher = new PollWatcher({
    matters: (path) => path.endsWith('.py'),
    changed: (path) => changed.push(path.slice(folder.path.length + 1)),
    ms: 3_600_000,
  });
  t.after(() => watcher.close());
  const look = async (): Promise<readonly string[]> => {
    await watcher.look();
    return changed.splice(0).toSorted();
  };
  return { watcher, look, folder };
}

test('a look tells what was written, made and removed since the one before; the first tells nothing', async (t) => {
  const { watcher, look, folder } = watching(t);
  folder.write('a.py', '1');
  folder.write('b.py', '1');
  watcher.add(folder.path);
  assert.deepEqual(await look(), []);
  assert.deepEqual(await look(), []);
  folder.write('a.py', '22');
  folder.write('c.py', '');
  rmSync(folder.at('b.py'));
  assert.deepEqual(await look(), ['a.py', 'b.py', 'c.py']);
  assert.deepEqual(await look(), []);
});

test('a file of the same size and time in the place of another is a change, one that does not matter is none', async (t) => {
  const { watcher, look, folder } = watching(t);
  folder.write('a.py', '1');
  folder.write('a.txt', '1');
  watcher.add(folder.path);
  await look();
  folder.write('new', '2');
  renameSync(folder.at('new'), folder.at('a.py'));
  folder.write('a.txt', '22');
  assert.deepEqual(await look(), ['a.py']);
});

test('a folder that goes and comes again is looked at again, and adding it twice forgets nothing', async (t) => {
  const { watcher, look, folder } = watching(t);
  folder.write('app/a.py', '1');
  watcher.add(folder.at('app'));
  await look();
  rmSync(folder.at('app'), { recursive: true });
  watcher.add(folder.at('app'));
  assert.deepEqual(await look(), ['app/a.py']);
  folder.write('app/a.py', '1');
  assert.deepEqual(await look(), ['app/a.py']);
});

test('after the end nothing is looked at', async (t) => {
  const { watcher, look, folder } = watching(t);
  watcher.add(folder.path);
  await look();
  folder.write('a.py', '');
  watcher.close();
  assert.deepEqual(await look(), []);
});
