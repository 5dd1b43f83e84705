// A reload reads the configuration again: what changed holds from the next request on, what is wrong changes nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient } from '../helpers/http.ts';
import { alive, descendants } from '../helpers/processes.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { openClient } from './websocket-client.ts';

const app = (word: string): string => `import os, time
from urllib.parse import parse_qs

def application(environ, start_response):
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if "seconds" in query:
        environ["wsgi.errors"].write("begins to sleep\\n")
        time.sleep(float(query["seconds"][0]))
    if "stream" in query:
        start_response("200 OK", [("Content-Type", "text/plain")])
        def pieces():
            for n in range(int(query["stream"][0])):
                yield b"%d\\n" % n
                time.sleep(0.1)
        return pieces()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${word} " + os.environ.get("MARK", "-").encode()]
`;

const OTHER =
  '[apps.second]\ntarget = "other:application"\n[[site]]\n[[site.location]]\npath = "/second/"\napp = "second"\n';

interface Site {
  folder: string;
  server: Server;
  /** Writes licorne.toml, reloads, and gives what `licorne reload` said. */
  reload: (toml?: string) => Promise<Ran>;
  get: (path?: string) => Promise<string>;
}

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function site(
  t: TestContext,
  toml: string,
  args: readonly string[] = ['-b', '127.0.0.1:0'],
): Promise<Site> {
  const folder = temporaryFolder(t);
  const env = { XDG_RUNTIME_DIR: temporaryFolder(t) };
  writeFileSync(join(folder, 'app.py'), app('one'));
  writeFileSync(join(folder, 'other.py'), app('other'));
  writeFileSync(join(folder, 'licorne.toml'), toml);
  const server = await startLicorne(t, ['app:application', '--python', venvPython(), ...args], {
    cwd: folder,
    env,
  });
  return {
    folder,
    server,
    get: async (path = '/') => (await fetch(server.url + path)).text(),
    async reload(next) {
      if (next !== undefined) writeFileSync(join(folder, 'licorne.toml'), next);
      const ran = launchLicorne(t, ['reload', '--pid', String(server.pid)], { cwd: folder, env });
      const { code } = await ran.ended;
      return { code, ...ran.output };
    },
  };
}

function done({ code, stderr, stdout }: Ran): string {
  assert.equal(code, 0, stderr);
  return stdout;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listening(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function listening(server: NetServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

test('a reload loads the code anew and returns when it serves', async (t) => {
  const { folder, get, reload } = await site(t, '');
  assert.equal(await get(), 'one -');
  writeFileSync(join(folder, 'app.py'), app('two'));
  const ran = await reload();
  assert.match(done(ran), /^Reloaded 1 worker in \d/);
  assert.match(ran.stderr, /app: 1\/1 workers replaced/);
  assert.equal(await get(), 'two -');
});

test('code that cannot be loaded is told with its traceback, and the old code goes on', async (t) => {
  const { folder, get, reload } = await site(t, '');
  writeFileSync(join(folder, 'app.py'), 'import nothing_of_this_name\n');
  const { code, stderr } = await reload();
  assert.equal(code, 1);
  assert.match(stderr, /licorne: error: /);
  assert.match(stderr, /nothing_of_this_name/);
  assert.equal(await get(), 'one -');
});

test('faults of the file are told with line and column, and nothing changes', async (t) => {
  const { get, reload, server } = await site(t, '[app]\nworkers = 1\n');
  const before = descendants(server.pid);
  const { code, stderr } = await reload('[app]\nworkers = "many"\n[server]\nbackloq = 1\n');
  assert.equal(code, 1);
  assert.match(stderr, /licorne: error: 2 errors in the configuration/);
  assert.match(stderr, /licorne\.toml:2:\d+: error: /);
  assert.match(stderr, /licorne\.toml:4:\d+: error: .*backloq/);
  assert.deepEqual(descendants(server.pid), before);
  assert.equal(await get(), 'one -');
});

test('settings of the gateway and of the workers hold after a reload', async (t) => {
  const { get, reload, server } = await site(t, '');
  const toml = '[app]\nenv = { MARK = "marked" }\nworkers = 2\n[server]\nserver_header = "other"\n';
  assert.match(done(await reload(toml)), /Reloaded 2 workers/);
  assert.equal(await get(), 'one marked');
  assert.equal((await fetch(server.url)).headers.get('server'), 'other');
  done(await reload(''));
  assert.equal(await get(), 'one -');
  assert.equal((await fetch(server.url)).headers.get('server'), 'licorne');
});

test('a keep-alive connection stays and has the new settings with its next request', async (t) => {
  const { reload, server } = await site(t, '');
  const client = new RawClient(server);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await client.read()).header('server'), 'licorne');
  done(await reload('[server]\nserver_header = "other"\n[limits]\nrequest_line_bytes_max = 100\n'));
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await client.read()).header('server'), 'other');
  client.send(`GET /${'x'.repeat(200)} HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal((await client.read()).status, 414);
});

test('a response under way is not touched by a reload of the configuration', async (t) => {
  const { reload, server } = await site(t, '');
  const response = await fetch(`${server.url}/?stream=20`);
  const text = response.text();
  done(await reload('[server]\nserver_header = "other"\n'));
  assert.equal(await text, Array.from({ length: 20 }, (_, n) => `${n}\n`).join(''));
});

test('a download of a file goes on while the configuration changes under it', async (t) => {
  const { folder, reload, server } = await site(t, '');
  const bytes = randomBytes(24 * 1024 * 1024);
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'large.bin'), bytes);
  const toml = '[[site]]\n[[site.location]]\npath = "/files/"\nstatic = "files"\n';
  done(await reload(toml));
  const response = await fetch(`${server.url}/files/large.bin`);
  const reader = response.body?.getReader();
  assert.ok(reader);
  const parts = [(await reader.read()).value ?? new Uint8Array()];
  done(await reload('[static]\nstatic_cache_bytes = 0\n'));
  assert.equal(await (await fetch(`${server.url}/files/large.bin`)).text(), 'one -');
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  assert.ok(Buffer.concat(parts).equals(bytes));
});

test('a WebSocket goes on while the configuration changes under it', async (t) => {
  const { folder, reload, server } = await site(t, '');
  const first = `import asyncio

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": "again " + message["text"]})
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"asgi"})
`;
  writeFileSync(join(folder, 'other.py'), first);
  const toml = OTHER.replace('[[site]]', 'interface = "asgi"\n[[site]]');
  done(await reload(toml));
  const client = await openClient(server, '/second/');
  assert.equal(await client.ask('one'), 'again one');
  done(await reload(`${toml}[server]\nserver_header = "other"\n[websocket]\nws_connections_max = 1\n`));
  assert.equal(await client.ask('two'), 'again two');
  // It counts for the limit that came after it.
  await assert.rejects(openClient(server, '/second/'));
  assert.deepEqual(await client.end(), { code: 1005, reason: '' });
});

test('locations and error pages can be added, changed and taken away', async (t) => {
  const { folder, get, reload, server } = await site(t, '');
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'a.txt'), 'from the disk');
  writeFileSync(join(folder, 'missing.html'), 'my own page');
  const toml = `[static]\nerror_pages = { 404 = "missing.html" }\n[[site]]\n[[site.location]]\npath = "/files/"\nstatic = "files"\n`;
  done(await reload(toml));
  assert.equal(await get('/files/a.txt'), 'from the disk');
  const missing = await fetch(`${server.url}/files/b.txt`);
  assert.deepEqual([missing.status, await missing.text()], [404, 'my own page']);
  done(await reload(''));
  assert.equal(await get('/files/a.txt'), 'one -');
});

test('applications can be added and taken away', async (t) => {
  const { get, reload, server } = await site(t, '');
  assert.equal(await get('/second/'), 'one -');
  done(await reload(OTHER));
  assert.equal(await get('/second/'), 'other -');
  assert.equal(await get(), 'one -');
  const workers = descendants(server.pid).length;
  done(await reload(''));
  assert.equal(await get('/second/'), 'one -');
  const deadline = Date.now() + 10_000;
  while (descendants(server.pid).length >= workers)
    assert.ok(
      Date.now() < deadline && (await get()) === 'one -',
      'the worker of the application is still there',
    );
  done(await reload(OTHER));
  assert.equal(await get('/second/'), 'other -');
});

test('a request of an application that is taken away is answered by it', async (t) => {
  const { reload, server } = await site(t, OTHER);
  const running = fetch(`${server.url}/second/?seconds=1`);
  await server.waitForLog(/begins to sleep/);
  const waiting = fetch(`${server.url}/second/`);
  done(await reload(''));
  assert.match(await (await running).text(), /^other/);
  assert.match(await (await waiting).text(), /^other|^one/);
  assert.equal((await waiting).status, 200);
});

test('a new application that cannot be loaded fails the reload, and is forgotten', async (t) => {
  const { get, reload, server } = await site(t, '');
  const workers = descendants(server.pid).length;
  const { code, stderr } = await reload(OTHER.replace('other:', 'nowhere:'));
  assert.equal(code, 1);
  assert.match(stderr, /nowhere/);
  assert.equal(await get('/second/'), 'one -');
  const deadline = Date.now() + 10_000;
  while (descendants(server.pid).length > workers)
    assert.ok(Date.now() < deadline && (await get()) === 'one -', 'something of it is still there');
  done(await reload(''));
});

test('the logs move to other files, and the access log begins and ends', async (t) => {
  const { folder, get, reload } = await site(t, '');
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  done(await reload('[log]\naccess_log = "a.log"\nerror_log = "e.log"\nlog_format = "json"\n'));
  await get('/first');
  done(await reload('[log]\naccess_log = "b.log"\naccess_log_format = "json"\nerror_log = "e.log"\n'));
  await get('/second');
  done(await reload('[log]\nlog_level = "error"\n'));
  await get('/third');
  assert.match(text('a.log'), /GET \/first/);
  assert.doesNotMatch(text('a.log'), /second/);
  assert.match(text('b.log'), /^\{.*\/second/);
  assert.doesNotMatch(text('b.log'), /third/);
  assert.match(text('e.log'), /\{.*Reload/);
});

test('a log that cannot be opened fails the reload', async (t) => {
  const { get, reload } = await site(t, '');
  const { code, stderr } = await reload('[log]\naccess_log = "no/such/folder/a.log"\n');
  assert.equal(code, 1);
  assert.match(stderr, /access_log/);
  assert.equal(await get(), 'one -');
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.on('connect', () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
}

test('the server listens on another address from the reload on, and not on the old one', async (t) => {
  const [first, second] = [await freePort(), await freePort()];
  const bind = (...ports: number[]): string =>
    `[server]\nbind = [${ports.map((port) => `"127.0.0.1:${port}"`).join(', ')}]\n`;
  const { reload, server } = await site(t, bind(first), []);
  const running = fetch(`http://127.0.0.1:${first}/?seconds=1`);
  await server.waitForLog(/begins to sleep/);
  done(await reload(bind(first, second)));
  for (const port of [first, second]) assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 200);
  assert.equal((await running).status, 200);
  done(await reload(bind(second)));
  assert.equal((await fetch(`http://127.0.0.1:${second}`)).status, 200);
  const deadline = Date.now() + 10_000;
  while (await accepts(first)) assert.ok(Date.now() < deadline, 'the old address still takes connections');
});

test('an address that is taken fails the reload before anything has changed', async (t) => {
  const other = createServer();
  const taken = await listening(other);
  t.after(() => other.close());
  const first = await freePort();
  const { folder, reload, server } = await site(t, `[server]\nbind = ["127.0.0.1:${first}"]\n`, []);
  const before = descendants(server.pid);
  const { code, stderr } = await reload(
    `[server]\nbind = ["unix:${folder}/new.sock", "127.0.0.1:${taken}"]\nserver_header = "new"\n`,
  );
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${taken}: the port is in use`));
  assert.equal(existsSync(join(folder, 'new.sock')), false);
  assert.deepEqual(descendants(server.pid), before);
  assert.equal((await fetch(`http://127.0.0.1:${first}`)).headers.get('server'), 'licorne');
});

test('no request is lost while the gateways make place for others', async (t) => {
  const [first, second] = [await freePort(), await freePort()];
  const bind = (ports: number[], more = ''): string =>
    `[app]\nthreads = 4\n[server]\nbind = [${ports.map((port) => `"127.0.0.1:${port}"`).join(', ')}]\n${more}`;
  const { reload } = await site(t, bind([first]), []);
  const end = new AbortController();
  let count = 0;
  const faults: string[] = [];
  const client = async (fresh: boolean): Promise<void> => {
    while (!end.signal.aborted) {
      const headers: Record<string, string> = fresh ? { connection: 'close' } : {};
      try {
        const response = await fetch(`http://127.0.0.1:${first}/`, { headers });
        if (response.status !== 200 || !(await response.text()).startsWith('one'))
          faults.push(`${response.status}`);
        count += 1;
      } catch (error) {
        faults.push(
          `${fresh ? 'new' : 'kept'} connection: ${String(error instanceof Error ? (error.cause ?? error) : error)}`,
        );
      }
    }
  };
  const clients = [client(true), client(true), client(false), client(false)];
  try {
    for (const toml of [
      bind([first, second]),
      bind([first], 'gateways = 2\n'),
      bind([second, first]),
      bind([first], 'backlog = 100\n'),
    ])
      done(await reload(toml));
  } finally {
    end.abort();
    await Promise.all(clients);
  }
  assert.deepEqual(faults, []);
  assert.ok(count > 50, `${count} requests`);
});

test('gateways that were replaced end, and one that dies is replaced as configured now', async (t) => {
  const first = await freePort();
  const toml = (gateways: number): string =>
    `[server]\nbind = ["127.0.0.1:${first}"]\ngateways = ${gateways}\nserver_header = "with ${gateways}"\n`;
  const { reload, server } = await site(t, toml(1), []);
  const gateways = (): number[] =>
    descendants(server.pid).filter((pid) => alive(pid) && readComm(pid).startsWith('licorne: gatewa'));
  const [old = 0] = gateways();
  done(await reload(toml(2)));
  const deadline = Date.now() + 10_000;
  const become = async (what: string, condition: () => boolean): Promise<void> => {
    while (!condition()) {
      assert.ok(Date.now() < deadline, what);
      await fetch(`http://127.0.0.1:${first}`);
    }
  };
  await become('the old gateway is still there', () => !gateways().includes(old) && gateways().length === 2);
  const [victim = 0] = gateways();
  process.kill(victim, 'SIGKILL');
  await server.waitForLog(/starting another/);
  await become('no gateway took its place', () => !gateways().includes(victim) && gateways().length === 2);
  const response = await fetch(`http://127.0.0.1:${first}`);
  assert.equal(response.headers.get('server'), 'with 2');
});

test('what holds only from the next start on is told, and the rest is done', async (t) => {
  const { reload, server, folder } = await site(t, '');
  const { code, stderr } = await reload(
    `[server]\npid_file = "${join(folder, 'pid')}"\nsocket_mode = "600"\nserver_header = "new"\n`,
  );
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /warning: `pid_file` was changed: it takes effect after `licorne upgrade` or a restart/,
  );
  assert.match(stderr, /warning: `socket_mode` was changed: it takes effect when the server is stopped/);
  assert.equal(readdirSync(folder).includes('pid'), false);
  assert.equal((await fetch(server.url)).headers.get('server'), 'new');
});

test('graceful_timeout holds for workers that leave from the reload on', async (t) => {
  const { reload, server } = await site(t, '');
  done(await reload('[server]\ngraceful_timeout = 1\n'));
  const running = fetch(`${server.url}/?seconds=30`);
  await server.waitForLog(/begins to sleep/);
  const began = Date.now();
  done(await reload());
  assert.equal((await running).status, 502);
  assert.ok(Date.now() - began < 15_000);
});

test('HUP does the same as licorne reload', async (t) => {
  const { folder, server } = await site(t, '');
  writeFileSync(join(folder, 'licorne.toml'), '[server]\nserver_header = "new"\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded: /);
  assert.equal((await fetch(server.url)).headers.get('server'), 'new');
  writeFileSync(join(folder, 'licorne.toml'), 'nonsense\n');
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/The reload failed.*\n?.*licorne\.toml:2:/);
  assert.equal((await fetch(server.url)).status, 200);
});

test('what was wrong on the command line of another server stays what it was', async (t) => {
  const folder = temporaryFolder(t);
  const env = { XDG_RUNTIME_DIR: temporaryFolder(t) };
  writeFileSync(join(folder, 'app.py'), app('one'));
  const server = await startLicorne(
    t,
    ['gunicorn', '-b', '127.0.0.1:0', '-w', '2', 'app:application', '--env', 'MARK=kept'],
    { cwd: folder, env: { ...env, VIRTUAL_ENV: join(venvPython(), '..', '..') } },
  );
  writeFileSync(join(folder, 'app.py'), app('two'));
  const ran = launchLicorne(t, ['reload'], { cwd: folder, env });
  assert.deepEqual(await ran.ended, { code: 0, signal: null }, ran.output.stderr);
  assert.equal(await (await fetch(server.url)).text(), 'two kept');
});

function readComm(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}
