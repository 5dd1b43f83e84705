import assert from 'node:assert/strict';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

/** In the folder of the application, with its virtual environment activated: as the lines of a tutorial are typed. */
function start(t: TestContext, folder: string, args: readonly string[]): Promise<Server> {
  const env = { VIRTUAL_ENV: dirname(dirname(venvPython())), PYTHONPATH: apps };
  return startLicorne(t, args, { cwd: join(apps, folder), env });
}

async function assertServes({ url }: Server, name: string): Promise<void> {
  assert.match(await (await fetch(url)).text(), new RegExp(`Hello from ${name}`));
}

test('gunicorn PROJECT.asgi:application -k uvicorn.workers.UvicornWorker serves', async (t) => {
  const line = 'gunicorn site_project.asgi:application -k uvicorn.workers.UvicornWorker -b 127.0.0.1:0 -w 2';
  const server = await start(t, 'django', line.split(' '));
  await assertServes(server, 'Django');
  assert.equal(await (await fetch(`${server.url}/async/hello/you`)).text(), 'Hello, you!');
  assert.match(server.output.stdout + server.output.stderr, /\(ASGI\) with 2 workers/);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('gunicorn with the worker class of another package serves an async app, too', async (t) => {
  const line = 'gunicorn app:app --worker-class uvicorn_worker.UvicornWorker --bind 127.0.0.1:0';
  await assertServes(await start(t, 'fastapi', line.split(' ')), 'FastAPI');
});

test('uvicorn main:app --port N serves', async (t) => {
  const server = await start(t, 'fastapi', 'uvicorn app:app --port 0'.split(' '));
  await assertServes(server, 'FastAPI');
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:/);
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
  await once(socket, 'open');
  socket.send('hello');
  assert.equal(String(((await once(socket, 'message')) as [Buffer])[0]), 'hello');
  socket.close();
  await server.waitForLog(/"GET \/ws HTTP\/1\.1" 101/); // it has an access log by default
});

test('uvicorn with a factory, a prefix and the lifespan on serves', async (t) => {
  const line = 'uvicorn factory:make --factory --port 0 --root-path /api --lifespan on --workers 2';
  const server = await start(t, 'starlette', line.split(' '));
  await assertServes(server, 'Starlette');
  const { url } = (await (await fetch(`${server.url}/where`)).json()) as { url: string };
  assert.match(url, /\/api\/where$/);
});

test('an application whose start-up fails ends the start with its reason', async (t) => {
  await assert.rejects(
    start(t, 'starlette', ['uvicorn', 'factory:failing', '--port', '0']),
    /the database does not answer/,
  );
});
