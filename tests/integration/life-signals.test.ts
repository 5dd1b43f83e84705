// Signals that come before the server serves, and workers that do not care for them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { alive, descendants, workersOf } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

/** Begins to start, and goes on when the file `wait` is gone. */
const WAITS = `
import os, time
open('begun', 'w').close()
while os.path.exists('wait'):
    time.sleep(0.01)
`;

const APP = `
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'fine']
`;

const ARGS = ['-b', '127.0.0.1:0', '--python', venvPython('main')];

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries({ wait: '', ...files })) writeFileSync(join(folder, name), text);
  return folder;
}

function goOn(folder: string): void {
  rmSync(join(folder, 'wait'));
}

/** A server whose settings are a program that takes a while: it has not even read its configuration. */
async function readingSettings(t: TestContext): Promise<{ server: Server; folder: string }> {
  const folder = folderOf(t, { 'app.py': APP, 'gunicorn.conf.py': `${WAITS}bind = '127.0.0.1:0'\n` });
  const args = ['gunicorn', '-c', 'gunicorn.conf.py', 'app'];
  const server = launchLicorne(t, args, { cwd: folder });
  await until(() => existsSync(join(folder, 'begun')), 'the reading of the settings');
  return { server, folder };
}

/** A server whose workers import the app. */
async function importing(t: TestContext): Promise<{ server: Server; folder: string }> {
  const folder = folderOf(t, { 'app.py': `${WAITS}${APP}` });
  const server = launchLicorne(t, ['app', ...ARGS], { cwd: folder });
  await until(() => existsSync(join(folder, 'begun')), 'the import');
  return { server, folder };
}

function knows(pid: number, signal: number): boolean {
  const caught = /^SigCgt:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & (1n << BigInt(signal - 1))) !== 0n;
}

test('HUP and USR2 do not end a server that still reads its configuration', async (t) => {
  const { server, folder } = await readingSettings(t);
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGUSR1'] as const) process.kill(server.pid, signal);
  goOn(folder);
  await server.waitForLog(/Listening on/, 30_000);
  await server.waitForLog(/No upgrade: The server is still starting/);
  assert.doesNotMatch(server.output.stderr, /Debugger listening|Reloading/);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} ends a server that still reads its configuration, or imports its app, with 0`, async (t) => {
    for (const begin of [readingSettings, importing]) {
      const { server } = await begin(t);
      const family = descendants(server.pid);
      assert.deepEqual(await server.stop(signal), { code: 0, signal: null });
      assert.doesNotMatch(server.output.stdout, /Listening/);
      assert.deepEqual(family.filter(alive), []);
    }
  });
}

test('HUP while the app is imported is a reload that follows, USR2 is refused', async (t) => {
  const { server, folder } = await importing(t);
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/HUP: the reload follows as soon as the server serves/);
  process.kill(server.pid, 'SIGUSR2');
  await server.waitForLog(/No upgrade: The server is still starting/);
  const [first] = workersOf(server.pid);
  goOn(folder);
  await server.waitForLog(/Reloaded: 1 new worker/, 30_000);
  await until(() => workersOf(server.pid).every((pid) => pid !== first), 'the end of the first worker');
});

test('from when signals are known on none of them costs the server', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = folderOf(t, { 'app.py': APP });
  const server = launchLicorne(t, ['app', ...ARGS], { cwd: folder });
  await until(() => knows(server.pid, 1), 'the handler of HUP');
  // The others are taken in the same moment as the first, but not in one call.
  await until(() => knows(server.pid, 12), 'the handler of USR2');
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGHUP'] as const) process.kill(server.pid, signal);
  await server.waitForLog(/Listening on/, 30_000);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a command that does not serve is ended by INT as any program', async (t) => {
  const folder = folderOf(t, { 'gunicorn.conf.py': WAITS });
  const args = ['gunicorn', '-c', 'gunicorn.conf.py', 'app', '--print-config'];
  const command = launchLicorne(t, args, { cwd: folder });
  await until(() => existsSync(join(folder, 'begun')), 'the reading of the settings');
  process.kill(command.pid, 'SIGINT');
  assert.deepEqual(await command.left, { code: null, signal: 'SIGINT' });
  // A terminal would have sent it to the program of the settings, too.
  goOn(folder);
  await command.ended;
});

for (const signal of ['SIGQUIT', 'SIGTERM'] as const) {
  test(`a worker that ignores SIGQUIT is killed when the server ends at ${signal}`, async (t) => {
    const deaf = `
import ctypes, signal
signal.signal(signal.SIGQUIT, signal.SIG_IGN)
def application(environ, start_response):
    if environ['PATH_INFO'] == '/held':
        # Keeps the lock of the interpreter: none of its threads can act on anything.
        ctypes.PyDLL(None).sleep(60)
    start_response('200 OK', [])
    return [b'fine']
`;
    const folder = folderOf(t, { 'app.py': deaf });
    const args = ['app', ...ARGS, '-w', '2', '--graceful-timeout', '1'];
    const server = await startLicorne(t, args, { cwd: folder });
    const held = fetch(`${server.url}/held`).catch(() => null);
    await until(async () => (await (await fetch(server.url)).text()) === 'fine', 'an answer');
    const family = descendants(server.pid);
    const before = performance.now();
    assert.deepEqual(await server.stop(signal), { code: 0, signal: null });
    const took = performance.now() - before;
    assert.ok(took > 1_900 && took < 15_000, `${took} ms`);
    assert.deepEqual(family.filter(alive), []);
    await held;
  });
}
