import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { EventWatcher } from '../../../src/dev/file-watcher.ts';
import { ProjectWatch, type ProjectWatchOptions } from '../../../src/dev/project-watch.ts';
import { Folder } from '../files/folder.ts';
import { Notes } from './notes.ts';

async function watching(
  t: TestContext,
  options: Partial<ProjectWatchOptions> = {},
): Promise<{ watch: ProjectWatch; folder: Folder; told: Notes }> {
  const folder = new Folder(t);
  folder.write('shop/views.py', '1');
  folder.write('shop/idle.py', '1');
  const told = new Notes();
  const watch = new ProjectWatch({
    projects: [folder.path],
    extra: [],
    assets: false,
    poll: false,
    changed: (path, kind) => told.add(`${kind} ${path.slice(folder.path.length + 1)}`),
    warn: (message) => told.add(message),
    ...options,
  });
  t.after(() => watch.close());
  await watch.start();
  watch.modules({ files: [folder.at('shop/views.py')], globs: [] });
  watch.loading(false);
  return { watch, folder, told };
}

test('a module that is written is told of; one that nobody imported, or a change of permissions, is not', async (t) => {
  const { watch, folder, told } = await watching(t);
  watch.modules({ files: [folder.write('shop/models.py', '1')], globs: [] });
  folder.write('shop/idle.py', '2', null);
  chmodSync(folder.at('shop/models.py'), 0o600);
  // The order of the system's events is that of the changes.
  folder.write('shop/views.py', '2', null);
  await told.until(() => told.all.includes('code shop/views.py'));
  assert.deepEqual([...new Set(told.all)], ['code shop/views.py']);
});

test('a file that an editor puts in the place of a module is that module', async (t) => {
  const { folder, told } = await watching(t);
  renameSync(folder.write('shop/views.py.new', '2', null), folder.at('shop/views.py'));
  await told.take('code shop/views.py');
  folder.write('shop/views.py', '3', null);
  await told.take('code shop/views.py');
});

test('a folder in the place of another is watched, with all modules in it', async (t) => {
  const { folder, told } = await watching(t);
  rmSync(folder.at('shop'), { recursive: true });
  folder.write('shop.new/views.py', '2', null);
  renameSync(folder.at('shop.new'), folder.at('shop'));
  await told.take('code shop/views.py');
});

test('what changed while it was being imported has changed', async (t) => {
  const { watch, folder, told } = await watching(t);
  watch.loading(true);
  folder.write('shop/late.py', '1', null);
  folder.write('shop/views.py', '2', null);
  await told.take('code shop/views.py');
  watch.modules({ files: [folder.at('shop/late.py')], globs: [] });
  assert.deepEqual(told.all, ['code shop/late.py']);
});

test('while nothing can be loaded a new file counts, and not any more then', async (t) => {
  const { watch, folder, told } = await watching(t);
  watch.broken(true);
  folder.write('missing.py', '', null);
  await told.take('code missing.py');
  watch.broken(false);
  folder.write('missing.py', '1', null);
  folder.write('shop/views.py', '2', null);
  await told.until(() => told.all.includes('code shop/views.py'));
  assert.deepEqual([...new Set(told.all)], ['code shop/views.py']);
});

test('files that an app asks for are watched where they are, and named files outside of the project', async (t) => {
  const outside = new Folder(t);
  const extra = outside.write('app.conf', '1');
  const { watch, folder, told } = await watching(t, { extra: [extra] });
  outside.folder('pages');
  watch.modules({ files: [], globs: [[outside.path, '**/*.html']] });
  outside.write('app.conf', '2', null);
  await told.take(`code ${extra.slice(folder.path.length + 1)}`);
  outside.write('a.html', '', null);
  await told.take(`asked ${outside.at('a.html').slice(folder.path.length + 1)}`);
});

test('an event watcher takes a folder that is not there for nothing, and again when it is', async (t) => {
  const folder = new Folder(t);
  const told = new Notes();
  const watcher = new EventWatcher({
    changed: (path) => told.add(path),
    exhausted: () => told.add('exhausted'),
  });
  t.after(() => watcher.close());
  watcher.add(folder.at('app'));
  mkdirSync(folder.at('app'));
  watcher.add(folder.at('app'));
  writeFileSync(folder.at('app/a.py'), '');
  await told.take(folder.at('app/a.py'));
  watcher.close();
  watcher.add(folder.path);
  assert.deepEqual(told.all, []);
});
