import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, fstat, linkSync, openSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { type Disk, immediateDisk, pooledDisk } from '../../../src/files/disk.ts';
import { FileRoot } from '../../../src/files/file-root.ts';
import type { RootSpec } from '../../../src/files/file-root.ts';
import { isMiss } from '../../../src/files/miss.ts';
import type { Miss } from '../../../src/files/miss.ts';
import { openExact, openFile, openFolder } from '../../../src/files/open-file.ts';
import type { OpenedFile } from '../../../src/files/open-file.ts';
import { realPathOf } from '../../../src/files/real-path.ts';
import { Folder } from './folder.ts';

function rootOf(dir: string, spec: Partial<RootSpec> = {}): FileRoot {
  return new FileRoot({ dir, symlinks: 'inside', dotfiles: false, ...spec });
}

function open(root: FileRoot, name: string, disk?: Disk): Promise<OpenedFile | Miss> {
  return new Promise((done) => openFile(root, name, done, disk));
}

/** The contents, or why not: in the turn of the request and in the pool it must be the same. */
async function outcome(root: FileRoot, name: string): Promise<string> {
  const pooled = await outcomeBy(pooledDisk, root, name);
  assert.equal(await outcomeBy(immediateDisk, root, name), pooled);
  return pooled;
}

async function outcomeBy(disk: Disk, root: FileRoot, name: string): Promise<string> {
  const opened = await open(root, name, disk);
  if (isMiss(opened)) return `(${opened.miss})`;
  const text = readFileSync(opened.fd, 'latin1');
  closeSync(opened.fd);
  return text;
}

test('a file is opened by its bytes, whatever encoding they are', async (t) => {
  const folder = new Folder(t);
  folder.write('naïve ☃.txt', 'utf-8');
  const root = rootOf(folder.path);
  assert.equal(await outcome(root, Buffer.from('naïve ☃.txt').toString('latin1')), 'utf-8');
  assert.equal(await outcome(root, 'naïve ☃.txt'), '(missing)');
});

test('folders, pipes and sockets are told from files, and nothing waits for a writer of a pipe', async (t) => {
  const folder = new Folder(t);
  folder.folder('sub');
  spawnSync('mkfifo', [folder.at('pipe')]);
  const server = createServer().listen(folder.at('socket'));
  t.after(() => server.close());
  await new Promise((done) => server.once('listening', done));
  const root = rootOf(folder.path);
  assert.equal(await outcome(root, 'sub'), '(directory)');
  assert.equal(await outcome(root, 'sub/'), '(directory)');
  assert.equal(await outcome(root, ''), '(directory)');
  assert.equal(await outcome(root, 'pipe'), '(special)');
  assert.equal(await outcome(root, 'socket'), '(special)');
  symlinkSync('/dev/null', folder.at('null'));
  assert.equal(await outcome(rootOf(folder.path, { symlinks: 'follow' }), 'null'), '(special)');
});

test('a file is no folder', async (t) => {
  const folder = new Folder(t);
  folder.write('a', 'text');
  const root = rootOf(folder.path);
  assert.equal(await outcome(root, 'a/'), '(missing)');
  assert.equal(await outcome(root, 'a/b'), '(missing)');
  const opened = await new Promise<OpenedFile | Miss>((done) => openFolder(root, 'a', done));
  assert.equal(isMiss(opened) && opened.miss, 'missing');
});

test('links may lead to somewhere inside the root and nowhere else', async (t) => {
  const folder = new Folder(t);
  folder.write('secret', 'secret');
  folder.write('root-not/secret', 'secret');
  folder.write('root/a', 'inside');
  folder.write('root/sub/b', 'inside');
  symlinkSync('a', folder.at('root/link'));
  symlinkSync('sub', folder.at('root/sublink'));
  symlinkSync('../secret', folder.at('root/out'));
  symlinkSync('..', folder.at('root/up'));
  symlinkSync('../root-not', folder.at('root/beside'));
  symlinkSync(folder.at('root/a'), folder.at('root/absolute'));
  symlinkSync('loop', folder.at('root/loop'));
  symlinkSync('nowhere', folder.at('root/dangling'));
  const root = rootOf(folder.at('root'));
  for (const name of ['a', 'link', 'sublink/b', 'absolute', 'up/root/a'])
    assert.equal(await outcome(root, name), 'inside', name);
  for (const name of ['out', 'up/secret', 'beside/secret', 'up', 'beside', 'loop'])
    assert.equal(await outcome(root, name), '(symlink)', name);
  assert.equal(await outcome(root, 'dangling'), '(missing)');
  const opened = await open(root, 'out');
  assert.ok(isMiss(opened) && opened.detail.endsWith('/secret'), 'the log says where it leads');
});

test('links may be followed everywhere, into other roots, or not at all', async (t) => {
  const folder = new Folder(t);
  folder.write('other/a', 'other');
  folder.write('third/a', 'third');
  folder.write('root/sub/a', 'inside');
  symlinkSync('../other/a', folder.at('root/other'));
  symlinkSync('../third', folder.at('root/third'));
  symlinkSync('sub', folder.at('root/link'));
  symlinkSync('a', folder.at('root/sub/last'));
  const follow = rootOf(folder.at('root'), { symlinks: 'follow' });
  assert.equal(await outcome(follow, 'third/a'), 'third');
  const also = rootOf(folder.at('root'), { alsoAllowed: [folder.at('other'), folder.at('not-there')] });
  assert.equal(await outcome(also, 'other'), 'other');
  assert.equal(await outcome(also, 'third/a'), '(symlink)');
  const refuse = rootOf(folder.at('root'), { symlinks: 'refuse', alsoAllowed: [folder.at('other')] });
  assert.equal(await outcome(refuse, 'sub/a'), 'inside');
  for (const name of ['link/a', 'sub/last', 'other', 'third/a', 'link'])
    assert.equal(await outcome(refuse, name), '(symlink)', name);
  assert.equal(await outcome(refuse, 'sub'), '(directory)');
  assert.equal(await outcome(refuse, 'sub/'), '(directory)');
});

test('the log is told in words why a link is refused', async (t) => {
  const folder = new Folder(t);
  folder.write('a', 'a');
  symlinkSync('a', folder.at('link'));
  symlinkSync('circle', folder.at('circle'));
  const detail = async (name: string, symlinks: RootSpec['symlinks']): Promise<string> => {
    const found = await open(rootOf(folder.path, { symlinks }), name);
    return isMiss(found) ? found.detail : '';
  };
  assert.equal(await detail('link', 'refuse'), 'it is a symbolic link, and symlinks = "refuse" allows none');
  assert.match(await detail('circle', 'inside'), /^there are too many symbolic links/);
});

test('the root itself may be a link, and is followed when it is turned', async (t) => {
  const folder = new Folder(t);
  folder.write('releases/1/a', 'one');
  folder.write('releases/2/a', 'two');
  symlinkSync('releases/1', folder.at('current'));
  for (const symlinks of ['inside', 'refuse'] as const) {
    // A clock that stands still: what is known of the root never becomes too old by itself.
    const root = new FileRoot({ dir: folder.at('current'), symlinks, dotfiles: false }, () => 0);
    assert.equal(await outcome(root, 'a'), 'one');
    turn(folder, 'releases/2');
    assert.equal(await outcome(root, 'a'), 'two');
    turn(folder, 'releases/1');
  }
});

test('a root that is turned again while a file is opened is opened again', async (t) => {
  const folder = new Folder(t);
  for (const release of ['1', '2', '3']) folder.write(`releases/${release}/a`, release);
  symlinkSync('releases/1', folder.at('current'));
  let turned = false;
  class Turning extends FileRoot {
    override realPaths(maxAgeMs: number, done: (real: readonly Buffer[]) => void): void {
      // The file in 2 is open already; it is asked where the root is now.
      if (maxAgeMs === 0 && !turned) {
        turned = true;
        turn(folder, 'releases/3');
      }
      super.realPaths(maxAgeMs, done);
    }
  }
  const root = new Turning({ dir: folder.at('current'), symlinks: 'inside', dotfiles: false }, () => 0);
  assert.equal(await outcome(root, 'a'), '1');
  turn(folder, 'releases/2');
  assert.equal(await outcome(root, 'a'), '3');
});

function turn(folder: Folder, target: string): void {
  symlinkSync(target, folder.at('next'));
  renameSync(folder.at('next'), folder.at('current'));
}

test('a name that changes between file and link to the outside never gives what is outside', async (t) => {
  const folder = new Folder(t);
  folder.write('secret', 'secret');
  folder.write('root/sub/a', 'inside');
  folder.write('evil/a', 'secret');
  const root = rootOf(folder.at('root'));
  const seen = new Set<string>();
  const budget = { left: 400 };
  const swapping = (async () => {
    for (let i = 0; budget.left > 0; i++) {
      if (i % 2 === 0) {
        renameSync(folder.at('root/sub'), folder.at('root/kept'));
        symlinkSync('../evil', folder.at('root/sub'));
      } else {
        unlinkSync(folder.at('root/sub'));
        renameSync(folder.at('root/kept'), folder.at('root/sub'));
      }
      await new Promise((done) => setImmediate(done));
    }
  })();
  while (budget.left > 0) {
    budget.left -= 1;
    seen.add(await outcomeBy(budget.left % 2 === 0 ? pooledDisk : immediateDisk, root, 'sub/a'));
  }
  await swapping;
  assert.ok(!seen.has('secret'));
  assert.ok(seen.has('inside'), [...seen].join());
  assert.ok(seen.has('(symlink)'), [...seen].join());
});

test('without /proc the path is resolved again, and must lead to what was opened', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('a', 'a');
  symlinkSync('a', folder.at('link'));
  const real = (fd: number, name: string): Promise<Buffer | null> =>
    new Promise((done) =>
      fstat(fd, { bigint: true }, (_error, stat) =>
        realPathOf({ fd, path: Buffer.from(folder.at(name)), stat }, done, pooledDisk, false),
      ),
    );
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  assert.equal(String(await real(fd, 'link')), path);
  rmSync(path);
  folder.write('a', 'another');
  assert.equal(await real(fd, 'link'), null);
  rmSync(path);
  assert.equal(await real(fd, 'link'), null);
});

test('a file that has lost its name while it was opened is judged by the place it had', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('a', 'a');
  const fd = openSync(path, 'r');
  t.after(() => closeSync(fd));
  rmSync(path);
  const real = await new Promise<Buffer | null>((done) =>
    fstat(fd, { bigint: true }, (_error, stat) => realPathOf({ fd, path: Buffer.from(path), stat }, done)),
  );
  if (existsSync('/proc/self/fd')) assert.equal(String(real), path);
});

test('an exact path is followed wherever it leads, but must be absolute', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('a', 'text');
  symlinkSync('a', folder.at('link'));
  const exact = (name: string): Promise<OpenedFile | Miss> => new Promise((done) => openExact(name, done));
  const opened = await exact(folder.at('link'));
  assert.ok(!isMiss(opened));
  closeSync(opened.fd);
  for (const name of ['a', `${path}\0`, '']) {
    const refused = await exact(name);
    assert.equal(isMiss(refused) && refused.miss, 'invalid');
  }
});

test('hard links are files as others', async (t) => {
  const folder = new Folder(t);
  folder.write('a', 'text');
  folder.folder('root');
  linkSync(folder.at('a'), folder.at('root/b'));
  assert.equal(await outcome(rootOf(folder.at('root')), 'b'), 'text');
});

test('what may not be read is denied, and the log is told by whom', {
  skip: process.getuid?.() === 0 && 'root may read everything',
}, async (t) => {
  const folder = new Folder(t);
  folder.write('sub/a', 'text');
  chmodSync(folder.at('sub'), 0o600);
  const opened = await open(rootOf(folder.path), 'sub/a');
  chmodSync(folder.at('sub'), 0o700);
  assert.ok(isMiss(opened) && opened.miss === 'denied');
  assert.match(opened.detail, /sub is drw-------/);
});
