// The control socket and the commands that use it: found by the folder, believed by nobody, harmless to attack.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { root } from '../helpers/paths.ts';
import { killAll } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const APP = `import os, time
from urllib.parse import parse_qs

def application(environ, start_response):
    seconds = float(parse_qs(environ.get("QUERY_STRING", "")).get("seconds", ["0"])[0])
    if seconds:
        environ["wsgi.errors"].write("begins to sleep\\n")
        time.sleep(seconds)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one"]
`;

interface Site {
  folder: string;
  runDir: string;
  env: Record<string, string>;
  server: Server;
  /** Runs a command in the folder of the site. */
  run: (...args: string[]) => Promise<{ code: number | null; stdout: string; stderr: string }>;
}

async function site(t: TestContext, args: readonly string[] = [], app = APP): Promise<Site> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), app);
  const runtime = temporaryFolder(t);
  chmodSync(runtime, 0o700);
  const runDir = temporaryFolder(t);
  const env = { XDG_RUNTIME_DIR: runtime };
  const server = await startLicorne(
    t,
    ['app:application', '-b', '127.0.0.1:0', '--python', venvPython(), '--run-dir', runDir, ...args],
    { cwd: folder, env },
  );
  const [own = ''] = readdirSync(runDir);
  return {
    folder,
    runDir: join(runDir, own),
    env,
    server,
    run: (...words) => command(t, words, folder, env),
  };
}

async function command(
  t: TestContext,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const ran = launchLicorne(t, args, { cwd, env });
  const { code } = await ran.ended;
  return { code, ...ran.output };
}

/** Says something to the control socket and gives everything that comes until the connection ends. */
function say(runDir: string, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(runDir, 'control.sock'));
    let heard = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(text));
    socket.on('data', (chunk: string) => (heard += chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve(heard);
      else reject(error);
    });
    socket.on('close', () => resolve(heard));
  });
}

const connected = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', () => resolve()).once('error', reject);
  });

test('status shows the server of the folder, for people and as JSON', async (t) => {
  const { run, server, folder } = await site(t, ['-w', '2']);
  const shown = await run('status');
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, new RegExp(`^Licorne \\S+, pid ${server.pid}, serving`));
  assert.match(shown.stdout, new RegExp(server.url));
  const { stdout } = await run('status', '--json');
  const status = JSON.parse(stdout) as { pid: number; binds: string[] };
  assert.equal(status.pid, server.pid);
  assert.deepEqual(status.binds, [server.url]);
  const all = await run('status', '--all');
  assert.match(all.stdout, new RegExp(`${server.pid}  ${folder}`));
});

test('stop lets requests finish and returns when the process is gone', async (t) => {
  const { run, server, runDir } = await site(t);
  const response = fetch(`${server.url}/?seconds=1`);
  await server.waitForLog(/begins to sleep/);
  const { code, stdout } = await run('stop');
  assert.equal(code, 0);
  assert.equal(stdout, `Stopped (pid ${server.pid})\n`);
  assert.equal(existsSync(`/proc/${server.pid}/fd/0`), false);
  assert.equal((await response).status, 200);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.equal(existsSync(runDir), false);
  const again = await run('stop');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /no server/);
});

test('stop --now cuts off what runs', async (t) => {
  const { run, server } = await site(t);
  const cut = fetch(`${server.url}/?seconds=60`);
  await server.waitForLog(/begins to sleep/);
  const { code } = await run('stop', '--now');
  assert.equal(code, 0);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.equal((await cut).status, 502);
});

test('the registry and the socket are the user’s own, and gone at the end', async (t) => {
  const { server, runDir, env } = await site(t);
  const registry = join(env['XDG_RUNTIME_DIR'] ?? '', 'licorne');
  assert.equal(lstatSync(join(runDir, 'control.sock')).mode & 0o777, 0o600);
  assert.equal(statSync(registry).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(registry), [`${server.pid}.json`]);
  const entry = JSON.parse(readFileSync(join(registry, `${server.pid}.json`), 'utf8')) as { binds: string[] };
  assert.deepEqual(entry.binds, [server.url]);
  await server.stop();
  assert.deepEqual(readdirSync(registry), []);
});

test('a server is found by its process id and by its run directory from anywhere', async (t) => {
  const { server, runDir, env } = await site(t);
  const elsewhere = temporaryFolder(t);
  const here = await command(t, ['status'], elsewhere, env);
  assert.equal(here.code, 1);
  assert.match(here.stderr, new RegExp(`no server runs in this folder\\n(?: .*\\n)*? +${server.pid} `));
  for (const words of [
    ['--pid', String(server.pid)],
    ['--run-dir', runDir],
    ['--run-dir', join(runDir, '..')],
  ]) {
    const { code, stderr } = await command(t, ['status', ...words], elsewhere, env);
    assert.equal(code, 0, stderr);
  }
  // Nothing of the user's surroundings is needed for that.
  const other = temporaryFolder(t);
  const { code } = await command(t, ['status', '--run-dir', runDir], elsewhere, { XDG_RUNTIME_DIR: other });
  assert.equal(code, 0);
});

test('of two servers in one folder one has to be chosen', async (t) => {
  const { server, folder, env, run } = await site(t);
  const second = await startLicorne(t, ['app:application', '-b', '127.0.0.1:0', '--python', venvPython()], {
    cwd: folder,
    env,
  });
  const { code, stderr } = await run('stop');
  assert.equal(code, 1);
  assert.match(stderr, /several servers run in this folder/);
  assert.match(stderr, new RegExp(`${server.pid} `));
  assert.match(stderr, new RegExp(`${second.pid} `));
  assert.equal((await run('stop', '--pid', String(second.pid))).code, 0);
  assert.deepEqual(await second.ended, { code: 0, signal: null });
  assert.equal((await run('status')).code, 0);
});

test('a server that was killed is not found any more, and its entry is removed', async (t) => {
  const { server, env, run } = await site(t);
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  const { code, stderr } = await run('reload');
  assert.equal(code, 1);
  assert.match(stderr, /no server/);
  assert.deepEqual(readdirSync(join(env['XDG_RUNTIME_DIR'] ?? '', 'licorne')), []);
});

const ATTACKS: readonly (readonly [what: string, text: string | Buffer, answer: RegExp])[] = [
  ['an HTTP request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', /"ok":false.*not JSON/],
  ['bytes', Buffer.from([0, 255, 22, 3, 1, 10]), /"ok":false.*not JSON/],
  ['a command nobody knows', '{"command":"exec","args":["sh"]}\n', /"ok":false.*unknown command/],
  ['an oversized line', `{"command":"${'x'.repeat(100_000)}"}\n`, /"ok":false.*more than 4096 bytes/],
  ['a line without end', 'x'.repeat(5_000_000), /"ok":false.*more than 4096 bytes/],
  ['a deeply nested line', `${'['.repeat(4_000)}\n`, /"ok":false/],
];

test('whatever is said to the control socket, the server goes on', async (t) => {
  const { server, runDir, run } = await site(t);
  for (const [what, text, answer] of ATTACKS) assert.match(await say(runDir, text), answer, what);
  // The second command of a connection is not even looked at.
  const answers = await say(runDir, '{"command":"status"}\n{"command":"stop","now":true}\n');
  assert.equal(answers.trim().split('\n').length, 1);
  assert.equal((await fetch(server.url)).status, 200);
  assert.equal((await run('status')).code, 0);
});

test('many connections at once are turned away, and room comes back', async (t) => {
  const { server, runDir, run } = await site(t);
  const path = join(runDir, 'control.sock');
  const idle = Array.from({ length: 32 }, () => connect(path));
  t.after(() => idle.forEach((socket) => socket.destroy()));
  await Promise.all(idle.map(connected));
  assert.match(await say(runDir, '{"command":"status"}\n'), /"ok":false.*more than 32 commands/);
  assert.equal((await fetch(server.url)).status, 200);
  const [first] = idle;
  first?.destroy();
  const deadline = Date.now() + 10_000;
  while ((await run('status')).code !== 0) assert.ok(Date.now() < deadline, 'there is no room again');
});

test('a client that does not read its answers holds up nobody', async (t) => {
  const { runDir, run, server } = await site(t);
  const deaf = Array.from({ length: 8 }, () => connect(join(runDir, 'control.sock')).pause());
  t.after(() => deaf.forEach((socket) => socket.destroy()));
  await Promise.all(deaf.map(connected));
  for (const socket of deaf) socket.write('{"command":"status"}\n');
  assert.equal((await run('status')).code, 0);
  assert.equal((await run('stop')).code, 0);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('a registry folder that is a link, or open to others, is not used; the server is found all the same', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), APP);
  const [runtime, temporary, elsewhere] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)];
  chmodSync(runtime, 0o700);
  symlinkSync(elsewhere, join(runtime, 'licorne'));
  mkdirSync(join(temporary, `licorne-${process.getuid?.() ?? 0}`));
  chmodSync(join(temporary, `licorne-${process.getuid?.() ?? 0}`), 0o777);
  const env = { XDG_RUNTIME_DIR: runtime, TMPDIR: temporary };
  const server = await startLicorne(t, ['app:application', '-b', '127.0.0.1:0', '--python', venvPython()], {
    cwd: folder,
    env,
  });
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.deepEqual(readdirSync(join(temporary, `licorne-${process.getuid?.() ?? 0}`)), []);
  const { code, stderr } = await command(t, ['status'], folder, env);
  assert.equal(code, 0, stderr);
  await server.stop();
});

test('the words for a command line that is wrong come before anything is done', async (t) => {
  for (const words of [['reload', '--force'], ['stop', 'please'], ['scale'], ['status', '--pid', '-1']]) {
    const { code, stderr } = await command(t, words, root, {});
    assert.equal(code, 2, words.join(' '));
    assert.match(stderr, /licorne: error/);
  }
});

interface ShownStatus {
  apps: {
    name: string;
    wanted: number;
    generation: number;
    workers: { state: string; rssBytes: number | null }[];
  }[];
}

async function statusOf({ run }: Site): Promise<ShownStatus> {
  const { stdout, stderr, code } = await run('status', '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as ShownStatus;
}

test('scale changes the number of workers, and refuses what cannot be', async (t) => {
  const one = await site(t);
  const { code, stdout } = await one.run('scale', '3');
  assert.equal(code, 0);
  assert.equal(stdout, 'app: 3 workers wanted\n');
  const deadline = Date.now() + 20_000;
  for (;;) {
    const [app] = (await statusOf(one)).apps;
    const ready = app?.workers.filter(({ state }) => state === 'ready').length;
    if (app?.wanted === 3 && ready === 3) break;
    assert.ok(Date.now() < deadline, `${ready} workers are ready`);
  }
  const { code: refused, stderr } = await one.run('scale', 'nowhere=2');
  assert.equal(refused, 1);
  assert.match(stderr, /nowhere/);
  assert.equal((await one.run('scale', '0')).code, 1);
});

test('status tells generation, state and memory of the workers, for people too', async (t) => {
  const one = await site(t, ['-w', '2']);
  assert.equal((await one.run('reload')).code, 0);
  const [app] = (await statusOf(one)).apps;
  assert.equal(app?.generation, 2);
  assert.equal(app?.wanted, 2);
  if (process.platform === 'linux')
    for (const { rssBytes } of app?.workers ?? []) assert.ok((rssBytes ?? 0) > 1_000_000);
  const { stdout } = await one.run('status');
  assert.match(stdout, /app: app:application \(WSGI\), 2 of 2 workers ready; 0 requests in work, 0 waiting/);
  assert.match(stdout, /worker +pid +state +generation +age +requests +memory/);
});

test('two who ask for a reload at once are both answered when it serves', async (t) => {
  const { run, server } = await site(t);
  const both = await Promise.all([run('reload'), run('reload'), run('reload')]);
  for (const { code, stdout, stderr } of both) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Reloaded 1 worker/);
  }
  assert.equal((await fetch(server.url)).status, 200);
});

test('a client that leaves in the middle of a reload does not stop it', async (t) => {
  const { runDir, server } = await site(t);
  const socket = connect(join(runDir, 'control.sock'));
  await connected(socket);
  socket.write('{"command":"reload"}\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await server.waitForLog(/Reloaded: 1 new worker/);
  assert.equal((await fetch(server.url)).status, 200);
});

test('a stop in the middle of a reload ends both', async (t) => {
  const { run, server, folder } = await site(t);
  writeFileSync(join(folder, 'app.py'), `import time\ntime.sleep(60)\n${APP}`);
  const reloading = run('reload');
  await server.waitForLog(/Reloading/);
  assert.equal((await run('stop')).code, 0);
  const { code, stderr } = await reloading;
  assert.equal(code, 1);
  assert.match(stderr, /stopping|before it had answered/);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('after an upgrade the new master is found, while the old one still finishes', async (t) => {
  const { run, server } = await site(t);
  const running = fetch(`${server.url}/?seconds=4`);
  await server.waitForLog(/begins to sleep/);
  process.kill(server.pid, 'SIGUSR2');
  const deadline = Date.now() + 20_000;
  let successor = server.pid;
  while (successor === server.pid) {
    assert.ok(Date.now() < deadline, 'the old master is still the one that is found');
    const { code, stdout } = await run('status', '--json');
    if (code === 0) successor = (JSON.parse(stdout) as { pid: number }).pid;
  }
  t.after(() => killAll([successor]));
  assert.equal((await running).status, 200);
  const { code, stdout, stderr } = await run('stop');
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `Stopped (pid ${successor})\n`);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('status tells why the last reload failed, and Ctrl-C ends a reload command, not the reload', async (t) => {
  const one = await site(t);
  const { folder, env, run, server } = one;
  writeFileSync(join(folder, 'app.py'), `import no_such_module\n${APP}`);
  assert.equal((await run('reload')).code, 1);
  assert.match((await run('status')).stdout, /^ {2}last reload failed \d+ s ago: .*no_such_module/m);
  writeFileSync(join(folder, 'app.py'), `import time\ntime.sleep(1)\n${APP}`);
  const asked = launchLicorne(t, ['reload'], { cwd: folder, env });
  await asked.waitForLog(/0\/1 workers replaced/);
  process.kill(asked.pid, 'SIGINT');
  assert.deepEqual(await asked.ended, { code: null, signal: 'SIGINT' });
  assert.match(asked.output.stderr, /\nlicorne: the server goes on with the reload/);
  await server.waitForLog(/Reloaded: 1 new worker/);
  assert.doesNotMatch((await run('status')).stdout, /last reload failed/);
});

test('scale takes so many more or less', async (t) => {
  const { run } = await site(t);
  assert.equal((await run('scale', '+2')).stdout, 'app: 3 workers wanted\n');
  assert.equal((await run('scale', '-1')).stdout, 'app: 2 workers wanted\n');
  const { code, stderr } = await run('scale', '-2');
  assert.equal(code, 1);
  assert.match(stderr, /There can't be 0 workers/);
});

test('the fault of a worker that was to start with a request is in the status', async (t) => {
  const one = await site(t, ['--cheap'], 'raise RuntimeError("no key")\n');
  assert.equal((await fetch(one.server.url)).status, 503);
  assert.match((await one.run('status')).stdout, /^ {2}last start of a worker failed \d+ s ago: .*no key/m);
});
