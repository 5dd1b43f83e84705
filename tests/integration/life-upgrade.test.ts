// USR2: a new master on the same sockets takes the service over, and nobody outside notices; or it can't, and nothing has happened.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { atEnd } from '../helpers/at-end.ts';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { alive, descendants, endAll, workersOf } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const APP = `
import os, time
TEXT = 'one'
def application(environ, start_response):
    if environ['PATH_INFO'] == '/slow':
        environ['wsgi.errors'].write('begins to sleep\\n')
        time.sleep(1.5)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [(TEXT + ' ' + str(os.getppid()) + ' ' + repr(sorted(k for k in os.environ if 'FDS' in k))).encode()]
`;

interface Site {
  readonly folder: string;
  readonly server: Server;
}

/** Serves a project of its own, which the test may change. */
async function serveSite(t: TestContext, args: readonly string[] = [], bind = '127.0.0.1:0'): Promise<Site> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'site_app.py'), APP);
  const server = await startLicorne(
    t,
    ['site_app', '-b', bind, '--python', venvPython('main'), '--run-dir', join(folder, 'run'), ...args],
    { cwd: folder, env: { PWD: folder } },
  );
  return { folder, server };
}

function rewrite(site: Site, from: string, to: string): void {
  const path = join(site.folder, 'site_app.py');
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

/** Asks for an upgrade; gives the number of the process that serves then, and sees to its end. */
async function upgrade(t: TestContext, server: Server, pid = server.pid): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  const line = await server.waitForLog(new RegExp(`\\[${pid}\\] .*Upgrade: process (\\d+) serves`), 20_000);
  const successor = Number(line[1]);
  own(t, successor);
  return successor;
}

/** Ends a master that the test did not start itself, and what is below it, before the folder goes that they work in. */
function own(t: TestContext, master: number): void {
  atEnd(t, () => {
    // Killed first, it can't start anybody in the place of those that are.
    const family = [master, ...descendants(master)];
    return endAll(family);
  });
}

async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asks until the answer is of the new one: for a moment both accept. */
async function answered(url: string, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let body = await bodyOf(url); !pattern.test(body); body = await bodyOf(url))
    assert.ok(Date.now() < deadline, `${pattern} was not answered, but ${body}`);
}

async function bodyOf(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

/** Requests without a pause, until told to stop; every other client keeps its connection for as long as it may. Counts what went wrong. */
function load(port: number, clients: number): { stop: () => Promise<{ served: number; faults: string[] }> } {
  const going = { on: true };
  let served = 0;
  const faults: string[] = [];
  const client = async (number: number): Promise<void> => {
    const kept = number % 2 === 0 ? new KeptConnection(port) : null;
    while (going.on) {
      try {
        const answer = await (kept === null ? oneRequest(port) : kept.request());
        if (/^HTTP\/1\.1 200 /.test(answer) && /(one|two) \d+/.test(answer)) served += 1;
        else faults.push(answer.slice(0, 60));
      } catch (error) {
        faults.push(String(error));
      }
    }
  };
  const all = Array.from({ length: clients }, (_, number) => client(number));
  return {
    async stop() {
      going.on = false;
      await Promise.all(all);
      return { served, faults };
    },
  };
}

/** One connection after another; a new one only when an answer has said that it is the last, or between two requests the server has closed. */
class KeptConnection {
  readonly #port: number;
  #client: RawClient | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  async request(): Promise<string> {
    this.#client ??= new RawClient({ port: this.#port });
    const client = this.#client;
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await client.read();
    if (answer.header('connection') === 'close') {
      client.close();
      this.#client = null;
    }
    return `HTTP/1.1 ${answer.status} ${answer.body.toString('utf8')}`;
  }
}

function oneRequest(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    );
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

test('an upgrade under load loses no request, and the new code is served', async (t) => {
  const site = await serveSite(t, ['-w', '2']);
  const { server } = site;
  const clients = load(server.port, 8);
  rewrite(site, "TEXT = 'one'", "TEXT = 'two'");
  const second = await upgrade(t, server);
  assert.deepEqual(await server.left, { code: 0, signal: null });
  const third = await upgrade(t, { ...server }, second);
  await until(() => !alive(second), 'the end of the second master');
  const { served, faults } = await clients.stop();
  assert.deepEqual(faults, []);
  assert.ok(served > 50, `${served} requests served`);
  assert.match(await bodyOf(server.url), new RegExp(`^two ${third} \\[\\]$`));
  process.kill(third, 'SIGTERM');
  await until(() => !alive(third), 'the end of the third master');
  await assert.rejects(fetch(server.url));
});

test('a request that runs when the upgrade comes is finished by the old one', async (t) => {
  const { server } = await serveSite(t);
  const running = bodyOf(`${server.url}/slow`);
  await server.waitForLog(/begins to sleep/);
  const second = await upgrade(t, server);
  await answered(server.url, new RegExp(`^one ${second} `));
  assert.match(await running, new RegExp(`^one ${server.pid} `));
  assert.deepEqual(await server.left, { code: 0, signal: null });
});

test('the number of workers that was told by hand holds for the new master', async (t) => {
  const { server } = await serveSite(t);
  process.kill(server.pid, 'SIGTTIN');
  await until(() => workersOf(server.pid).length === 2, 'the second worker');
  const successor = await upgrade(t, server);
  await until(() => workersOf(successor).length === 2, 'the second worker of the new master');
  await server.left;
});

test('a reload during an upgrade is refused and says why, and so it is afterwards', async (t) => {
  const site = await serveSite(t);
  const { server } = site;
  rewrite(site, 'import os, time', 'import os, time; time.sleep(1)');
  const upgraded = upgrade(t, server);
  await server.waitForLog(/Upgrade: process \d+ starts/);
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/No reload: An upgrade is under way: .* Ask again when it serves\./);
  const slow = fetch(`${server.url}/slow`, { headers: { connection: 'close' } });
  await server.waitForLog(/begins to sleep/);
  const successor = await upgraded;
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(new RegExp(`No reload: The server was upgraded: process ${successor} serves`));
  assert.equal((await slow).status, 200);
  await server.left;
});

test('a release that cannot start leaves the old one as it was, with the reason in the log; a good one after it is taken', async (t) => {
  const site = await serveSite(t);
  const { server } = site;
  rewrite(site, "TEXT = 'one'", 'TEXT = one_two_three');
  process.kill(server.pid, 'SIGUSR2');
  await server.waitForLog(/Upgrade failed; process \d+ goes on as before: .*one_two_three/);
  await server.waitForLog(/NameError/);
  assert.match(await bodyOf(server.url), new RegExp(`^one ${server.pid} `));
  rewrite(site, 'TEXT = one_two_three', "TEXT = 'two'");
  const second = await upgrade(t, server);
  await answered(server.url, new RegExp(`^two ${second} `));
  await server.left;
});

test('the program is looked up again: a configuration that is wrong by now is no reason to stop', async (t) => {
  const site = await serveSite(t);
  const { server } = site;
  writeFileSync(join(site.folder, 'licorne.toml'), '[server]\ngraceful_timeot = 3\n');
  process.kill(server.pid, 'SIGUSR2');
  await server.waitForLog(/graceful_timeot/);
  await server.waitForLog(
    /Upgrade failed[^\n]*: one error in the configuration\n[^\n]*licorne\.toml[^\n]*graceful_timeot/,
  );
  assert.match(await bodyOf(server.url), new RegExp(`^one ${server.pid} `));
});

/** A server in the middle of an upgrade that takes its time, and the processes that it has started for it. */
async function upgrading(
  t: TestContext,
): Promise<{ readonly server: Server; readonly family: readonly number[] }> {
  const site = await serveSite(t);
  const { server } = site;
  rewrite(site, "TEXT = 'one'", "import time; time.sleep(20); TEXT = 'two'");
  process.kill(server.pid, 'SIGUSR2');
  const successor = Number((await server.waitForLog(/Upgrade: process (\d+) starts/))[1]);
  own(t, successor);
  await until(() => descendants(successor).length >= 2, 'the successor and its children');
  return { server, family: [successor, ...descendants(successor)] };
}

test('TERM during an upgrade stops both', async (t) => {
  const { server, family } = await upgrading(t);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  await until(() => !family.some(alive), 'the end of the successor');
});

test('when the old master is killed during an upgrade, the new one leaves too: nothing is left behind', async (t) => {
  const { server, family } = await upgrading(t);
  process.kill(server.pid, 'SIGKILL');
  await until(() => !family.some(alive), 'the end of the successor');
});

test('the pid file names the old master until the new one serves, then the new one, and goes with it', async (t) => {
  const site = await serveSite(t, ['--pid-file', 'server.pid']);
  const { server } = site;
  const file = join(site.folder, 'server.pid');
  const read = () => Number(readFileSync(file, 'utf8'));
  assert.equal(read(), server.pid);
  const second = await upgrade(t, server);
  await until(() => read() === second, 'the new number in the pid file');
  await server.left;
  assert.equal(read(), second);
  process.kill(second, 'SIGTERM');
  await until(() => !existsSync(file), 'the end of the pid file');
});

test('a Unix socket stays where it is through an upgrade, and is removed by the last one', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'site.sock');
  const { server } = await serveSite(t, [], `unix:${path}`);
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  assert.match(String((await rawRequest({ path }, request)).body), new RegExp(`^one ${server.pid} `));
  const second = await upgrade(t, server);
  await server.left;
  assert.ok(existsSync(path));
  assert.match(String((await rawRequest({ path }, request)).body), new RegExp(`^one ${second} `));
  process.kill(second, 'SIGTERM');
  await until(() => !existsSync(path), 'the end of the socket');
});

test('a folder that is a link means the new release', async (t) => {
  const parent = temporaryFolder(t);
  for (const [name, text] of [
    ['r1', 'one'],
    ['r2', 'two'],
  ] as const) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, 'site_app.py'), APP.replace("'one'", `'${text}'`));
  }
  const current = join(parent, 'current');
  symlinkSync('r1', current);
  const server = await startLicorne(t, ['site_app', '-b', '127.0.0.1:0', '--python', venvPython('main')], {
    cwd: current,
    env: { PWD: current },
  });
  assert.match(await bodyOf(server.url), /^one /);
  symlinkSync('r2', `${current}.next`);
  renameSync(`${current}.next`, current);
  rmSync(join(parent, 'r1'), { recursive: true });
  await upgrade(t, server);
  await server.left;
  assert.match(await bodyOf(server.url), /^two /);
});
