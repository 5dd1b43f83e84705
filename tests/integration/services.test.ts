// Programs of another language behind the server: started, watched, replaced and ended with it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../src/services/free-port.ts';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { atEnd } from '../helpers/at-end.ts';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps, licorne } from '../helpers/paths.ts';
import { alive, descendants, endAll } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

const run = promisify(execFile);

/** Tells its process id and a word; `/slow` takes its time. Like most small programs it knows nothing of signals. */
const SERVICE = `
require('node:http').createServer((request, response) => {
  const answer = () => response.end(JSON.stringify({ pid: process.pid, word: process.env.WORD, url: request.url }));
  if (request.url === '/slow') console.log('begins', request.method);
  if (request.url === '/slow') setTimeout(answer, 1000);
  else answer();
}).listen(process.env.PORT, '127.0.0.1');
`;

interface Site extends Server {
  folder: string;
  run: (...words: string[]) => Promise<string>;
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | undefined;
}

function toml(services: string, locations: readonly string[] = ['web']): string {
  const tables = locations.map(
    (name) => `[[site.location]]\npath = "/${name}/"\nproxy = "http://${name}/"\n`,
  );
  return `[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/hello'))}
${services}
[[site]]
${tables.join('\n')}`;
}

function web(keys = '', name = 'web'): string {
  return `
[services.${name}]
command = [${JSON.stringify(process.execPath)}, "service.js"]
directory = "back"
health = "/healthz"
${keys}
`;
}

async function serveSite(t: TestContext, text: string): Promise<Site> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'back'));
  writeFileSync(join(folder, 'back/service.js'), SERVICE);
  writeFileSync(join(folder, 'licorne.toml'), text);
  const args = ['-b', '127.0.0.1:0', '--python', venvPython('main'), '--gateways', '1', '--workers', '1'];
  const registry = join(folder, 'registry');
  const env = { XDG_RUNTIME_DIR: registry };
  mkdirSync(registry, { mode: 0o700 });
  const server = await startLicorne(t, [...args, '--run-dir', join(folder, 'run')], { cwd: folder, env });
  const words = async (...more: string[]): Promise<string> => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    const { stdout, stderr } = await run(process.execPath, ['--', licorne, ...more], options);
    return stdout + stderr;
  };
  return { ...server, folder, run: words };
}

function ask(port: number, path: string, agent?: Agent, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, text, retryAfter: headers['retry-after'] });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

async function serviceOf(port: number, path = '/web/'): Promise<{ pid: number; word?: string; url: string }> {
  const { status, text } = await ask(port, path);
  assert.equal(status, 200, text);
  return JSON.parse(text) as { pid: number; word?: string; url: string };
}

interface Load {
  /** Waits for so many more answers. */
  atLeast: (more: number) => Promise<void>;
  stop: () => Promise<{ faults: string[] }>;
}

/** Asks without a pause until it is told to stop; every other client on a connection that is kept. */
function load(port: number, path: string, clients = 4): Load {
  const going = { on: true };
  const faults: string[] = [];
  const kept = new Agent({ keepAlive: true });
  let served = 0;
  const client = async (number: number): Promise<void> => {
    while (going.on) {
      try {
        const { status, text } = await ask(port, path, number % 2 === 0 ? kept : undefined);
        if (status === 200) served += 1;
        else faults.push(`${status} ${text}`);
      } catch (error) {
        faults.push(String(error));
      }
    }
  };
  const all = Array.from({ length: clients }, (_, number) => client(number));
  return {
    atLeast: (more) => {
      const wanted = served + more;
      return until(() => served >= wanted, `${more} answers`);
    },
    async stop() {
      going.on = false;
      await Promise.all(all);
      kept.destroy();
      return { faults };
    },
  };
}

test('a Node program answers beside the Python one, is listed, and ends with the server', async (t) => {
  const site = await serveSite(t, toml(web('env = { WORD = "hello" }')));
  const { pid, word, url } = await serviceOf(site.port, '/web/a?b=c');
  assert.deepEqual([word, url], ['hello', '/a?b=c']);
  assert.match((await ask(site.port, '/')).text, /hello/i);
  assert.match(await site.run('status'), new RegExp(`web +${pid} +ready +[0-9]+ `));
  assert.deepEqual(await site.stop(), { code: 0, signal: null });
  assert.equal(alive(pid), false);
});

test('one that is killed comes back, and no request is lost that may be asked twice', async (t) => {
  const site = await serveSite(t, toml(web()));
  const clients = load(site.port, '/web/', 8);
  const first = await serviceOf(site.port);
  const slow = serviceOf(site.port, '/web/slow');
  const posted = ask(site.port, '/web/slow', undefined, 'POST');
  await site.waitForLog(/begins GET/);
  await site.waitForLog(/begins POST/);
  process.kill(first.pid, 'SIGKILL');
  await site.waitForLog(/The service web \(pid \d+\) was ended by SIGKILL; starting it again/);
  await until(async () => (await serviceOf(site.port)).pid !== first.pid, 'another process');
  assert.notEqual((await slow).pid, first.pid);
  assert.equal((await posted).status, 502);
  assert.equal(site.output.stdout.match(/begins POST/g)?.length, 1);
  await clients.atLeast(20);
  const second = await serviceOf(site.port);
  process.kill(second.pid, 'SIGKILL');
  await until(async () => (await serviceOf(site.port)).pid !== second.pid, 'a third process');
  await clients.atLeast(20);
  assert.deepEqual((await clients.stop()).faults, []);
});

test('a reload puts a new process in its place, ready first; a request that runs is finished by the old one', async (t) => {
  const site = await serveSite(t, toml(web()));
  const clients = load(site.port, '/web/');
  const before = await serviceOf(site.port);
  const slow = serviceOf(site.port, '/web/slow');
  await site.waitForLog(/begins GET/);
  assert.match(await site.run('reload'), /Service started anew: web/);
  const after = await serviceOf(site.port);
  assert.notEqual(after.pid, before.pid);
  assert.equal((await slow).pid, before.pid);
  await until(() => !alive(before.pid), 'the end of the old process');
  assert.deepEqual((await clients.stop()).faults, []);
});

test('with a port of its own the old process ends first, and requests wait', async (t) => {
  const free = await freePort();
  const site = await serveSite(t, toml(web(`port = ${free}`)));
  const clients = load(site.port, '/web/');
  const before = await serviceOf(site.port);
  await site.run('reload');
  await until(async () => (await serviceOf(site.port)).pid !== before.pid, 'another process');
  assert.deepEqual((await clients.stop()).faults, []);
  assert.equal((await serviceOf(free, '/')).url, '/');
});

test('a reload of the configuration alone is about services that have changed', async (t) => {
  const site = await serveSite(t, toml(web() + web('', 'api'), ['web', 'api']));
  const pids = [(await serviceOf(site.port)).pid, (await serviceOf(site.port, '/api/')).pid];
  const next = toml(web('env = { WORD = "new" }') + web('', 'other'), ['web', 'other']);
  writeFileSync(join(site.folder, 'licorne.toml'), next);
  const said = await site.run('reload', '--config');
  assert.match(said, /Changed service: web/);
  assert.match(said, /New service: other/);
  assert.match(said, /No longer run: api/);
  assert.equal((await serviceOf(site.port)).word, 'new');
  const other = await serviceOf(site.port, '/other/');
  await until(() => !pids.some(alive), 'the end of the old processes');
  assert.match(await site.run('reload', '--config'), /^((?!service).)*$/s);
  assert.equal((await serviceOf(site.port, '/other/')).pid, other.pid);
});

test('one that can’t start keeps nothing else from being served, and is answered for with 503', async (t) => {
  const site = await serveSite(
    t,
    toml(web() + '[services.bad]\ncommand = "/no/such/program --flag"\n', ['web', 'bad']),
  );
  const { pid } = await serviceOf(site.port);
  const { status, retryAfter } = await ask(site.port, '/bad/');
  assert.deepEqual([status, retryAfter], [503, '1']);
  await site.waitForLog(/The service bad .*could not be started: there is no program \/no\/such\/program/);
  assert.match(await site.run('reload'), /Reloaded/);
  const { pid: next } = await serviceOf(site.port);
  assert.notEqual(next, pid);
  writeFileSync(
    join(site.folder, 'licorne.toml'),
    toml(web('env = { WORD = "new" }') + '[services.worse]\ncommand = "false"\n', ['web', 'worse']),
  );
  await assert.rejects(site.run('reload'), /The service worse exited with code 1/);
  assert.deepEqual(await serviceOf(site.port), { pid: next, url: '/' });
});

test('an upgrade starts services of its own, and no request is lost', async (t) => {
  const site = await serveSite(t, toml(web()));
  const clients = load(site.port, '/web/');
  const before = await serviceOf(site.port);
  process.kill(site.pid, 'SIGUSR2');
  const successor = Number((await site.waitForLog(/Upgrade: process (\d+) serves/, 20_000))[1]);
  atEnd(t, () => endAll([successor, ...descendants(successor)]));
  assert.deepEqual(await site.left, { code: 0, signal: null });
  assert.notEqual((await serviceOf(site.port)).pid, before.pid);
  assert.equal(alive(before.pid), false);
  assert.deepEqual((await clients.stop()).faults, []);
});

test('when the master is killed, no service is left behind', async (t) => {
  const site = await serveSite(t, toml(web()));
  const { pid } = await serviceOf(site.port);
  process.kill(site.pid, 'SIGKILL');
  await until(() => !alive(pid), 'the end of the service');
});
