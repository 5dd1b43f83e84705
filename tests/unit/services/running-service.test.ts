import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { probe } from '../../../src/services/probe.ts';
import { RunningService } from '../../../src/services/running-service.ts';
import type { ServiceSpec } from '../../../src/services/service-spec.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { alive } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';

/** Answers with its process id and a word; `/quit` ends it, `/sick` makes it answer 500 from then on. */
const SERVER = `
let status = 200;
require('node:http').createServer((request, response) => {
  if (request.url === '/quit') process.exit(7);
  if (request.url === '/sick') status = 500;
  response.writeHead(status, { 'x-pid': process.pid });
  response.end(process.env.WORD || '');
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

function spec(changed: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'api',
    command: [process.execPath, '-e', SERVER],
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    portVariable: 'PORT',
    port: 0,
    health: '/',
    startMs: 20_000,
    stopMs: 5_000,
    stopSignal: 'SIGTERM',
    identity: null,
    ...changed,
  };
}

async function running(
  t: TestContext,
  given: ServiceSpec,
  lookMs = 10_000,
): Promise<{ service: RunningService; lines: string[] }> {
  const lines: string[] = [];
  const log = new Log({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const service = new RunningService(given, log, () => ({ stdoutFd: 2, stderrFd: 2 }), lookMs);
  t.after(() => service.kill());
  await service.prepare();
  service.start();
  return { service, lines };
}

const said = (lines: readonly string[], pattern: RegExp) => (): boolean =>
  lines.some((line) => pattern.test(line));

async function ask(port: number, path = '/'): Promise<{ pid: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { pid: Number(response.headers.get('x-pid')), text: await response.text() };
}

test('a service is told its port, is ready when it answers, and ends when it is told to', async (t) => {
  const { service, lines } = await running(t, spec({ env: { WORD: 'hello' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { pid, text } = await ask(service.port);
  assert.deepEqual([pid, text], [service.status.pid, 'hello']);
  assert.ok(said(lines, /The service api is ready on port [0-9]+/)());
  await service.stop();
  assert.equal(alive(pid), false);
});

test('a service that ended is started again, at once and on its port', async (t) => {
  const { service, lines } = await running(t, spec());
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { port } = service;
  const first = service.status.pid;
  await ask(port, '/quit').catch(() => undefined);
  await until(
    said(lines, /api \(pid [0-9]+\) exited with code 7; starting it again$/m),
    'a line that says so',
  );
  await until(() => service.status.state === 'ready', 'another process');
  assert.notEqual((await ask(port)).pid, first);
});

test('one that is not well any more is replaced', async (t) => {
  const { service, lines } = await running(t, spec(), 20);
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const first = service.status.pid;
  await ask(service.port, '/sick');
  await until(said(lines, /api is not well \(\/ answered 500\)/), 'a line that says so');
  await until(() => service.status.state === 'ready' && service.status.pid !== first, 'another process');
});

test('what can’t be started, and what never gets ready, is told with its reason', async (t) => {
  const missing = await running(t, spec({ command: ['/no/such/program'] }));
  await until(said(missing.lines, /could not be started: .*ENOENT/), 'a line that says so');
  const silent = await running(
    t,
    spec({ command: [process.execPath, '-e', 'setInterval(() => 0, 1e6)'], startMs: 300 }),
  );
  await until(
    said(silent.lines, /api was not ready within 0\.3 s \(nobody answers on port/),
    'a line that says so',
  );
});

test('a new one is ready before the old one goes; when it is not, the old one stays', async (t) => {
  const { service } = await running(t, spec({ env: { WORD: 'old' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const old = service.port;
  const broken = await service.replace(spec({ command: [process.execPath, '-e', 'process.exit(3)'] }));
  assert.match(broken ?? '', /The service api exited with code 3/);
  assert.equal(service.port, old);
  assert.equal((await ask(old)).text, 'old');
  assert.equal(await service.replace(spec({ env: { WORD: 'new' } })), null);
  assert.equal((await ask(service.port)).text, 'new');
  assert.equal((await ask(old)).text, 'old');
  await service.retire();
  assert.match((await probe(old, '', 1000)) ?? '', /nobody listens/);
});

test('with a fixed port the old one ends first', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  holder.close();
  await once(holder, 'close');
  const { service } = await running(t, spec({ port, env: { WORD: 'old' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  assert.equal(await service.replace(spec({ port, env: { WORD: 'new' } })), null);
  await until(() => service.status.state === 'ready', 'the new one');
  assert.deepEqual([service.port, (await ask(port)).text], [port, 'new']);
});

test('what a service started itself ends with it', async (t) => {
  const parent = `
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
require('node:http').createServer((_, response) => response.end(String(child.pid))).listen(Number(process.env.PORT), '127.0.0.1');
`;
  const { service } = await running(t, spec({ command: [process.execPath, '-e', parent] }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const child = Number((await ask(service.port)).text);
  assert.ok(alive(child));
  process.kill(service.status.pid, 'SIGKILL');
  await until(() => !alive(child), 'the end of its child');
});

test('one that does not end is killed', async (t) => {
  const stubborn = `process.on('SIGTERM', () => undefined);${SERVER}`;
  const { service } = await running(t, spec({ command: [process.execPath, '-e', stubborn], stopMs: 200 }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { pid } = service.status;
  await service.stop();
  assert.equal(alive(pid), false);
});
