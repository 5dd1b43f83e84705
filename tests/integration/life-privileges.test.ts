// Started by root, gateways and workers run as somebody else; the master does not. Only root can try that.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import { descendants } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';

const APP = `
import os, sys
def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/write':
        with open(os.environ['OUT'] + '/made', 'w') as file:
            file.write('x')
    if path == '/print':
        print('printed by the app', flush=True)
    if path == '/body':
        size = len(environ['wsgi.input'].read())
        start_response('200 OK', [])
        return [str(size).encode()]
    start_response('200 OK', [])
    facts = [os.getresuid(), os.getresgid(), os.getgroups(), os.environ.get('HOME'), os.environ.get('USER')]
    return [repr(facts).encode()]
`;

const nobody = user('nobody');
const python = systemPython();
const options = { skip: whyNot() };

interface User {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function user(name: string): User | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid, , home = ''] = line?.split(':') ?? [];
  return line === undefined ? null : { uid: Number(uid), gid: Number(gid), home };
}

/** One that everybody may run; a Python in the home of root is of no use here. */
function systemPython(): string | null {
  for (const path of ['/usr/bin/python3', '/usr/local/bin/python3']) {
    if (!existsSync(path)) continue;
    const asNobody = spawnSync(
      path,
      ['-c', 'import json, socket, sys; sys.exit(sys.version_info < (3, 9))'],
      {
        uid: nobody?.uid ?? 65_534,
        gid: nobody?.gid ?? 65_534,
        cwd: '/',
      },
    );
    if (asNobody.status === 0) return path;
  }
  return null;
}

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can start processes as somebody else';
  if (nobody === null) return 'there is no user nobody';
  return python === null ? 'no Python 3.9 is there that everybody may run' : false;
}

/** A folder that everybody may look into. */
function publicFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'site_app.py'), APP);
  return folder;
}

function words(folder: string, args: readonly string[]): string[] {
  return ['site_app', '-b', '127.0.0.1:0', '--chdir', folder, '--python', python ?? '', ...args];
}

function serve(t: TestContext, folder: string, args: readonly string[]): Promise<Server> {
  const out = join(folder, 'out');
  mkdirSync(out);
  chownSync(out, nobody?.uid ?? 0, nobody?.gid ?? 0);
  return startLicorne(t, words(folder, args), { cwd: folder, env: { OUT: out } });
}

async function get(server: Server, path = '/'): Promise<string> {
  return (await fetch(server.url + path, { headers: { connection: 'close' } })).text();
}

function userOf(pid: number): number[] {
  const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return [ids?.[1], ids?.[2], ids?.[3]].map(Number);
}

async function until(condition: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const more of [[], ['--preload']]) {
  test(
    `gateways and workers are the user, for good, and the master is root ${more.join(' ')}`,
    options,
    async (t) => {
      const folder = publicFolder(t);
      const server = await serve(t, folder, ['--user', 'nobody', '--umask', '027', '-w', '2', ...more]);
      const { uid, gid, home } = nobody as User;
      const facts = await get(server);
      assert.equal(
        facts,
        `[(${uid}, ${uid}, ${uid}), (${gid}, ${gid}, ${gid}), [${gid}], '${home}', 'nobody']`,
      );
      assert.deepEqual(userOf(server.pid), [0, 0, 0]);
      const family = descendants(server.pid);
      assert.ok(family.length >= 3);
      for (const pid of family)
        assert.deepEqual(userOf(pid), [uid, uid, uid], readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      await get(server, '/write');
      const made = statSync(join(folder, 'out', 'made'));
      assert.deepEqual([made.uid, made.gid, made.mode & 0o777], [uid, gid, 0o640]);
      assert.deepEqual(await server.stop(), { code: 0, signal: null });
    },
  );
}

test('a group of its own, and numbers in the place of names', options, async (t) => {
  const { uid } = nobody as User;
  const server = await serve(t, publicFolder(t), ['--user', String(uid), '--group', 'daemon']);
  assert.match(await get(server), new RegExp(`^\\[\\(${uid}, .*\\), \\(1, 1, 1\\), \\[1(, \\d+)*\\]`));
});

test('a large body is spooled where the user may write', options, async (t) => {
  const server = await serve(t, publicFolder(t), ['--user', 'nobody', '--body-memory-bytes', '64k']);
  const answer = await fetch(`${server.url}/body`, { method: 'POST', body: Buffer.alloc(3_000_000, 1) });
  assert.equal(await answer.text(), '3000000');
});

test(
  "the run folder is the master's, the sockets in it the user's, and nothing is left of it",
  options,
  async (t) => {
    const folder = publicFolder(t);
    const parent = join(folder, 'run');
    const server = await serve(t, folder, ['--user', 'nobody', '--run-dir', parent]);
    const run = join(parent, readdirSync(parent)[0] ?? '');
    const { uid, gid } = nobody as User;
    assert.deepEqual([statSync(run).uid, statSync(run).mode & 0o777], [0, 0o711]);
    const control = statSync(join(run, 'control.sock'));
    assert.deepEqual([control.uid, control.mode & 0o777], [0, 0o600]);
    for (const own of ['w', 'spool']) {
      const found = statSync(join(run, own));
      assert.deepEqual([found.uid, found.gid, found.mode & 0o777], [uid, gid, 0o700], own);
    }
    await server.stop();
    assert.deepEqual(readdirSync(parent), []);
  },
);

test('a Unix socket stays the property of who started the server', options, async (t) => {
  const folder = publicFolder(t);
  const path = join(folder, 'site.sock');
  await startLicorne(
    t,
    [
      ...words(folder, ['--user', 'nobody']).filter((one) => one !== '-b' && one !== '127.0.0.1:0'),
      '-b',
      `unix:${path}`,
    ],
    { cwd: folder, env: { OUT: folder } },
  );
  assert.equal(statSync(path).uid, 0);
  const client = new RawClient({ path });
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.equal((await client.read()).status, 200);
});

test(
  'log files in a folder of root are opened for the user, and again after they were moved away',
  options,
  async (t) => {
    const folder = publicFolder(t);
    // Only root may change a folder below this one, as in /var/log.
    const logs = mkdtempSync('/var/log/licorne-test-');
    t.after(() => rmSync(logs, { recursive: true, force: true }));
    chmodSync(logs, 0o755);
    const [access, errors] = [join(logs, 'access.log'), join(logs, 'error.log')];
    const server = await serve(t, folder, [
      '--user',
      'nobody',
      '--access-log',
      access,
      '--error-log',
      errors,
    ]);
    const { uid } = nobody as User;
    for (const path of [access, errors]) assert.equal(statSync(path).uid, uid);
    await get(server, '/print');
    await until(() => readFileSync(errors, 'utf8').includes('printed by the app'), 'the print in the log');
    await until(() => readFileSync(access, 'utf8').includes('GET /print'), 'the request in the log');
    for (const path of [access, errors]) renameSync(path, `${path}.1`);
    process.kill(server.pid, 'SIGUSR1');
    await until(
      () => existsSync(errors) && readFileSync(errors, 'utf8').includes('opened anew'),
      'a new log',
    );
    await until(() => existsSync(access), 'a new access log');
    await until(() => {
      void get(server, '/print');
      return (
        readFileSync(errors, 'utf8').includes('printed by the app') &&
        readFileSync(access, 'utf8').includes('GET /print')
      );
    }, 'lines in the new files');
    for (const path of [access, errors]) assert.equal(statSync(path).uid, uid);
    await server.stop();
  },
);

test('root follows no link that the user could have put in the place of a log', options, async (t) => {
  const folder = publicFolder(t);
  const { uid, gid } = nobody as User;
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  chownSync(logs, uid, gid);
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'as it was', { mode: 0o600 });
  symlinkSync(secret, join(logs, 'error.log'));
  const server = launchLicorne(
    t,
    words(folder, ['--user', 'nobody', '--error-log', join(logs, 'error.log')]),
  );
  assert.equal((await server.ended).code, 1);
  assert.match(server.output.stderr, /EACCES.*error\.log/);
  assert.equal(readFileSync(secret, 'utf8'), 'as it was');
  assert.equal(lstatSync(secret).uid, 0);
});

test(
  'names that are not there, and a Python that the user may not run, are told in words',
  options,
  async (t) => {
    const folder = publicFolder(t);
    for (const [args, message] of [
      [['--user', 'nosuchuser'], /there is no user nosuchuser on this machine/],
      [['--user', 'nobody', '--group', 'nosuchgroup'], /there is no group nosuchgroup/],
      [['--user', '54321'], /user 54321 has no entry on this machine, so its group has to be named/],
      [['--umask', '29'], /`29` is not an octal mode/],
    ] as const) {
      const server = launchLicorne(t, words(folder, args), { cwd: folder });
      assert.equal((await server.ended).code, 1);
      assert.match(server.output.stderr, message);
    }
  },
);

test('who is not root is told so, unless it asks for what it is', options, async (t) => {
  const folder = publicFolder(t);
  const { uid, gid } = nobody as User;
  const code = `
import os, sys
os.setgroups([]); os.setgid(${gid}); os.setuid(${uid})
os.environ['HOME'] = '/tmp'
os.execv(sys.argv[1], sys.argv[1:])
`;
  const { licorne } = await import('../helpers/paths.ts');
  const { launch } = await import('../helpers/server.ts');
  const as = (args: readonly string[]) =>
    launch(t, python ?? '', ['-c', code, process.execPath, licorne, ...words(folder, args)], { cwd: folder });
  const refused = as(['--user', 'daemon']);
  assert.equal((await refused.ended).code, 1);
  assert.match(refused.output.stderr, /only root may run the application as user daemon/);
  const own = as(['--user', 'nobody']);
  await own.waitForLog(/Listening on/);
});

test('processes are told apart in a list of processes', {
  skip: process.platform !== 'linux' && 'Linux only',
}, async (t) => {
  const folder = publicFolder(t);
  const server = await startLicorne(
    t,
    [
      'site_app',
      '-b',
      '127.0.0.1:0',
      '--chdir',
      folder,
      '-w',
      '2',
      ...(python === null ? [] : ['--python', python]),
    ],
    { cwd: folder },
  );
  const names = descendants(server.pid).map((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
  );
  assert.deepEqual(names.toSorted(), [
    'licorne: gateway 0',
    'licorne: worker app/0 site_app',
    'licorne: worker app/1 site_app',
  ]);
});

const LIAR = `
import glob, json, os, socket, threading
def lie(connection, pid):
    connection.sendall((json.dumps({'type': 'forked', 'pid': pid}) + '\\n').encode())
def impostor(listener, pid):
    kept = []
    while True:
        connection, _ = listener.accept()
        kept.append(connection)
        lie(connection, pid)
def application(environ, start_response):
    path, query = environ['PATH_INFO'], environ['QUERY_STRING']
    start_response('200 OK', [])
    if path == '/lie':
        os.write(3, (json.dumps({'type': 'forked', 'pid': int(query)}) + '\\n').encode())
    if path == '/replace':
        for name in glob.glob(environ['HTTP_X_SOCKETS'] + '/z*.sock'):
            os.unlink(name)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(name)
            listener.listen()
            threading.Thread(target=impostor, args=(listener, int(query)), daemon=True).start()
    return [str(os.getpid()).encode()]
`;

test('a forked worker cannot have another process killed by root', options, async (t) => {
  const folder = publicFolder(t);
  writeFileSync(join(folder, 'site_app.py'), LIAR);
  const victim = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => victim.kill());
  const run = join(folder, 'run');
  const server = await serve(t, folder, ['--user', 'nobody', '--preload', '--run-dir', run]);
  const liar = Number(await get(server));
  await get(server, `/lie?${victim.pid}`).catch(() => '');
  await server.waitForLog(new RegExp(`\\(pid ${liar}\\) was killed for .*\`forked\` a second time`));
  await until(() => !existsSync(`/proc/${liar}`), 'the end of the liar');
  // In the place of the zygote somebody else answers.
  const sockets = join(run, readdirSync(run)[0] ?? '', 'w');
  await fetch(`${server.url}/replace?${victim.pid}`, {
    headers: { connection: 'close', 'x-sockets': sockets },
  });
  process.kill(server.pid, 'SIGTTIN');
  await server.waitForLog(
    new RegExp(`it says that it is process ${victim.pid}, which its zygote has not forked for it`),
  );
  assert.deepEqual([victim.exitCode, victim.signalCode], [null, null]);
  const family = descendants(server.pid);
  assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null });
  await until(() => !family.some((pid) => existsSync(`/proc/${pid}`)), 'the end of every process');
  assert.deepEqual([victim.exitCode, victim.signalCode], [null, null]);
});
