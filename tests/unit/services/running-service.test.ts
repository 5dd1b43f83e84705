import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { freePort } from '../../../src/services/free-port.ts';
import { probe } from '../../../src/services/probe.ts';
import { RunningService } from '../../../src/services/running-service.ts';
import { type ServiceClient, ServicePorts } from '../../../src/supervisor/service-ports.ts';
import type { ServiceSpec } from '../../../src/supervisor/service-spec.ts';
import type { ServicePort } from '../../../src/wire/service-control.ts';
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

interface Running {
  service: RunningService;
  lines: string[];
  ports: ServicePorts;
  /** What a gateway was told. */
  told: ServicePort[];
  gateway: ServiceClient;
}

function running(t: TestContext, given: ServiceSpec, lookMs = 10_000): Running {
  const lines: string[] = [];
  const log = new Log({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const ports = new ServicePorts();
  const told: ServicePort[] = [];
  const gateway: ServiceClient = { service: (message) => told.push(message) };
  ports.follow(gateway);
  const output = () => ({ stdoutFd: 2, stderrFd: 2 });
  const service = new RunningService(given, { log, output, ports, gracefulMs: () => 60_000, lookMs });
  t.after(() => service.kill());
  void service.start();
  return { service, lines, ports, told, gateway };
}

const said = (lines: readonly string[], pattern: RegExp) => (): boolean =>
  lines.some((line) => pattern.test(line));

async function ask(port: number, path = '/'): Promise<{ pid: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { pid: Number(response.headers.get('x-pid')), text: await response.text() };
}

test('a service is told its port, is ready when it answers, and ends when it is told to', async (t) => {
  const { service, lines } = running(t, spec({ env: { WORD: 'hello' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { pid, text } = await ask(service.status.port);
  assert.deepEqual([pid, text], [service.status.pid, 'hello']);
  assert.ok(said(lines, /The service api is ready on port [0-9]+/)());
  await service.stop();
  assert.equal(alive(pid), false);
});

test('a service that ended is started again, at once and on its port', async (t) => {
  const { service, lines } = running(t, spec());
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { port } = service.status;
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
  const { service, lines } = running(t, spec(), 20);
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const first = service.status.pid;
  await ask(service.status.port, '/sick');
  await until(said(lines, /api is not well \(\/ answered 500\)/), 'a line that says so');
  await until(() => service.status.state === 'ready' && service.status.pid !== first, 'another process');
});

test('what can’t be started, and what never gets ready, is told with its reason', async (t) => {
  const missing = running(t, spec({ command: ['/no/such/program'] }));
  await until(
    said(missing.lines, /could not be started: there is no program \/no\/such\/program/),
    'a line that says so',
  );
  const silent = running(
    t,
    spec({ command: [process.execPath, '-e', 'setInterval(() => 0, 1e6)'], startMs: 300 }),
  );
  await until(
    said(silent.lines, /api was not ready within 0\.3 s \(nobody answers on port/),
    'a line that says so',
  );
});

test('a new one is ready before the old one goes, which nobody has to have a request with; when it is not, the old one stays', async (t) => {
  const { service, ports, told, gateway } = running(t, spec({ env: { WORD: 'old' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const old = service.status.port;
  const broken = await service.successor(spec({ command: [process.execPath, '-e', 'process.exit(3)'] }));
  assert.match(broken.fault ?? '', /The service api exited with code 3/);
  broken.abandon();
  assert.equal((await ask(service.status.port)).text, 'old');
  const next = await service.successor(spec({ env: { WORD: 'new' } }));
  assert.equal(next.fault, null);
  assert.equal(service.status.port, old);
  next.take();
  assert.equal((await ask(service.status.port)).text, 'new');
  assert.equal((await ask(old)).text, 'old');
  assert.deepEqual(
    told.map(({ port }) => port),
    [old, service.status.port],
  );
  ports.left(gateway, { type: 'service_left', name: 'api', opening: told[0]?.opening ?? 0 });
  await until(
    async () => /nobody listens/.test((await probe(old, '', 1000)) ?? ''),
    'the end of the old one',
  );
});

test('with a fixed port the old one ends first, when its requests have ended', async (t) => {
  const port = await freePort();
  const { service, ports, told, gateway } = running(t, spec({ port, env: { WORD: 'old' } }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const next = await service.successor(spec({ port, env: { WORD: 'new' } }));
  assert.equal(next.fault, null);
  next.take();
  assert.deepEqual([told.at(-1)?.port, told.at(-1)?.coming], [0, true]);
  assert.equal((await ask(port)).text, 'old');
  ports.left(gateway, { type: 'service_left', name: 'api', opening: told[0]?.opening ?? 0 });
  await until(() => service.status.state === 'ready', 'the new one');
  assert.deepEqual([service.status.port, (await ask(port)).text], [port, 'new']);
  assert.equal(told.at(-1)?.port, port);
});

test('requests are to wait for one that served, and not for one that never got ready', async (t) => {
  const served = running(t, spec());
  await until(() => served.service.status.state === 'ready', 'a service that is ready');
  await ask(served.service.status.port, '/quit').catch(() => undefined);
  await until(() => served.told.length >= 2, 'news of its end');
  assert.deepEqual([served.told[1]?.port, served.told[1]?.coming], [0, true]);
  const broken = running(t, spec({ command: [process.execPath, '-e', 'process.exit(3)'] }));
  await broken.service.settled;
  assert.deepEqual([broken.told[0]?.port, broken.told[0]?.coming], [0, false]);
});

test('the port stands in the arguments where its variable does', async (t) => {
  const command = [process.execPath, '-e', SERVER, '$WEB', 'a${WEB}b', '$WEBS'];
  const echo = SERVER.replace("process.env.WORD || ''", 'process.argv.slice(1).join()').replace(
    'PORT',
    'WEB',
  );
  command[2] = echo;
  const { service } = running(t, spec({ command, portVariable: 'WEB' }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { port } = service.status;
  assert.equal((await ask(port)).text, `${port},a${port}b,$WEBS`);
});

test('what a service started itself ends with it', async (t) => {
  const parent = `
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
require('node:http').createServer((_, response) => response.end(String(child.pid))).listen(Number(process.env.PORT), '127.0.0.1');
`;
  const { service } = running(t, spec({ command: [process.execPath, '-e', parent] }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const child = Number((await ask(service.status.port)).text);
  assert.ok(alive(child));
  process.kill(service.status.pid, 'SIGKILL');
  await until(() => !alive(child), 'the end of its child');
});

test('one that does not end is killed', async (t) => {
  const stubborn = `process.on('SIGTERM', () => undefined);${SERVER}`;
  const { service } = running(t, spec({ command: [process.execPath, '-e', stubborn], stopMs: 200 }));
  await until(() => service.status.state === 'ready', 'a service that is ready');
  const { pid } = service.status;
  await service.stop();
  assert.equal(alive(pid), false);
});
