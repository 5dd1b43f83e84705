// Hooks and settings of a gunicorn.conf.py, in a whole server.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { descendants, killAll } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const APP = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
`;

/** Every hook of the master and of the worker writes a line. */
const CONF = `
import os
bind = '127.0.0.1:0'
workers = 2
def note(*words):
    with open('notes', 'a') as file:
        file.write(' '.join(str(word) for word in words) + '\\n')
def on_starting(server): note('on_starting', server.pid)
def nworkers_changed(server, new, old): note('nworkers_changed', new, old)
def pre_fork(server, worker): note('pre_fork', worker.age)
def post_fork(server, worker): note('post_fork', worker.age, server.pid)
def post_worker_init(worker): note('post_worker_init', worker.pid)
def when_ready(server): note('when_ready')
def pre_request(worker, req): note('pre_request', req.path)
def post_request(worker, req, environ, resp): note('post_request', resp.status)
def on_reload(server): note('on_reload')
def worker_exit(server, worker): note('worker_exit', worker.pid)
def child_exit(server, worker): note('child_exit', worker.pid)
def on_exit(server): note('on_exit')
`;

function project(t: TestContext, conf: string): string {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), APP);
  writeFileSync(join(folder, 'gunicorn.conf.py'), conf);
  return folder;
}

function gunicorn(t: TestContext, folder: string, args: readonly string[] = []): Promise<Server> {
  return startLicorne(t, ['gunicorn', ...args, 'app'], {
    cwd: folder,
    env: { LICORNE_PYTHON: venvPython('main') },
  });
}

function notes(folder: string): string[] {
  const path = join(folder, 'notes');
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

async function until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function processNames(pid: number): string[] {
  return descendants(pid).map((one) => {
    try {
      return readFileSync(`/proc/${one}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  });
}

const words = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ')[0] ?? '');

test('every hook is called at its time, in the worker or beside the master', async (t) => {
  const folder = project(t, CONF);
  const server = await gunicorn(t, folder);
  await until(() => notes(folder).includes('when_ready'), 'when_ready');
  const start = notes(folder);
  assert.deepEqual(start.slice(0, 2), [`on_starting ${server.pid}`, 'nworkers_changed 2 None']);
  assert.equal(start.at(-1), 'when_ready');
  for (const age of [1, 2]) {
    const [before, after] = [`pre_fork ${age}`, `post_fork ${age} ${server.pid}`].map((line) =>
      start.indexOf(line),
    );
    assert.ok((before ?? -1) > 1 && (after ?? -1) > (before ?? -1), start.join('\n'));
  }
  assert.equal((await fetch(`${server.url}/a/b`)).status, 200);
  await until(() => notes(folder).includes('post_request 200 OK'), 'post_request');
  assert.ok(notes(folder).includes('pre_request /a/b'));
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  const end = notes(folder).slice(start.length + 2);
  const workers = words(start).filter((word) => word === 'post_worker_init').length;
  assert.equal(workers, 2);
  assert.equal(end.at(-1), 'on_exit');
  assert.deepEqual(words(end).toSorted(), [
    'child_exit',
    'child_exit',
    'on_exit',
    'worker_exit',
    'worker_exit',
  ]);
});

test('child_exit is told the process id of a worker that was killed, and pre_fork comes before the next', async (t) => {
  const folder = project(t, CONF);
  const server = await gunicorn(t, folder, ['-w', '1']);
  const pid = Number(await (await fetch(server.url)).text());
  process.kill(pid, 'SIGKILL');
  await until(() => notes(folder).includes('post_fork 2 ' + server.pid), 'the next worker');
  const lines = notes(folder);
  assert.ok(lines.includes(`child_exit ${pid}`));
  assert.ok(lines.indexOf('pre_fork 2') < lines.indexOf(`post_fork 2 ${server.pid}`));
  assert.equal(lines.includes(`worker_exit ${pid}`), false);
});

test('a reload runs the file anew, calls on_reload and then starts the workers', async (t) => {
  const folder = project(t, CONF);
  const server = await gunicorn(t, folder, ['-w', '1']);
  await until(() => notes(folder).includes('when_ready'), 'when_ready');
  appendFileSync(join(folder, 'gunicorn.conf.py'), "def on_reload(server): note('on_reload anew')\n");
  const before = notes(folder).length;
  process.kill(server.pid, 'SIGHUP');
  await until(() => words(notes(folder)).includes('child_exit'), 'the end of the old worker');
  const lines = notes(folder).slice(before);
  assert.equal(lines[0], 'on_reload anew');
  assert.equal(lines[1], 'pre_fork 2');
});

test('a reload takes what the file sets now; a broken file is refused and changes nothing', async (t) => {
  const folder = project(t, 'workers = 1\n');
  const path = join(folder, 'gunicorn.conf.py');
  const server = await gunicorn(t, folder, ['-b', '127.0.0.1:0']);
  const workers = (): number => processNames(server.pid).filter((name) => name === 'licorne: worker').length;
  assert.equal(workers(), 1);
  writeFileSync(path, 'workers = 3\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded/, 30_000);
  await until(() => workers() === 3, 'three workers');
  writeFileSync(path, 'workers = three\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/name 'three' is not defined/, 30_000);
  assert.equal((await fetch(server.url)).status, 200);
  assert.equal(workers(), 3);
});

test('an upgrade calls pre_exec first, and the new master runs the hooks of its own', async (t) => {
  const folder = project(t, `${CONF}def pre_exec(server): note('pre_exec', server.pid)\n`);
  const server = await gunicorn(t, folder, ['-w', '1']);
  await until(() => notes(folder).includes('when_ready'), 'when_ready');
  const before = notes(folder).length;
  let successors: readonly number[] = [];
  t.after(() => killAll(successors.flatMap((pid) => [pid, ...descendants(pid)])));
  process.kill(server.pid, 'SIGUSR2');
  await until(() => {
    const masters = notes(folder).flatMap((line) => /^on_starting (\d+)$/.exec(line)?.[1] ?? []);
    successors = masters.map(Number).filter((pid) => pid !== server.pid);
    return notes(folder).includes('on_exit');
  }, 'the end of the old master');
  await server.left;
  const lines = notes(folder).slice(before);
  assert.equal(lines[0], `pre_exec ${server.pid}`);
  assert.match(lines[1] ?? '', /^on_starting \d+$/);
  assert.notEqual(lines[1], `on_starting ${server.pid}`);
});

test('a worker that is killed after graceful_timeout hears of it in worker_abort', async (t) => {
  const conf = `${CONF}def worker_abort(worker): note('worker_abort', worker.pid)\n`;
  const folder = project(t, conf);
  appendFileSync(
    join(folder, 'app.py'),
    "import time\nquick = application\ndef application(environ, start_response):\n    note = open('running', 'w')\n    time.sleep(60)\n",
  );
  const server = await gunicorn(t, folder, ['-w', '1', '--graceful-timeout', '1']);
  const [before = ''] = notes(folder).filter((line) => line.startsWith('post_worker_init'));
  const pid = Number(before.split(' ')[1]);
  const running = fetch(server.url).catch(() => undefined);
  await until(() => existsSync(join(folder, 'running')), 'the request');
  process.kill(pid, 'SIGTERM');
  await until(() => notes(folder).includes(`child_exit ${pid}`), 'the end of the worker');
  const lines = notes(folder).filter((line) => line.endsWith(` ${pid}`));
  assert.deepEqual(lines.slice(-3), [`worker_abort ${pid}`, `worker_exit ${pid}`, `child_exit ${pid}`]);
  await running;
});

test('with --preload pre_fork and child_exit are called just the same', async (t) => {
  const folder = project(t, CONF);
  const server = await gunicorn(t, folder, ['--preload']);
  await until(() => notes(folder).includes('when_ready'), 'when_ready');
  const start = notes(folder);
  assert.deepEqual(
    start.filter((line) => /^p(re|ost)_fork/.test(line)).toSorted(),
    ['post_fork 1', 'post_fork 2'].map((line) => `${line} ${server.pid}`).concat('pre_fork 1', 'pre_fork 2'),
  );
  await server.stop();
  assert.equal(words(notes(folder)).filter((word) => word === 'child_exit').length, 2);
});

test('an error in on_starting ends the start with 1 and its traceback', async (t) => {
  const folder = project(t, 'def on_starting(server):\n    raise RuntimeError("no database")\n');
  const server = launchLicorne(t, ['gunicorn', '-b', '127.0.0.1:0', 'app'], {
    cwd: folder,
    env: { LICORNE_PYTHON: venvPython('main') },
  });
  assert.deepEqual(await server.ended, { code: 1, signal: null });
  assert.match(server.output.stderr, /on_starting of .*gunicorn\.conf\.py failed: RuntimeError: no database/);
  assert.match(server.output.stderr, /gunicorn\.conf\.py", line 2, in on_starting/);
});

test('an error in another hook of the master is logged, and the server goes on', async (t) => {
  const folder = project(
    t,
    'def when_ready(server): 1 / 0\ndef pre_fork(server, worker): raise SystemExit(3)\n',
  );
  const server = await gunicorn(t, folder, ['-b', '127.0.0.1:0']);
  await server.waitForLog(/The hook when_ready of .* failed: ZeroDivisionError/);
  await server.waitForLog(/The hook pre_fork of .* failed: SystemExit/);
  assert.equal((await fetch(server.url)).status, 200);
});

test('a server without hooks of the master keeps no process for them', async (t) => {
  const folder = project(t, 'def post_fork(server, worker): pass\n');
  const server = await gunicorn(t, folder, ['-b', '127.0.0.1:0']);
  await until(
    () => !processNames(server.pid).includes('licorne: hooks'),
    'the end of the process of the hooks',
  );
  assert.equal((await fetch(server.url)).status, 200);
});

test('hooks are run without gunicorn on the command line, too', async (t) => {
  const folder = project(t, CONF);
  const server = await startLicorne(
    t,
    ['app', '-b', '127.0.0.1:0', '--hooks', 'gunicorn.conf.py', '--python', venvPython('main')],
    { cwd: folder },
  );
  await until(() => notes(folder).includes('when_ready'), 'when_ready');
  assert.equal((await fetch(server.url)).status, 200);
});

test('a gunicorn.conf.py that cannot be run ends the start with the line', async (t) => {
  const folder = project(t, 'workers = cores()\n');
  const server = launchLicorne(t, ['gunicorn', 'app'], {
    cwd: folder,
    env: { LICORNE_PYTHON: venvPython('main') },
  });
  assert.equal((await server.ended).code, 1);
  assert.match(server.output.stderr, /NameError: name 'cores' is not defined/);
  assert.match(server.output.stderr, /gunicorn\.conf\.py:1 workers = cores\(\)/);
});
