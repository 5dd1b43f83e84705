// Reloads and replacements of single workers: ready first, and no request is lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { putUnderLoad, type Load } from '../helpers/load.ts';
import { licorne } from '../helpers/paths.ts';
import { alive, descendants, workersOf } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

/** Says its version and its process; `/slow?SECONDS`, `/leak?BYTES`. Written without a cache: two versions may have the same time of change. */
const wsgi = (version: string): string => `
import os, sys, time
kept = []
def application(environ, start_response):
    path, query = environ['PATH_INFO'], environ['QUERY_STRING']
    if path == '/slow':
        print('begins to sleep', file=sys.stderr, flush=True)
        time.sleep(float(query))
    if path == '/leak':
        kept.append(b'x' * int(query))
        time.sleep(2 if int(query) > 200000000 else 0)
    body = ('${version} %d' % os.getpid()).encode()
    start_response('200 OK', [('Content-Length', str(len(body)))])
    return [body]
`;

const asgi = (version: string): string => `
import asyncio, os
async def application(scope, receive, send):
    if scope['type'] == 'lifespan':
        await receive()
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        return await send({'type': 'lifespan.shutdown.complete'})
    await asyncio.sleep(0.002)
    body = ('${version} %d' % os.getpid()).encode()
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'%d' % len(body))]})
    await send({'type': 'http.response.body', 'body': body})
`;

interface Release {
  readonly server: Server;
  /** Puts another version in the place of the app's file. */
  readonly write: (source: string) => void;
  readonly hup: () => void;
  /** `VERSION PID`, of one request. */
  readonly ask: (path?: string) => Promise<string>;
}

function argumentsFor(folder: string, args: readonly string[]): string[] {
  const bind = ['-b', '127.0.0.1:0', '--chdir', folder, '--python', venvPython('main')];
  return ['app:application', ...bind, ...args];
}

async function release(t: TestContext, source: string, args: readonly string[] = []): Promise<Release> {
  const folder = temporaryFolder(t);
  const write = (text: string): void => writeFileSync(join(folder, 'app.py'), text);
  write(source);
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const server = await startLicorne(t, argumentsFor(folder, args), { env });
  const ask = async (path = '/'): Promise<string> => (await fetch(server.url + path)).text();
  return { server, write, hup: () => void process.kill(server.pid, 'SIGHUP'), ask };
}

function assertNoneLost(load: Load): void {
  assert.deepEqual([...load.statuses.keys()], [200], JSON.stringify([...load.statuses]));
}

for (const [name, source] of [
  ['WSGI', wsgi],
  ['ASGI', asgi],
] as const) {
  test(`reloads under load lose no request and replace every worker (${name})`, async (t) => {
    const { server, write, hup } = await release(t, source('v1'), ['-w', '3', '--gateways', '2']);
    const before = workersOf(server.pid);
    const load = putUnderLoad(t, server);
    for (const version of ['v2', 'v3']) {
      write(source(version));
      const reloads = [...server.output.stderr.matchAll(/Reloaded: 3 new workers/g)].length;
      hup();
      await until(
        () => [...server.output.stderr.matchAll(/Reloaded: 3 new workers/g)].length > reloads,
        `the reload to ${version}`,
      );
    }
    await until(() => workersOf(server.pid).length === 3, 'the end of the old workers');
    await load.stop();
    assertNoneLost(load);
    assert.deepEqual(
      new Set([...load.bodies].map((body) => body.split(' ')[0])),
      new Set(['v1', 'v2', 'v3']),
    );
    assert.ok(!workersOf(server.pid).some((pid) => before.includes(pid)));
  });
}

test('after a reload nobody is served by the old code any more', async (t) => {
  const { server, write, hup, ask } = await release(t, wsgi('old'), ['-w', '2']);
  write(wsgi('new'));
  hup();
  await server.waitForLog(/Reloaded: 2 new workers in [\d.]+ s/);
  for (let count = 0; count < 10; count += 1) assert.match(await ask(), /^new /);
});

test('a request that an old worker runs is finished by it, past the reload', async (t) => {
  const { server, write, hup, ask } = await release(t, wsgi('old'), ['-w', '1']);
  const running = ask('/slow?3');
  await server.waitForLog(/begins to sleep/);
  write(wsgi('new'));
  hup();
  await server.waitForLog(/Reloaded/);
  assert.match(await ask(), /^new /);
  assert.match(await running, /^old /);
});

test('a broken release keeps the old one at work, and the log says why; a mended one is taken', async (t) => {
  const { server, write, hup, ask } = await release(t, wsgi('good'), ['-w', '2']);
  const before = workersOf(server.pid);
  const load = putUnderLoad(t, server, { clients: 4 });
  write('def broken(:\n');
  hup();
  await server.waitForLog(/The reload failed, [^\n]*: SyntaxError in app\.py:1/);
  write('import os\nraise RuntimeError("no database")\n');
  hup();
  await server.waitForLog(/The reload failed[^]*File ".*app\.py", line 2[^]*RuntimeError: no database/);
  await until(() => workersOf(server.pid).length === 2, 'the end of the canary');
  assert.deepEqual(new Set(workersOf(server.pid)), new Set(before));
  write(wsgi('mended'));
  hup();
  await server.waitForLog(/Reloaded: 2 new workers/);
  assert.match(await ask(), /^mended /);
  await load.stop();
  assertNoneLost(load);
});

test('with two apps a fault of one leaves both as they are', async (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('app.py', wsgi('one'));
  write('other.py', wsgi('two'));
  write(
    'licorne.toml',
    '[app]\ntarget = "app"\n[apps.other]\ntarget = "other"\n[server]\nbind = ["127.0.0.1:0"]\n[[site]]\n[[site.location]]\npath = "/other"\napp = "other"\n',
  );
  const args = ['-c', join(folder, 'licorne.toml'), '--python', venvPython('main')];
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const server = await startLicorne(t, args, { cwd: folder, env });
  const before = workersOf(server.pid);
  assert.equal(before.length, 2);
  write('app.py', wsgi('three'));
  write('other.py', 'raise RuntimeError("not today")\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/The reload failed[^]*not today/);
  await until(() => workersOf(server.pid).length === 2, 'the end of the canaries');
  assert.deepEqual(new Set(workersOf(server.pid)), new Set(before));
  assert.match(await (await fetch(server.url)).text(), /^one /);
});

test('max_requests replaces workers under load without a loss', async (t) => {
  const args = ['-w', '2', '--threads', '2', '--max-requests', '5', '--max-requests-jitter', '3'];
  const { server } = await release(t, wsgi('v'), args);
  const load = putUnderLoad(t, server);
  await until(() => load.bodies.size >= 6, 'the sixth worker', 60_000);
  await load.stop();
  assertNoneLost(load);
  assert.match(server.output.stderr, /has had its number of requests \(max_requests\); it is replaced/);
  await until(() => workersOf(server.pid).length === 2, 'two workers', 30_000);
});

test('a worker whose memory grows is replaced, and its request is finished', async (t) => {
  const { server, ask } = await release(t, wsgi('v'), ['--max-memory', '100m']);
  const pid = (await ask()).split(' ')[1];
  assert.equal((await ask('/leak?100000000')).split(' ')[1], pid);
  await server.waitForLog(/has \d+ MiB of memory, more than max_memory \(100 MiB\); it is replaced/);
  await until(async () => (await ask()).split(' ')[1] !== pid, 'another worker');
});

test('a worker above max_memory_hard is killed at once; its client gets 502 and the log says why', async (t) => {
  const { server, ask } = await release(t, wsgi('v'), ['--max-memory-hard', '150m']);
  const response = await fetch(`${server.url}/leak?250000000`);
  assert.equal(response.status, 502);
  assert.match(await ask(), /^v /);
  assert.match(
    server.output.stderr,
    /has \d+ MiB of memory, more than max_memory_hard \(150 MiB\), and is killed/,
  );
});

test('max_lifetime replaces a worker that is old, without a loss', async (t) => {
  const { server } = await release(t, wsgi('v'), ['--max-lifetime', '1']);
  const load = putUnderLoad(t, server, { clients: 2 });
  await until(() => load.bodies.size >= 3, 'the third worker', 30_000);
  await load.stop();
  assertNoneLost(load);
  assert.match(server.output.stderr, /is \d+ s old \(max_lifetime\); it is replaced/);
});

test('a worker that has had enough goes on when its successor cannot start', async (t) => {
  const { server, write, ask } = await release(t, wsgi('old'), ['--max-requests', '3']);
  const load = putUnderLoad(t, server, { clients: 1, path: '/slow?0.05' });
  write('raise RuntimeError("half a deploy")\n');
  await server.waitForLog(/goes on, because its successor could not start[^]*half a deploy/, 20_000);
  assert.match(await ask(), /^old /);
  write(wsgi('new'));
  await until(async () => (await ask()).startsWith('new '), 'the successor', 30_000);
  await load.stop();
  assertNoneLost(load);
});

test('a worker that is killed is replaced, and only what it ran is lost', async (t) => {
  const { server } = await release(t, wsgi('v'), ['-w', '2']);
  const load = putUnderLoad(t, server, { clients: 4 });
  await until(() => load.count() > 50, 'some requests');
  const [victim = 0] = workersOf(server.pid);
  process.kill(victim, 'SIGKILL');
  const before = load.count();
  await until(() => load.count() > before + 100 && workersOf(server.pid).length === 2, 'the replacement');
  await load.stop();
  const { statuses } = load;
  assert.ok((statuses.get(502) ?? 0) <= 1, JSON.stringify([...statuses]));
  assert.deepEqual(
    [...statuses.keys()].filter((status) => status !== 200 && status !== 502),
    [],
  );
});

test('warm-up requests are made before a worker serves', async (t) => {
  const source = `
import os
seen = []
def application(environ, start_response):
    seen.append('%s?%s %s' % (environ['PATH_INFO'], environ['QUERY_STRING'], environ['HTTP_USER_AGENT']))
    start_response('200 OK', [])
    return [repr(seen).encode()]
`;
  const { ask } = await release(t, source, ['--warmup', '/first,/second?a=1']);
  assert.match(await ask(), /^\['\/first\? licorne-warmup', '\/second\?a=1 licorne-warmup', '\/\? /);
});

for (const [name, source] of [
  ['WSGI', 'def application(environ, start_response):\n    raise KeyError("settings")\n'],
  ['ASGI', 'async def application(scope, receive, send):\n    raise KeyError("settings")\n'],
] as const) {
  test(`a warm-up request that fails is a failed start, with its traceback (${name})`, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'app.py'), source);
    const server = launchLicorne(t, argumentsFor(folder, ['--warmup', '/']));
    assert.equal((await server.ended).code, 3);
    assert.match(
      server.output.stderr,
      /The warm-up request GET \/ failed: KeyError[^]*app\.py", line 2[^]*KeyError/,
    );
  });
}

test('a release whose warm-up answers 500 does not replace the one that serves', async (t) => {
  const { server, write, hup, ask } = await release(t, wsgi('good'), ['--warmup', '/']);
  write(wsgi('bad').replace('200 OK', '500 Internal Server Error'));
  hup();
  await server.waitForLog(/The reload failed[^]*The warm-up request GET \/ was answered with 500/);
  assert.match(await ask(), /^good /);
});

test('HUP from a person reloads a server in a terminal, the end of the terminal ends it', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), wsgi('v'));
  const holder = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
import threading
def pump():
    try:
        while True:
            os.write(1, os.read(terminal, 65536))
    except OSError:
        pass
threading.Thread(target=pump, daemon=True).start()
sys.stdin.readline()
os._exit(0)
`;
  const args = ['-c', holder, process.execPath, licorne, ...argumentsFor(folder, [])];
  const child = spawn(venvPython('main'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await until(() => /Listening on/.test(output), 'the start', 30_000);
  const pid = Number(output.split('\n')[0]);
  const family = [pid, ...descendants(pid)];
  process.kill(pid, 'SIGHUP');
  await until(() => /Reloaded: 1 new worker/.test(output), 'the reload');
  assert.ok(alive(pid));
  child.stdin.write('\n');
  await once(child, 'exit');
  await until(() => !alive(pid), 'the end of the server');
  await until(() => !family.some(alive), 'the end of its children');
});

test('the static files of a new release take the place of the old ones with its workers', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'app.css'), name);
  }
  const write = (root: string): void =>
    writeFileSync(
      join(folder, 'app.py'),
      `
from pathlib import Path
from django.conf import settings
settings.configure(SECRET_KEY='x', ROOT_URLCONF='app', ALLOWED_HOSTS=['*'], STATIC_URL='/static/',
    INSTALLED_APPS=['django.contrib.staticfiles'], STATIC_ROOT=Path(__file__).parent / '${root}')
urlpatterns = []
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
`,
    );
  write('one');
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const server = await startLicorne(t, argumentsFor(folder, ['-w', '2']), { env });
  const css = async (): Promise<string> => (await fetch(`${server.url}/static/app.css`)).text();
  assert.equal(await css(), 'one');
  write('two');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded/, 20_000);
  assert.equal(await css(), 'two');
});
