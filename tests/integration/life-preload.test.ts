// Workers forked from a process that has imported the app once: in a whole server.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { alive, descendants } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const WSGI = `
import os, sys, time
with open('imports', 'a') as file:
    file.write('%d\\n' % os.getpid())
VERSION = 1
def application(environ, start_response):
    sys.stderr.write('request of %d\\n' % os.getpid())
    if environ['PATH_INFO'] == '/slow':
        time.sleep(0.3)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('%d %d %d' % (VERSION, os.getpid(), os.getppid())).encode()]
`;

const ASGI = `
import os
parent = os.getpid()
async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        await receive()
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        await send({'type': 'lifespan.shutdown.complete'})
        return
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': ('1 %d %d' % (os.getpid(), parent)).encode()})
`;

interface Answer {
  version: number;
  pid: number;
  parent: number;
}

function project(t: TestContext, app: string): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), app);
  return folder;
}

const ARGS = ['app', '-b', '127.0.0.1:0', '--preload', '--python', venvPython('main')];

function serve(t: TestContext, folder: string, args: readonly string[] = []): Promise<Server> {
  return startLicorne(t, [...ARGS, ...args], { cwd: folder });
}

async function ask(server: Server, path = '/'): Promise<Answer> {
  const response = await fetch(server.url + path, { headers: { connection: 'close' } });
  assert.equal(response.status, 200);
  const [version = 0, pid = 0, parent = 0] = (await response.text()).split(' ').map(Number);
  return { version, pid, parent };
}

function imports(folder: string): number[] {
  return readFileSync(join(folder, 'imports'), 'utf8').trimEnd().split('\n').map(Number);
}

function named(server: Server, name: string): number[] {
  return descendants(server.pid).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('the app is imported once for all workers, and a worker that dies is forked again', async (t) => {
  const folder = project(t, WSGI);
  const server = await serve(t, folder, ['-w', '3']);
  const [zygote] = imports(folder);
  const first = await ask(server);
  assert.equal(first.parent, zygote);
  process.kill(first.pid, 'SIGKILL');
  await server.waitForLog(/Worker \d \(pid \d+\) was killed with SIGKILL/);
  await until(() => descendants(zygote ?? 0).length === 3, 'another worker');
  assert.deepEqual(imports(folder), [zygote]);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.equal(alive(zygote ?? 0), false);
});

test('ASGI apps are forked, too, each with a lifespan and a loop of its own', async (t) => {
  const server = await serve(t, project(t, ASGI), ['-w', '2']);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server)));
  const [zygote = 0] = named(server, 'licorne: zygote');
  for (const { pid, parent } of answers) {
    assert.equal(parent, zygote);
    assert.notEqual(pid, zygote);
  }
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a reload imports anew, in a new process, and loses no request', async (t) => {
  const folder = project(t, WSGI);
  const server = await serve(t, folder, ['-w', '2']);
  const load = { on: true };
  const versions = new Set<number>();
  const clients = Array.from({ length: 4 }, async () => {
    while (load.on) versions.add((await ask(server)).version);
  });
  writeFileSync(join(folder, 'app.py'), WSGI.replace('VERSION = 1', 'VERSION = 2'));
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded/);
  assert.equal((await ask(server)).version, 2);
  load.on = false;
  await Promise.all(clients);
  assert.deepEqual(
    [...versions].filter((version) => version !== 1 && version !== 2),
    [],
  );
  const [first = 0, second = 0] = imports(folder);
  assert.equal(imports(folder).length, 2);
  assert.equal((await ask(server)).parent, second);
  await until(() => descendants(first).length === 0, 'the end of the old workers');
});

test('a broken release leaves the old workers and their zygote where they are', async (t) => {
  const folder = project(t, WSGI);
  const server = await serve(t, folder, ['-w', '2']);
  const [zygote] = imports(folder);
  writeFileSync(join(folder, 'app.py'), 'raise RuntimeError("broken release")\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/The reload failed[^]*broken release/);
  const { pid, parent } = await ask(server);
  assert.equal(parent, zygote);
  // Its replacement is still of the good release: it is forked, not imported.
  process.kill(pid, 'SIGKILL');
  await until(() => descendants(zygote ?? 0).filter(alive).length === 2, 'another worker');
  await until(() => named(server, 'licorne: zygote').length === 1, 'the end of the broken zygote');
});

test('workers outlive their zygote, and the next worker gets a new one', async (t) => {
  const folder = project(t, WSGI);
  const server = await serve(t, folder, ['-w', '1']);
  const [zygote = 0] = imports(folder);
  const { pid } = await ask(server);
  process.kill(zygote, 'SIGKILL');
  await until(() => !alive(zygote), 'the end of the zygote');
  assert.equal((await ask(server)).pid, pid);
  process.kill(pid, 'SIGKILL');
  await server.waitForLog(/Worker 0 \(pid \d+\) is gone/);
  const next = await ask(server);
  assert.equal(next.parent, imports(folder)[1]);
  process.kill(server.pid, 'SIGTTIN');
  await until(() => descendants(next.parent).length === 2, 'a second worker of the new zygote');
  assert.equal(imports(folder).length, 2);
});

test('an app that cannot be imported ends the start as without preload', async (t) => {
  const folder = project(t, 'import not_there_at_all\n');
  const server = launchLicorne(t, [...ARGS, '-w', '3'], { cwd: folder });
  assert.deepEqual(await server.ended, { code: 3, signal: null });
  assert.match(server.output.stderr, /not_there_at_all/);
  assert.equal(server.output.stderr.match(/licorne: error/g)?.length, 1);
});

test('an import that never ends is given up after boot_timeout, and its process with it', async (t) => {
  const folder = project(t, 'import os, time\nopen("pid", "w").write(str(os.getpid()))\ntime.sleep(60)\n');
  const server = launchLicorne(t, [...ARGS, '-w', '2', '--boot-timeout', '1'], { cwd: folder });
  assert.equal((await server.ended).code, 3);
  assert.match(
    server.output.stderr,
    /not loaded within 1 s \(boot_timeout\)[^]*Thread MainThread:\n  File "[^"]*app\.py", line \d/,
  );
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  assert.equal(alive(pid), false);
});

test('when the master is killed nothing is left of zygote and workers', async (t) => {
  const server = await serve(t, project(t, WSGI), ['-w', '2']);
  const family = descendants(server.pid);
  assert.equal(family.length, 4);
  process.kill(server.pid, 'SIGKILL');
  await until(() => !family.some(alive), 'the end of every process');
});

test('TERM to every process at once, as systemd sends it, loses no request', async (t) => {
  const server = await serve(t, project(t, WSGI), ['-w', '2']);
  const running = ask(server, '/slow');
  await server.waitForLog(/request of/);
  for (const pid of [...descendants(server.pid), server.pid]) process.kill(pid, 'SIGTERM');
  assert.equal((await running).version, 1);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('a worker that is forked after USR1 writes to the new log', async (t) => {
  const folder = project(t, WSGI);
  const log = join(folder, 'error.log');
  const server = await serve(t, folder, ['-w', '1', '--error-log', log]);
  const { pid } = await ask(server);
  renameSync(log, `${log}.1`);
  process.kill(server.pid, 'SIGUSR1');
  await until(() => existsSync(log), 'a new log');
  process.kill(pid, 'SIGKILL');
  await until(() => readFileSync(log, 'utf8').includes('was killed with SIGKILL'), 'the news of its end');
  const next = await ask(server);
  await until(() => readFileSync(log, 'utf8').includes(`request of ${next.pid}`), 'the line');
});

test('what an import has made is shared by the workers: memory counts once', async (t) => {
  const big = WSGI.replace('VERSION = 1', 'VERSION = 1\nDATA = [str(number) for number in range(400_000)]');
  const pss = async (args: readonly string[]): Promise<number> => {
    const server = await startLicorne(t, [...ARGS.filter((arg) => arg !== '--preload'), ...args], {
      cwd: project(t, big),
    });
    await Promise.all(Array.from({ length: 40 }, () => ask(server)));
    const python = [...named(server, 'licorne: worker'), ...named(server, 'licorne: zygote')];
    const sum = python.reduce((all, pid) => all + proportionalKib(pid), 0);
    await server.stop();
    return sum;
  };
  if (!existsSync('/proc/self/smaps_rollup')) {
    t.skip('there is no /proc/PID/smaps_rollup on this system');
    return;
  }
  const apart = await pss(['-w', '4']);
  const shared = await pss(['-w', '4', '--preload']);
  assert.ok(shared < apart / 2, `${shared} KiB with preload, ${apart} KiB without`);
});

function proportionalKib(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
