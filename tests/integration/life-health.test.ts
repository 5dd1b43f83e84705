// /-/live and /-/ready: what a load balancer hears, from the start of the server to its end.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { rawRequest } from '../helpers/http.ts';
import { launchPlain, servePlain } from '../helpers/plain.ts';
import { launchLicorne, type StartOptions } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

/** Loads only when the file `go` is there. */
const PATIENT = `import os, time

while not os.path.exists("go"):
    time.sleep(0.02)

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        environ["wsgi.errors"].write("begins to sleep\\n")
        time.sleep(2)
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
`;

interface Said {
  status: number;
  body: { status: string; reasons?: string[] };
}

/** Asks over the Unix socket of the admin listener; null: nobody listens. */
function ask(socketPath: string, path: string): Promise<Said | null> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Said['body'] }),
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      ['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(error.code ?? '') ? resolve(null) : reject(error),
    );
  });
}

async function until<T>(look: () => Promise<T | null>, what: string, withinMs = 15_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert.ok(Date.now() < end, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function patient(t: TestContext, args: readonly string[] = [], options: StartOptions = {}) {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'app.py'), PATIENT);
  const admin = join(temporaryFolder(t), 'admin.sock');
  const common = ['-b', '127.0.0.1:0', '--python', venvPython(), '--admin-bind', `unix:${admin}`];
  const server = launchLicorne(t, ['app:application', ...common, ...args], { cwd, ...options });
  return { server, admin, go: join(cwd, 'go') };
}

const saying = (admin: string, reason: string) => async (): Promise<Said | null> => {
  const said = await ask(admin, '/-/ready');
  return said?.body.reasons?.includes(reason) === true ? said : null;
};

const ready = (admin: string) => async (): Promise<Said | null> => {
  const said = await ask(admin, '/-/ready');
  return said?.status === 200 ? said : null;
};

test('an admin listener tells of the server from its start on: starting, ready, without a worker, stopping', async (t) => {
  const { server, admin, go } = patient(t);
  const starting = await until(saying(admin, 'the server is starting'), 'starting');
  assert.equal(starting.status, 503);
  assert.equal((await ask(admin, '/-/live'))?.status, 200);
  writeFileSync(go, '');
  const [, url = ''] = await server.waitForLog(/Listening on (\S+)/);
  await server.waitForLog(/Health on unix:\S+/);
  assert.deepEqual((await until(ready(admin), 'ready')).body, { status: 'ready' });
  const pid = Number(await (await fetch(url)).text());
  const { rmSync } = await import('node:fs');
  rmSync(go);
  process.kill(pid, 'SIGKILL');
  const without = await until(saying(admin, 'no worker of app is ready'), 'no worker');
  assert.equal(without.status, 503);
  assert.equal((await ask(admin, '/-/live'))?.status, 200);
  writeFileSync(go, '');
  await until(ready(admin), 'ready again');
  const running = fetch(`${url}/slow`);
  await server.waitForLog(/begins to sleep/);
  process.kill(server.pid, 'SIGTERM');
  await until(saying(admin, 'the server is stopping'), 'stopping');
  assert.equal((await ask(admin, '/-/live'))?.status, 200);
  assert.equal((await running).status, 200);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.equal(existsSync(admin), false);
});

test('an app that may be without workers is ready without one', async (t) => {
  const { server, admin } = patient(t, ['--cheap']);
  await server.waitForLog(/Listening on (\S+)/);
  await until(ready(admin), 'ready');
});

test('an admin listener knows nothing but the health, and leaves no trace in the access log', async (t) => {
  const admin = join(temporaryFolder(t), 'admin.sock');
  const server = await servePlain(t, 'hello', ['--admin-bind', `unix:${admin}`, '--access-log', '-']);
  const place = { path: admin };
  const unknown = await rawRequest(place, 'GET / HTTP/1.1\r\nHost: whoever\r\n\r\n');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.header('content-type'), 'application/json');
  const live = await rawRequest(place, 'GET /-/live HTTP/1.0\r\n\r\n');
  assert.deepEqual([live.status, live.header('cache-control')], [200, 'no-store']);
  assert.equal(
    (await rawRequest(place, 'POST /-/live HTTP/1.1\r\nHost: a\r\n\r\n')).header('allow'),
    'GET, HEAD',
  );
  const upload = 'GET /-/live HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
  assert.equal((await rawRequest(place, upload)).status, 413);
  // The ordinary listener knows nothing of it.
  assert.match(await (await fetch(`${server.url}/-/live`)).text(), /Hello/i);
  await server.waitForLog(/"GET \/-\/live HTTP\/1\.1" 200/);
  assert.equal(server.output.stdout.match(/"(?:GET|POST) /g)?.length, 1);
});

test('with health_paths the ordinary listeners tell it, too, without an access log line', async (t) => {
  const server = await servePlain(t, 'hello', ['--health-paths', '--access-log', '-']);
  const said = await fetch(`${server.url}/-/ready`);
  assert.deepEqual([said.status, await said.json()], [200, { status: 'ready' }]);
  const head = await fetch(`${server.url}/-/live`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '18']);
  await (await fetch(`${server.url}/-/other`)).text();
  await server.waitForLog(/"GET \/-\/other HTTP\/1\.1" 200/);
  assert.doesNotMatch(server.output.stdout, /\/-\/(?:live|ready)/);
});

test('an admin address that is taken, or stands in bind, ends the start with words', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const busy = launchPlain(t, 'hello', ['--admin-bind', `127.0.0.1:${port}`]);
  assert.equal((await busy.ended).code, 1);
  assert.match(busy.output.stderr, new RegExp(`licorne: error: [^\\n]*${port}`));
  const same = launchPlain(t, 'hello', ['-b', '127.0.0.1:8999', '--admin-bind', '127.0.0.1:8999']);
  assert.notEqual((await same.ended).code, 0);
  assert.match(same.output.stderr, /`127\.0\.0\.1:8999` is in `bind` already[^]*health_paths/);
});
