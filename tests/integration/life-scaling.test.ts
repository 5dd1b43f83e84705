// How many workers there are: by signal, by the queue, none before the first request and none after the last.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient } from '../helpers/http.ts';
import { type Load, putUnderLoad } from '../helpers/load.ts';
import { servePlain } from '../helpers/plain.ts';
import { workersOf } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

async function serveSource(t: TestContext, source: string, args: readonly string[]) {
  const folder = temporaryFolder(t);
  const write = (text: string): void => writeFileSync(join(folder, 'app.py'), text);
  write(source);
  const server = await startLicorne(
    t,
    ['app:application', '-b', '127.0.0.1:0', '--chdir', folder, '--python', venvPython('main'), ...args],
    { env: { PYTHONDONTWRITEBYTECODE: '1' } },
  );
  return { server, write };
}

function assertNoneLost(load: Load): void {
  assert.deepEqual([...load.statuses.keys()], [200], JSON.stringify([...load.statuses]));
}

async function untilWorkers(server: Server, count: number, withinMs?: number): Promise<void> {
  await until(() => workersOf(server.pid).length === count, `${count} workers`, withinMs);
}

test('TTIN and TTOU under load lose no request', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2']);
  const load = putUnderLoad(t, server, { path: '/?seconds=0.01' });
  for (const signal of ['SIGTTIN', 'SIGTTIN', 'SIGTTOU', 'SIGTTOU', 'SIGTTOU'] as const) {
    const before = workersOf(server.pid).length;
    process.kill(server.pid, signal);
    await untilWorkers(server, before + (signal === 'SIGTTIN' ? 1 : -1));
  }
  await load.stop();
  assertNoneLost(load);
});

test('workers are added while requests wait, and leave when there is less to do', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '1', '--workers-max', '2']);
  assert.match(server.output.stdout, /with 1 to 2 workers/);
  const load = putUnderLoad(t, server, { clients: 4, path: '/?seconds=0.3' });
  await untilWorkers(server, 2, 30_000);
  await server.waitForLog(/A request has waited \d+ ms: from 1 to 2 workers/);
  await load.stop();
  const gentle = putUnderLoad(t, server, { clients: 1, path: '/?seconds=0.2' });
  await untilWorkers(server, 1, 100_000);
  await server.waitForLog(/Less to do: from 2 to 1 worker/);
  await gentle.stop();
  assertNoneLost(load);
  assertNoneLost(gentle);
});

test('an async app whose handlers hold up its event loop gets workers, and they leave when it has nothing to do', async (t) => {
  const source = `
import time
async def application(scope, receive, send):
    assert scope['type'] == 'http', scope['type']
    end = time.process_time() + (0.06 if scope['path'] == '/heavy' else 0)
    while time.process_time() < end:
        pass
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': b'done'})
`;
  const { server } = await serveSource(t, source, ['-w', '1', '--workers-max', '3']);
  assert.equal((await fetch(`${server.url}/heavy`)).status, 200);
  const load = putUnderLoad(t, server, { clients: 8, path: '/heavy' });
  await untilWorkers(server, 3, 30_000);
  await server.waitForLog(/An event loop is \d+ ms behind: from 1 to 2 workers/);
  await server.waitForLog(/from 2 to 3 workers/);
  await load.stop();
  assertNoneLost(load);
  // The light ones need no more than one.
  const light = putUnderLoad(t, server, { clients: 1 });
  const slowly = setTimeout(() => void light.stop(), 2_000);
  await untilWorkers(server, 1, 150_000);
  clearTimeout(slowly);
  await light.stop();
  assertNoneLost(light);
  await server.waitForLog(/Less to do: from 2 to 1 worker/);
});

test('a cheap app has no worker before its first request, which is answered all the same', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2', '--cheap']);
  assert.match(server.output.stdout, /2 workers from the first request on/);
  assert.deepEqual(workersOf(server.pid), []);
  const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(server.url)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  );
  await untilWorkers(server, 2);
});

test('a cheap app may be an async one, and its first request an upload', async (t) => {
  const source = `
async def application(scope, receive, send):
    assert scope['type'] == 'http', scope['type']
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get('body', b'')), message.get('more_body', False)
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'%d' % size})
`;
  const { server } = await serveSource(t, source, ['--cheap']);
  const answer = await fetch(server.url, { method: 'POST', body: 'x'.repeat(3_000_000) });
  assert.equal(await answer.text(), '3000000');
});

test('a cheap app that cannot start is answered with 503 at once, and starts when it is mended', async (t) => {
  const { server, write } = await serveSource(t, 'raise RuntimeError("no key")\n', ['--cheap']);
  const first = await fetch(server.url);
  assert.equal(first.status, 503);
  assert.match(await first.text(), /could not be started/);
  await server.waitForLog(/could not start: [^\n]*no key[^]*app\.py", line 1/);
  assert.equal((await fetch(server.url)).status, 503);
  write(
    'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"fine"]\n',
  );
  await until(async () => (await fetch(server.url)).status === 200, 'the mended app');
});

test('after idle_timeout there is no worker, and the next request starts them again', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2', '--idle-timeout', '1']);
  assert.equal((await fetch(server.url)).status, 200);
  await server.waitForLog(/No request for 1 s: all workers leave/);
  await untilWorkers(server, 0);
  const answers = await Promise.all(Array.from({ length: 4 }, () => fetch(server.url)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.ok(workersOf(server.pid).length > 0);
});

test('requests that come while the workers of an idle app leave are not lost', async (t) => {
  const server = await servePlain(t, 'hello', ['--idle-timeout', '0.5', '-w', '2']);
  const statuses: number[] = [];
  // The pauses are about as long as the time after which the workers go.
  for (let round = 0; round < 8; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 850 + round * 60));
    const client = new RawClient(server);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    statuses.push((await client.read({ withinMs: 20_000 })).status);
    client.close();
  }
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.match(server.output.stderr, /all workers leave/);
});

test('a request that runs keeps an idle app awake', async (t) => {
  const server = await servePlain(t, 'slow', ['--idle-timeout', '0.5']);
  assert.equal((await fetch(`${server.url}/?seconds=3`)).status, 200);
  assert.ok(!/all workers leave/.test(server.output.stderr.split('begins to sleep')[0] ?? ''));
});

test('a reload of an app at rest takes effect with its next request', async (t) => {
  const source = (version: string): string =>
    `def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${version}"]\n`;
  const { server, write } = await serveSource(t, source('old'), ['--idle-timeout', '1']);
  assert.equal(await (await fetch(server.url)).text(), 'old');
  await untilWorkers(server, 0);
  write(source('new'));
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded/);
  assert.deepEqual(workersOf(server.pid), []);
  assert.equal(await (await fetch(server.url)).text(), 'new');
});

test('workers = auto is a number of processors', async (t) => {
  const server = await servePlain(t, 'hello', ['-w', 'auto']);
  const match = await server.waitForLog(/with (\d+) workers?/);
  assert.equal(workersOf(server.pid).length, Number(match[1]));
});
