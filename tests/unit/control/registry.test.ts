import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startTimeOf } from '../../../src/children/process-time.ts';
import { type RegisteredServer, Registry, registryFolders } from '../../../src/control/registry.ts';

const UID = process.getuid?.() ?? 0;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'licorne registry '));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const server = (pid: number, startTime = `start of ${pid}`): RegisteredServer => ({
  pid,
  startTime,
  cwd: '/srv/site',
  cwdName: '/srv/current',
  projectDirs: ['/srv/site'],
  runDir: '/run/licorne-x',
  binds: ['http://127.0.0.1:8000'],
});

/** All processes of even number live. */
const startTimes = (pid: number): string | null => (pid % 2 === 0 ? `start of ${pid}` : null);

test('servers that were written down are listed, and struck out again', (t) => {
  const path = join(folder(t), 'servers');
  const registry = new Registry([path], { startTimeOf: startTimes });
  registry.register(server(12));
  registry.register(server(4));
  registry.register({ ...server(12), binds: ['http://127.0.0.1:9000'] });
  assert.deepEqual(registry.list(), [server(4), { ...server(12), binds: ['http://127.0.0.1:9000'] }]);
  registry.remove(4);
  assert.deepEqual(
    registry.list().map(({ pid }) => pid),
    [12],
  );
  assert.deepEqual(readdirSync(path), ['12.json']);
});

test('nobody else may look', (t) => {
  const path = join(folder(t), 'servers');
  new Registry([path], { startTimeOf: startTimes }).register(server(2));
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(statSync(join(path, '2.json')).mode & 0o777, 0o600);
});

test('what a dead server left behind is removed; another process with its number is not taken for it', (t) => {
  const path = join(folder(t), 'servers');
  const registry = new Registry([path], { startTimeOf: startTimes });
  registry.register(server(3));
  registry.register(server(6, 'long before'));
  registry.register(server(8));
  assert.deepEqual(registry.list(), [server(8)]);
  assert.deepEqual(readdirSync(path), ['8.json']);
});

test('an entry that its server was killed over is removed; one that is being written stays', (t) => {
  const path = join(folder(t), 'servers');
  const registry = new Registry([path], { startTimeOf: startTimes });
  registry.register(server(2));
  for (const pid of [6, 7]) writeFileSync(join(path, `.${pid}.next`), '{"pid":');
  assert.deepEqual(registry.list(), [server(2)]);
  assert.deepEqual(readdirSync(path).sort(), ['.6.next', '2.json']);
});

test('files that are none of ours are left alone and not believed', (t) => {
  const path = join(folder(t), 'servers');
  const registry = new Registry([path], { startTimeOf: startTimes });
  registry.register(server(2));
  const others: Record<string, string> = {
    'note.txt': 'mine',
    '0.json': '{}',
    '4.json': 'not json',
    '6.json': JSON.stringify({ ...server(6), binds: [1] }),
    '8.json': JSON.stringify(server(10)),
    '12.json': `${' '.repeat(70_000)}${JSON.stringify(server(12))}`,
    '14.json': 'null',
  };
  for (const [name, text] of Object.entries(others)) writeFileSync(join(path, name), text);
  const elsewhere = join(folder(t), 'elsewhere.json');
  writeFileSync(elsewhere, JSON.stringify(server(16)));
  symlinkSync(elsewhere, join(path, '16.json'));
  mkdirSync(join(path, '18.json'));
  assert.deepEqual(registry.list(), [server(2)]);
  assert.equal(readFileSync(join(path, 'note.txt'), 'utf8'), 'mine');
  assert.equal(existsSync(elsewhere), true);
});

const UNSAFE: readonly (readonly [what: string, make: (path: string) => void, reason: RegExp])[] = [
  [
    'a symbolic link',
    (path) => {
      mkdirSync(`${path}-real`, { mode: 0o700 });
      symlinkSync(`${path}-real`, path);
    },
    /symbolic link/,
  ],
  [
    'open to others',
    (path) => {
      mkdirSync(path);
      chmodSync(path, 0o777);
    },
    /may be entered by other users/,
  ],
  ['a file', (path) => writeFileSync(path, ''), /is no folder/],
];

for (const [what, make, reason] of UNSAFE) {
  test(`a folder that is ${what} is neither written nor read`, (t) => {
    const path = join(folder(t), 'servers');
    make(path);
    const registry = new Registry([path], { startTimeOf: startTimes });
    assert.throws(() => registry.register(server(2)), reason);
    assert.deepEqual(registry.list(), []);
    registry.remove(2);
    if (what !== 'a file') {
      writeFileSync(join(path, '2.json'), JSON.stringify(server(2)));
      assert.deepEqual(registry.list(), []);
      registry.remove(2);
      assert.equal(existsSync(join(path, '2.json')), true);
    }
  });
}

test('a folder of another user is neither written nor read', (t) => {
  const path = join(folder(t), 'servers');
  new Registry([path], { startTimeOf: startTimes }).register(server(2));
  const registry = new Registry([path], { uid: UID + 1, startTimeOf: startTimes });
  assert.throws(() => registry.register(server(4)), /belongs to another user/);
  assert.deepEqual(registry.list(), []);
});

test('the next folder is taken when the first is not safe, and all are read', (t) => {
  const parent = folder(t);
  const [first, second] = [join(parent, 'first'), join(parent, 'second')];
  writeFileSync(first, '');
  const registry = new Registry([first, second], { startTimeOf: startTimes });
  registry.register(server(2));
  rmSync(first);
  registry.register(server(4));
  assert.deepEqual(readdirSync(second), ['2.json']);
  assert.deepEqual(readdirSync(first), ['4.json']);
  assert.deepEqual(registry.list(), [server(2), server(4)]);
});

test('the folder is in XDG_RUNTIME_DIR when that is really the user’s own', (t) => {
  const own = folder(t);
  const temporary = folder(t);
  const mine = join(temporary, `licorne-${UID}`);
  assert.deepEqual(registryFolders({ XDG_RUNTIME_DIR: own }, UID, temporary).slice(0, 2), [
    join(own, 'licorne'),
    mine,
  ]);
  for (const refused of ['', 'relative', join(own, 'missing')])
    assert.equal(registryFolders({ XDG_RUNTIME_DIR: refused }, UID, temporary)[0], mine, refused);
  chmodSync(own, 0o777);
  assert.equal(registryFolders({ XDG_RUNTIME_DIR: own }, UID, temporary)[0], mine);
  chmodSync(own, 0o700);
  assert.equal(
    registryFolders({ XDG_RUNTIME_DIR: own }, UID + 1, temporary)[0],
    join(temporary, `licorne-${UID + 1}`),
  );
});

test('a process has a start time for as long as it lives', () => {
  const now = startTimeOf(process.pid);
  assert.equal(typeof now, 'string');
  assert.equal(startTimeOf(process.pid), now);
  assert.equal(startTimeOf(2 ** 22 + 1), null);
});

test('what is no entry is passed over, and hinders nobody', (t) => {
  const path = join(folder(t), 'servers');
  const registry = new Registry([path], { startTimeOf: startTimes });
  registry.register(server(12));
  mkdirSync(join(path, '7777.json'));
  mkdirSync(join(path, '8888.json'));
  writeFileSync(join(path, '9999.json'), 'garbage');
  symlinkSync('/etc/passwd', join(path, '31.json'));
  assert.deepEqual(registry.list(), [server(12)]);
  registry.remove(7777);
});

test('the run directory of a server that was killed goes with its entry, and nothing else does', (t) => {
  const parent = folder(t);
  const registry = new Registry([join(parent, 'servers')], { startTimeOf: startTimes });
  const make = (name: string, mode: number): string => {
    mkdirSync(join(parent, name));
    chmodSync(join(parent, name), mode);
    return join(parent, name);
  };
  const kept = [make('precious', 0o700), make('licorne-Open00', 0o777), make('licorne-Alive0', 0o700)];
  const gone = [make('licorne-abc123', 0o700), make('licorne-abc456', 0o711)];
  mkdirSync(join(gone[0] ?? '', 'spool'));
  symlinkSync(kept[0] ?? '', join(parent, 'licorne-Link00'));
  for (const [index, runDir] of [...kept.slice(0, 2), ...gone, join(parent, 'licorne-Link00')].entries())
    registry.register({ ...server(2 * index + 1), runDir });
  registry.register({ ...server(2), runDir: kept[2] ?? '' });
  assert.equal(registry.list().length, 1);
  assert.deepEqual(
    [...kept, ...gone].map((path) => existsSync(path)),
    [true, true, true, false, false],
  );
});
