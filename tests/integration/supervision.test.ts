// Master, gateways and workers: what happens when one of them is killed, and how the whole is stopped.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient } from '../helpers/http.ts';
import { launchPlain, servePlain } from '../helpers/plain.ts';
import { alive, descendants } from '../helpers/processes.ts';
import type { Server } from '../helpers/server.ts';

const sleepPath = (seconds: number) => `/?seconds=${seconds}`;

async function until(condition: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function workersOf(server: Server): number[] {
  return descendants(server.pid).filter((pid) => commOf(pid) === 'licorne: worker');
}

function gatewaysOf(server: Server): number[] {
  return descendants(server.pid).filter((pid) => commOf(pid).startsWith('licorne: gatewa'));
}

async function workerPid(server: Server): Promise<number> {
  return Number((await (await fetch(server.url)).text()).split(' ')[0]);
}

/** Starts a request that takes a while and waits until a worker runs it. */
async function slowRequest(
  t: TestContext,
  server: Server,
  seconds: number,
): Promise<{ response: Promise<Response> }> {
  const response = fetch(server.url + sleepPath(seconds));
  t.after(() => response.catch(() => undefined));
  await server.waitForLog(/begins to sleep/);
  return { response };
}

test('a worker killed in the middle of a request costs that request alone', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '1']);
  const pid = await workerPid(server);
  const running = await slowRequest(t, server, 30);
  process.kill(pid, 'SIGKILL');
  const response = await running.response;
  assert.equal(response.status, 502);
  assert.match(await response.text(), /came to an end/);
  const next = await workerPid(server);
  assert.notEqual(next, pid);
  const line = await server.waitForLog(/worker 0 \(pid (\d+)\).*GET \/\?seconds=30.*request_id=/);
  assert.equal(Number(line[1]), pid);
  await server.waitForLog(/Worker 0 \(pid \d+\) was killed with SIGKILL/);
});

test('requests wait while the only worker is being replaced', async (t) => {
  const server = await servePlain(t, 'slow');
  process.kill(await workerPid(server), 'SIGKILL');
  const responses = await Promise.all(Array.from({ length: 10 }, () => fetch(server.url)));
  const statuses = responses.map((response) => response.status);
  assert.ok(statuses.filter((status) => status === 200).length >= 9, statuses.join(' '));
});

test('a worker sent SIGTERM finishes its request and is replaced without a loss', async (t) => {
  const server = await servePlain(t, 'slow');
  const pid = await workerPid(server);
  const running = await slowRequest(t, server, 1);
  process.kill(pid, 'SIGTERM');
  const response = await running.response;
  assert.equal(response.status, 200);
  assert.equal(Number((await response.text()).split(' ')[0]), pid);
  assert.notEqual(await workerPid(server), pid);
});

test('a killed gateway is replaced on the same socket and the workers live on', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2']);
  const [gateway = 0] = gatewaysOf(server);
  const workers = workersOf(server);
  assert.equal(workers.length, 2);
  process.kill(gateway, 'SIGKILL');
  await until(() => !alive(gateway), 'the end of the gateway');
  assert.equal((await fetch(server.url)).status, 200);
  assert.deepEqual(new Set(workersOf(server)), new Set(workers));
});

test('when the master is killed nothing is left behind', async (t) => {
  const parent = temporaryFolder(t);
  const server = await servePlain(t, 'slow', [
    '-w',
    '2',
    '--threads',
    '2',
    '--gateways',
    '2',
    '--run-dir',
    parent,
  ]);
  const family = descendants(server.pid);
  assert.equal(family.length, 4);
  assert.equal(readdirSync(parent).length, 1);
  const running = fetch(server.url + sleepPath(20)).catch(() => undefined);
  process.kill(server.pid, 'SIGKILL');
  await until(() => !family.some(alive), 'the end of every process');
  await running;
  await until(() => readdirSync(parent).length === 0, 'the end of the run directory');
});

test('TERM finishes what is running, refuses new connections and exits with 0', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2', '--access-log', '-']);
  const idle = new RawClient(server);
  idle.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await idle.read();
  const running = await slowRequest(t, server, 1);
  const stopped = server.stop('SIGTERM');
  await server.waitForLog(/Stopping/);
  assert.ok(await idle.closed(), 'an idle connection is closed');
  await assert.rejects(fetch(server.url));
  const response = await running.response;
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('connection'), 'close');
  assert.deepEqual(await stopped, { code: 0, signal: null });
  assert.match(server.output.stdout, /GET \/\?seconds=1 HTTP\/1\.1" 200/);
});

test('TERM to every process of the server at once, as systemd sends it, loses nothing either', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2']);
  const running = await slowRequest(t, server, 1);
  for (const pid of [...descendants(server.pid), server.pid]) process.kill(pid, 'SIGTERM');
  assert.equal((await running.response).status, 200);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.doesNotMatch(server.output.stderr, /WARNING|ERROR/);
});

test('a request that outlives graceful_timeout is cut and the server still exits with 0', async (t) => {
  const server = await servePlain(t, 'slow', ['--graceful-timeout', '1', '--access-log', '-']);
  const running = await slowRequest(t, server, 60);
  const started = Date.now();
  assert.deepEqual(await server.stop('SIGTERM'), { code: 0, signal: null });
  assert.ok(Date.now() - started < 8_000);
  assert.equal((await running.response).status, 502);
  const { stdout, stderr } = server.output;
  assert.match(stdout, /GET \/\?seconds=60 HTTP\/1\.1" 502/);
  assert.match(
    stderr,
    /GET \/\?seconds=60 was cut off after \d+ ms \(in worker 0 of app\): the server stopped \(graceful_timeout\), the client got 502/,
  );
  assert.match(stderr, /This is where GET \/\?seconds=60 is \(graceful_timeout\)[^]*time\.sleep/);
});

for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} ends at once, with 0`, async (t) => {
    const server = await servePlain(t, 'slow', ['--access-log', '-']);
    const running = await slowRequest(t, server, 60);
    const started = Date.now();
    assert.deepEqual(await server.stop(signal), { code: 0, signal: null });
    assert.ok(Date.now() - started < 5_000);
    assert.equal((await running.response).status, 502);
    assert.match(server.output.stdout, /GET \/\?seconds=60 HTTP\/1\.1" 502/);
    assert.match(server.output.stderr, /GET \/\?seconds=60 was cut off [^\n]*\(--now, QUIT or INT\)/);
    assert.doesNotMatch(server.output.stderr, /This is where|worker \d \(pid/);
  });
}

test('TTIN adds a worker and TTOU takes one away, never the last', async (t) => {
  const server = await servePlain(t, 'slow');
  process.kill(server.pid, 'SIGTTIN');
  await until(() => workersOf(server).length === 2, 'a second worker');
  process.kill(server.pid, 'SIGTTOU');
  await until(() => workersOf(server).length === 1, 'one worker less');
  process.kill(server.pid, 'SIGTTOU');
  assert.equal((await fetch(server.url)).status, 200);
  assert.equal(workersOf(server).length, 1);
});

test('two gateways with two workers serve as one', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2', '--gateways', '2']);
  const pids = new Set<number>();
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const response = await fetch(server.url + sleepPath(0.05), { headers: { connection: 'close' } });
      pids.add(Number((await response.text()).split(' ')[0]));
    }),
  );
  assert.equal(pids.size, 2);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a busy port ends the start with 1, and says who has it and what to do', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const server = launchPlain(t, 'hello', ['-b', `127.0.0.1:${port}`]);
  assert.deepEqual(await server.ended, { code: 1, signal: null });
  assert.match(
    server.output.stderr,
    new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use by process ${process.pid}`),
  );
  assert.match(server.output.stderr, new RegExp(`-b 127\\.0\\.0\\.1:${port + 1}`));
});

test('several addresses are served at once: IPv4, IPv6 and a Unix socket with its mode', async (t) => {
  const path = join(temporaryFolder(t), 'app.sock');
  const server = await servePlain(t, 'environ', [
    '-b',
    '127.0.0.1:0',
    '-b',
    '[::1]:0',
    '-b',
    `unix:${path}`,
    '--socket-mode',
    '0600',
  ]);
  await server.waitForLog(/Listening on unix:/);
  const urls = [...server.output.stdout.matchAll(/Listening on (http\S+)/g)].map((match) => match[1] ?? '');
  assert.equal(urls.length, 2);
  for (const url of urls) assert.equal((await fetch(url)).status, 200);
  const client = new RawClient({ path });
  client.send('GET / HTTP/1.1\r\nHost: example.test:81\r\n\r\n');
  assert.equal((await client.read()).status, 200);
  client.close();
  const { statSync } = await import('node:fs');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await server.stop();
  assert.equal(existsSync(path), false);
});

test('the pid file holds the master’s id while it runs', async (t) => {
  const path = join(temporaryFolder(t), 'licorne.pid');
  const server = await servePlain(t, 'hello', ['--pid-file', path]);
  assert.equal(readFileSync(path, 'utf8'), `${server.pid}\n`);
  const second = launchPlain(t, 'hello', ['--pid-file', path]);
  assert.equal((await second.ended).code, 1);
  assert.match(second.output.stderr, new RegExp(`names process ${server.pid}, which is running`));
  await server.stop();
  assert.equal(existsSync(path), false);
});

test('USR1 opens the log files anew', async (t) => {
  const folder = temporaryFolder(t);
  const access = join(folder, 'access.log');
  const errors = join(folder, 'error.log');
  const server = await servePlain(t, 'errors_log', ['--access-log', access, '--error-log', errors]);
  await (await fetch(`${server.url}/before`)).text();
  await until(() => existsSync(access) && readFileSync(access, 'utf8').includes('/before'), 'the first line');
  const { renameSync } = await import('node:fs');
  renameSync(access, `${access}.1`);
  renameSync(errors, `${errors}.1`);
  process.kill(server.pid, 'SIGUSR1');
  await until(() => existsSync(access) && existsSync(errors), 'new files');
  await (await fetch(`${server.url}/after`)).text();
  await until(() => readFileSync(access, 'utf8').includes('/after'), 'a line in the new access log');
  assert.equal(readFileSync(`${access}.1`, 'utf8').includes('/after'), false);
});

for (const flag of ['--access-log', '--error-log', '--pid-file']) {
  test(`${flag} into a folder that does not exist ends the start with 1, and says what to do`, async (t) => {
    const path = join(temporaryFolder(t), 'missing', 'file');
    const server = launchPlain(t, 'hello', [flag, path]);
    assert.deepEqual(await server.ended, { code: 1, signal: null });
    assert.match(server.output.stderr, /Cannot write \w+ .*the folder .*missing does not exist[^]*mkdir -p/);
  });
}

const failures: [app: string, code: number, text: RegExp][] = [
  ['import_missing_module', 3, /No module named[^]*hint/],
  ['import_missing_package', 3, /No module named[^]*hint/],
  ['import_syntax_error', 3, /SyntaxError[^]*hint/],
  ['import_raises', 3, /Traceback[^]*raised while it was imported/],
  ['import_no_attribute', 4, /application[^]*hint/],
  ['import_not_callable', 4, /callable[^]*hint/],
];
for (const [app, code, text] of failures) {
  test(`an app that cannot be loaded (${app}) ends the start with ${code} and an explanation`, async (t) => {
    const server = launchPlain(t, app);
    assert.deepEqual(await server.ended, { code, signal: null });
    assert.match(server.output.stderr, text);
    assert.match(server.output.stderr, /licorne: error: /);
  });
}

test('an app whose import never ends is given up after boot_timeout', async (t) => {
  const folder = temporaryFolder(t);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(folder, 'app.py'), 'import slow\n');
  writeFileSync(join(folder, 'slow.py'), 'import time\ntime.sleep(60)\n');
  const server = launchPlain(t, 'hello', ['--chdir', folder, '--boot-timeout', '1']);
  assert.equal((await server.ended).code, 3);
  assert.match(
    server.output.stderr,
    /not loaded within 1 s \(boot_timeout\)[^]*Thread MainThread:\n  File "[^"]*app\.py", line 1, in <module>\n    import slow\n  File "[^"]*slow\.py", line 2[^]*--boot-timeout/,
  );
});

test('an import that is held up in code that is no Python is written down by the interpreter itself', async (t) => {
  const folder = temporaryFolder(t);
  const { writeFileSync } = await import('node:fs');
  // A call that keeps the lock of the interpreter: no thread of it can run meanwhile.
  writeFileSync(join(folder, 'app.py'), 'import ctypes\nctypes.PyDLL(None).sleep(60)\n');
  const server = launchPlain(t, 'hello', ['--chdir', folder, '--boot-timeout', '1']);
  assert.equal((await server.ended).code, 3);
  assert.match(server.output.stderr, /not loaded within 1 s \(boot_timeout\)/);
  assert.match(
    server.output.stderr,
    /Fatal Python error: (?:licorne: [^]*\n)?Aborted[^]*app\.py", line 2 in <module>/,
  );
});

test('10,000 requests at concurrency 100 lose none but those in killed workers', async (t) => {
  const server = await servePlain(t, 'slow', ['-w', '2', '--queue-timeout', '60']);
  let left = 10_000;
  const counts = new Map<number, number>();
  const client = async (): Promise<void> => {
    const raw = new RawClient(server);
    while (left-- > 0) {
      raw.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const { status } = await raw.read({ withinMs: 60_000 });
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    raw.close();
  };
  let kills = 0;
  const killer = setInterval(() => {
    const [victim] = workersOf(server);
    if (victim === undefined || kills >= 8) return;
    kills += 1;
    process.kill(victim, 'SIGKILL');
  }, 400);
  t.after(() => clearInterval(killer));
  await Promise.all(Array.from({ length: 100 }, client));
  clearInterval(killer);
  const lost = counts.get(502) ?? 0;
  assert.ok(kills >= 1);
  assert.deepEqual(
    [...counts.keys()].filter((status) => status !== 200 && status !== 502),
    [],
  );
  assert.equal((counts.get(200) ?? 0) + lost, 10_000);
  assert.ok(lost <= kills, `${lost} lost with ${kills} kills of single-threaded workers`);
});

test('a log of its own tells of the start and of the end', async (t) => {
  const server = await servePlain(t, 'slow', ['--log-format', 'json']);
  await server.stop('SIGTERM');
  const lines = server.output.stderr.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /"Licorne \S+ serves app:application/);
  assert.match(lines[1] ?? '', /"Listening on http:/);
  assert.match(lines.at(-1) ?? '', /"Stopped"/);
});
