// `licorne reload --config`: the configuration alone is read again. The workers go on, and with them all that is in flight.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Status } from '../../src/supervisor/status.ts';
import { temporaryFolder } from '../helpers/examples.ts';
import { freePort } from '../helpers/free-port.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { openClient } from './websocket-client.ts';

const APP = `import asyncio, os

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": "%d %s" % (os.getpid(), message["text"])})
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/slow":
            for n in range(45):
                await send({"type": "http.response.body", "body": b"%d\\n" % n, "more_body": True})
                await asyncio.sleep(0.1)
        body = " ".join([os.environ.get("MARK", "-"), os.environ.get("FROM_FILE", "-")])
        await send({"type": "http.response.body", "body": body.encode()})
`;

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Site {
  folder: string;
  server: Server;
  /** Writes licorne.toml and runs `licorne reload --config`; `words`: with others instead. */
  reload: (toml: string, words?: readonly string[]) => Promise<Ran>;
  status: () => Promise<Status>;
  /** Of the workers of an app that are there, sorted. */
  pids: (app?: string) => Promise<readonly number[]>;
  get: (path?: string) => Promise<string>;
}

const BIND = ['-b', '127.0.0.1:0'];

async function site(t: TestContext, toml: string, args: readonly string[] = BIND): Promise<Site> {
  const folder = temporaryFolder(t);
  const env = { XDG_RUNTIME_DIR: temporaryFolder(t) };
  writeFileSync(join(folder, 'app.py'), APP);
  writeFileSync(join(folder, 'mark.env'), 'FROM_FILE=first\n');
  writeFileSync(join(folder, 'licorne.toml'), toml);
  const server = await startLicorne(t, ['app:application', '--python', venvPython(), ...args], {
    cwd: folder,
    env,
  });
  const run = async (...words: readonly string[]): Promise<Ran> => {
    const ran = launchLicorne(t, [...words, '--pid', String(server.pid)], { cwd: folder, env });
    const { code } = await ran.ended;
    return { code, ...ran.output };
  };
  const status = async (): Promise<Status> => JSON.parse(done(await run('status', '--json'))) as Status;
  return {
    folder,
    server,
    status,
    get: async (path = '/') => (await fetch(server.url + path)).text(),
    async pids(app = 'app') {
      const { apps } = await status();
      const workers = apps.find(({ name }) => name === app)?.workers ?? [];
      return workers.map(({ pid }) => pid).toSorted((a, b) => a - b);
    },
    reload(next, words = ['--config']) {
      writeFileSync(join(folder, 'licorne.toml'), next);
      return run('reload', ...words);
    },
  };
}

function done({ code, stderr, stdout }: Ran): string {
  assert.equal(code, 0, stderr);
  return stdout;
}

test('a WebSocket and a slow download outlive it, with their worker, and what is new holds for the next request', async (t) => {
  const log = join(temporaryFolder(t), 'access.log');
  const { get, pids, reload, server } = await site(t, '[server]\ngraceful_timeout = 1\n');
  const [pid] = await pids();
  const client = await openClient(server, '/ws');
  assert.equal(await client.ask('one'), `${pid} one`);
  const slow = fetch(`${server.url}/slow`).then((response) => response.text());
  const said = done(
    await reload(
      `[server]\ngraceful_timeout = 1\nserver_header = "new"\n[limits]\nrequest_line_bytes_max = 256\n[log]\naccess_log = "${log}"\n`,
    ),
  );
  assert.match(said, /^Configuration reloaded in [0-9.]+ s, the workers go on\n/);
  assert.match(said, /^Changed: server_header$/m);
  assert.match(said, /^Changed: access_log$/m);
  const answer = await fetch(server.url);
  assert.equal(answer.headers.get('server'), 'new');
  assert.equal((await fetch(`${server.url}/${'x'.repeat(300)}`)).status, 414);
  assert.match(await slow, /^0\n1\n[^]*44\n- -$/);
  // Its four and a half seconds are more than graceful_timeout and all that follows it.
  assert.equal(await client.ask('two'), `${pid} two`);
  assert.deepEqual(await pids(), [pid]);
  assert.equal(await get(), '- -');
  assert.deepEqual(await client.end(), { code: 1005, reason: '' });
});

test('what needs new workers is named and waits for a reload, the rest holds', async (t) => {
  const { get, pids, reload, server } = await site(t, '');
  const before = await pids();
  const toml =
    '[app]\nthreads = 3\nroot_path = "/below"\n[app.env]\nMARK = "new"\n[server]\nserver_header = "new"\n';
  const { code, stderr, stdout } = await reload(toml);
  assert.equal(code, 0, stderr);
  for (const name of ['threads', 'root_path', 'env'])
    assert.match(
      stderr,
      new RegExp(`^licorne: warning: \`${name}\` was changed: it takes effect with \`licorne reload\``, 'm'),
    );
  assert.match(stdout, /^Changed: server_header$/m);
  assert.doesNotMatch(stdout, /threads|root_path|env/);
  assert.equal((await fetch(server.url)).headers.get('server'), 'new');
  assert.equal(await get(), '- -');
  assert.deepEqual(await pids(), before);
  // They are told again as long as they wait.
  assert.match((await reload(toml)).stderr, /`threads` was changed/);
  const whole = await reload(toml, []);
  assert.equal(whole.stderr.includes('was changed'), false);
  assert.equal(await get(), 'new -');
  const again = await reload(toml);
  assert.equal(again.stderr, '');
  assert.match(again.stdout, /; nothing has changed\n$/);
});

test('files with environment that hold something else are told, and a worker that dies has the old ones', async (t) => {
  const { folder, get, pids, reload } = await site(t, '[app]\nenv_file = ["mark.env"]\n');
  assert.equal(await get(), '- first');
  writeFileSync(join(folder, 'mark.env'), 'FROM_FILE=second\n');
  const { stderr } = await reload('[app]\nenv_file = ["mark.env"]\n');
  assert.match(stderr, /`env_file`.*takes effect with `licorne reload`/);
  const [pid = 0] = await pids();
  process.kill(pid, 'SIGKILL');
  const deadline = Date.now() + 10_000;
  while ((await pids()).includes(pid)) assert.ok(Date.now() < deadline, 'the worker is still there');
  assert.equal(await get(), '- first');
  done(await reload('[app]\nenv_file = ["mark.env"]\n', []));
  assert.equal(await get(), '- second');
});

test('a file that is wrong is refused with its place, and nothing has changed', async (t) => {
  const { pids, reload, server } = await site(t, '');
  const before = await pids();
  const { code, stderr } = await reload('[server]\nserver_header = "new"\nqueue_max = "many"\n');
  assert.equal(code, 1);
  assert.match(stderr, /licorne\.toml:3:13: error: /);
  assert.equal((await fetch(server.url)).headers.get('server'), 'licorne');
  assert.deepEqual(await pids(), before);
});

test('the number of workers follows at once: those that are there stay', async (t) => {
  const { pids, reload, status } = await site(t, '[app]\nworkers = 2\n');
  const two = await pids();
  assert.match(done(await reload('[app]\nworkers = 3\n')), /^app: workers from 2 to 3$/m);
  const three = await pids();
  assert.equal(three.length, 3);
  for (const pid of two) assert.ok(three.includes(pid));
  assert.equal((await status()).apps[0]?.generation, 1);
  // Whether there is more than one is known to the app from its start.
  const one = await reload('[app]\nworkers = 1\n');
  assert.match(one.stderr, /number of workers of `app` stays.*wsgi\.multiprocess.*`licorne reload`/);
  assert.equal(one.stdout.includes('Changed: '), false);
  assert.deepEqual(await pids(), three);
});

test('an application can be added and taken away while the workers of the others go on', async (t) => {
  const { get, pids, reload } = await site(t, '');
  const before = await pids();
  const more =
    '[apps.second]\ntarget = "app:application"\n[apps.second.env]\nMARK = "second"\n[[site]]\n[[site.location]]\npath = "/second/"\napp = "second"\n';
  assert.match(done(await reload(more)), /^New application: second$/m);
  assert.equal(await get('/second/'), 'second -');
  assert.deepEqual(await pids(), before);
  assert.match(done(await reload('')), /^No longer served: second$/m);
  assert.equal(await get('/second/'), '- -');
  assert.deepEqual(await pids(), before);
});

test('an address that is added is open before it returns; the workers go on, a WebSocket has graceful_timeout', async (t) => {
  const [first, second] = [await freePort(), await freePort()];
  const bind = (...ports: number[]): string =>
    `[server]\ngraceful_timeout = 1\nbind = [${ports.map((port) => `"127.0.0.1:${port}"`).join(', ')}]\n`;
  const { pids, reload, server } = await site(t, bind(first), []);
  const before = await pids();
  const client = await openClient(server, '/ws');
  const slow = fetch(`http://127.0.0.1:${first}/`);
  const said = done(await reload(bind(first, second)));
  assert.match(said, /^Other gateways listen: .*graceful_timeout/m);
  for (const port of [first, second]) assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 200);
  assert.equal((await slow).status, 200);
  assert.deepEqual(await pids(), before);
  assert.equal((await client.closed).code, 1012);
  assert.match(done(await reload(bind(second))), /^No longer listening on http:\/\/127\.0\.0\.1:/m);
  assert.equal((await fetch(`http://127.0.0.1:${second}`)).status, 200);
  assert.deepEqual(await pids(), before);
});
