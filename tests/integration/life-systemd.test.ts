// What systemd asks of a service: sockets it hands over, messages it wants to have. The other side is played by a
// receiver that looks at who sends, as systemd does, and by a launcher that passes descriptors, as systemd does.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps, licorne } from '../helpers/paths.ts';
import { alive, descendants, killAll } from '../helpers/processes.ts';
import { launch, type Server, startLicorne, type StartOptions } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const onLinux = process.platform === 'linux' ? {} : { skip: 'systemd is of Linux' };
const SLOW = ['app:application', '--chdir', join(apps, 'plain', 'slow'), '--python', venvPython('main')];

/** Prints each datagram as a line of JSON, with the number of the process that sent it. */
const RECEIVER = `
import json, socket, struct, sys
address = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
receiver.bind('\\0' + address[1:] if address[0] == '@' else address)
print('receiving', flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(65536, socket.CMSG_SPACE(12))
    pid = struct.unpack('3i', ancillary[0][2][:12])[0]
    print('got ' + json.dumps([pid, data.decode()]), flush=True)
`;

/** Binds what it is told, puts the sockets at 3, 4 … and becomes the server, as systemd's child does. */
const LAUNCHER = `
import json, os, socket, sys
sockets = []
for place in json.loads(sys.argv[1]):
    family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET6 if ':' in place[0] else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM)
    one.bind(place if isinstance(place, str) else tuple(place))
    one.listen(64)
    sockets.append(one)
fds = [os.dup(os.dup2(one.fileno(), 100 + i)) for i, one in enumerate(sockets)]
for i in range(len(sockets)):
    os.dup2(100 + i, 3 + i)
    os.set_inheritable(3 + i, True)
os.closerange(3 + len(sockets), 256)
os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=':'.join('web' for _ in sockets))
os.execv(sys.argv[2], sys.argv[2:])
`;

interface Manager {
  readonly address: string;
  /** What was received, in order. */
  messages: () => [pid: number, text: string][];
  /** Waits for a message after the first `skip` ones. */
  message: (pattern: RegExp, skip?: number) => Promise<[pid: number, text: string]>;
}

async function until<T>(
  look: () => T | undefined | false,
  what: () => string,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < deadline, `${what()} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function manager(t: TestContext, abstract = false): Promise<Manager> {
  const address = abstract
    ? `@licorne-test-${process.pid}-${Math.random()}`
    : join(temporaryFolder(t), 'notify');
  const receiver = launch(t, venvPython('main'), ['-c', RECEIVER, address]);
  await receiver.waitForLog(/receiving/);
  const messages = () =>
    [...receiver.output.stdout.matchAll(/^got (.*)$/gm)].map(
      (match) => JSON.parse(match[1] ?? '') as [number, string],
    );
  return {
    address,
    messages,
    message: (pattern, skip = 0) =>
      until(
        () =>
          messages()
            .slice(skip)
            .find(([, text]) => pattern.test(text)),
        () => `a message ${pattern} (there were ${JSON.stringify(messages())})`,
      ),
  };
}

function serve(
  t: TestContext,
  args: readonly string[],
  env: StartOptions['env'] = {},
  cwd?: string,
): Promise<Server> {
  return startLicorne(t, [...SLOW, ...args], { env, ...(cwd === undefined ? {} : { cwd }) });
}

/** Starts it with sockets that are bound already. */
function activate(
  t: TestContext,
  places: readonly (string | [string, number])[],
  args: readonly string[] = [],
  options: StartOptions = {},
): Server {
  const words = ['-c', LAUNCHER, JSON.stringify(places), process.execPath, licorne, ...SLOW, ...args];
  return launch(t, venvPython('main'), words, options);
}

async function get(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

for (const abstract of [false, true]) {
  test(
    `the service manager hears READY, then STOPPING, from the master itself, over ${abstract ? 'an abstract name' : 'a path'}`,
    onLinux,
    async (t) => {
      const { address, message, messages } = await manager(t, abstract);
      const server = await serve(t, ['-b', '127.0.0.1:0'], { NOTIFY_SOCKET: address });
      const [pid, text] = await message(/READY=1/);
      assert.equal(pid, server.pid);
      assert.match(text, new RegExp(`^STATUS=Serving on http://127.0.0.1:${server.port}$`, 'm'));
      assert.deepEqual(await server.stop(), { code: 0, signal: null });
      const [, last] = await message(/STOPPING=1/);
      assert.match(last, /^STATUS=./m);
      assert.doesNotMatch(messages().at(0)?.[1] ?? '', /WATCHDOG/);
    },
  );
}

test('workers and gateways are told nothing of the service manager', onLinux, async (t) => {
  const { address, message } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '60000000' };
  const server = await serve(t, ['-b', '127.0.0.1:0'], env);
  await message(/READY=1/);
  const children = descendants(server.pid);
  assert.equal(children.length, 2);
  for (const pid of children)
    assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'utf8'), /NOTIFY_SOCKET|WATCHDOG/);
});

test('a server that fails to start says no READY', onLinux, async (t) => {
  const { address, messages } = await manager(t);
  const server = launch(t, process.execPath, ['--', licorne, 'nothing_here', '-b', '127.0.0.1:0'], {
    env: { NOTIFY_SOCKET: address },
  });
  assert.notEqual((await server.ended).code, 0);
  assert.ok(messages().every(([, text]) => !/READY=1/.test(text)));
});

test('a service manager that is not there is no reason not to serve', onLinux, async (t) => {
  const server = await serve(t, ['-b', '127.0.0.1:0'], { NOTIFY_SOCKET: '/nowhere/notify' });
  await server.waitForLog(/NOTIFY_SOCKET: .*No such file/);
  assert.match(await get(server.url), /^\d+ /);
});

test(
  'the watchdog is fed while gateways and workers live, and is not while the app has none',
  onLinux,
  async (t) => {
    const { address, message, messages } = await manager(t);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '200000' };
    const server = await serve(t, ['-b', '127.0.0.1:0'], env);
    const [pid] = await message(/WATCHDOG=1/);
    assert.equal(pid, server.pid);
    await message(/WATCHDOG=1/, messages().length);
    process.kill(server.pid, 'SIGSTOP');
    const before = messages().length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(messages().length <= before + 1, 'a master that hangs is silent');
    process.kill(server.pid, 'SIGCONT');
    await message(/WATCHDOG=1/, messages().length);
  },
);

test('a reload is told: RELOADING with the time, then READY', onLinux, async (t) => {
  const { address, message, messages } = await manager(t);
  const server = await serve(t, ['-b', '127.0.0.1:0'], { NOTIFY_SOCKET: address });
  await message(/READY=1/);
  for (const round of [1, 2]) {
    const before = messages().length;
    process.kill(server.pid, 'SIGHUP');
    const [pid, text] = await message(/RELOADING=1/, before);
    assert.equal(pid, server.pid, `round ${round}`);
    assert.match(text, /^MONOTONIC_USEC=\d+$/m);
    await message(/READY=1/, before);
    assert.match(messages().at(-1)?.[1] ?? '', /READY=1/);
  }
});

test('WATCHDOG_PID of another process means another process', onLinux, async (t) => {
  const { address, message, messages } = await manager(t);
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' };
  const server = await serve(t, ['-b', '127.0.0.1:0'], env);
  await message(/READY=1/);
  await server.stop();
  await message(/STOPPING=1/);
  assert.ok(messages().every(([, text]) => !/WATCHDOG/.test(text)));
});

test(
  'after an upgrade the service is the new master: MAINPID from the old one, then READY and WATCHDOG from the new',
  onLinux,
  async (t) => {
    const { address, message, messages } = await manager(t);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '400000' };
    const server = await serve(t, ['-b', '127.0.0.1:0'], env);
    await message(/READY=1/);
    process.kill(server.pid, 'SIGUSR2');
    const second = Number((await server.waitForLog(/Upgrade: process (\d+) serves/, 20_000))[1]);
    t.after(() => killAll([...descendants(second), second]));
    const isMain = new RegExp(`^MAINPID=${second}$`, 'm');
    const handed = await message(isMain);
    assert.equal(handed[0], server.pid);
    const ready = await until(
      () => messages().find(([pid, text]) => pid === second && /READY=1/.test(text)),
      () => 'READY of the new master',
    );
    await until(
      () => messages().find(([pid, text]) => pid === second && /WATCHDOG=1/.test(text)),
      () => 'WATCHDOG of the new master',
    );
    assert.deepEqual(await server.left, { code: 0, signal: null });
    const all = messages().map((one) => JSON.stringify(one));
    assert.ok(all.indexOf(JSON.stringify(handed)) < all.indexOf(JSON.stringify(ready)));
    assert.ok(messages().every(([, text]) => !/STOPPING/.test(text)));
    process.kill(second, 'SIGTERM');
    assert.equal((await message(/STOPPING=1/))[0], second);
  },
);

test('sockets that are handed over are listened on when no address is named', onLinux, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'a.sock');
  const server = activate(t, [['127.0.0.1', 0], path]);
  const [, url = ''] = await server.waitForLog(/Listening on (http:\S+)/);
  await server.waitForLog(new RegExp(`Listening on unix:${path}`));
  assert.match(await get(url), /^\d+ /);
  assert.doesNotMatch(server.output.stdout, /:8000/);
  const inode = lstatSync(path).ino;
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.equal(lstatSync(path).ino, inode, 'the socket of the service manager is not removed');
});

test('clients that came before the server was there are served', onLinux, async (t) => {
  const path = join(temporaryFolder(t), 'early.sock');
  const server = activate(t, [path]);
  const answer = await until(
    () => existsSync(path),
    () => 'the socket',
  ).then(
    () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(path, () =>
          socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
        );
        let text = '';
        socket.setEncoding('latin1').on('data', (chunk: string) => {
          text += chunk;
        });
        socket.on('error', reject).on('close', () => resolve(text));
      }),
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
  await server.stop();
});

test(
  'an address that is named takes the socket that is bound to it; another one is told to be unused',
  onLinux,
  async (t) => {
    const path = join(temporaryFolder(t), 'named.sock');
    const server = activate(t, [['127.0.0.1', 0], path], ['-b', `unix:${path}`]);
    await server.waitForLog(new RegExp(`Listening on unix:${path}`));
    await server.waitForLog(/Not listened on, because `bind` does not name them: 127\.0\.0\.1:\d+/);
    await server.stop();
    assert.ok(existsSync(path));
  },
);

test('fd://N goes on meaning a descriptor by its number', onLinux, async (t) => {
  const server = activate(t, [['127.0.0.1', 0]], ['-b', 'fd://3']);
  const [, url = ''] = await server.waitForLog(/Listening on (http:\S+)/);
  assert.match(await get(url), /^\d+ /);
});

test('variables that mean another process are no sockets of ours', onLinux, async (t) => {
  const server = await serve(t, ['-b', '127.0.0.1:0'], { LISTEN_FDS: '1', LISTEN_PID: '1' });
  assert.match(await get(server.url), /^\d+ /);
});

test('an upgrade keeps the sockets of the service manager', onLinux, async (t) => {
  const path = join(temporaryFolder(t), 'kept.sock');
  const server = activate(t, [['127.0.0.1', 0], path]);
  const [, url = ''] = await server.waitForLog(/Listening on (http:\S+)/);
  process.kill(server.pid, 'SIGUSR2');
  const second = Number((await server.waitForLog(/Upgrade: process (\d+) serves/, 20_000))[1]);
  t.after(() => killAll([...descendants(second), second]));
  await until(
    () => !alive(server.pid),
    () => 'the end of the old master',
  );
  assert.match(await get(url), /^\d+ /);
  process.kill(second, 'SIGTERM');
  await until(
    () => !alive(second),
    () => 'the end of the new master',
  );
  assert.ok(existsSync(path));
});

test(
  '`licorne upgrade` says who serves now, or why nobody new does, and commands mean the new one',
  onLinux,
  async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'licorne.toml'), '');
    const env = { XDG_RUNTIME_DIR: folder };
    const server = await serve(t, ['-b', '127.0.0.1:0'], env, folder);
    const ask = (...words: readonly string[]) =>
      launch(t, process.execPath, ['--', licorne, ...words], { cwd: folder, env });
    writeFileSync(join(folder, 'licorne.toml'), '[server]\nwrong = 1\n');
    const refused = ask('upgrade');
    assert.equal((await refused.ended).code, 1);
    assert.match(refused.output.stderr, /licorne\.toml:2:1: error: unknown key `wrong` in \[server\]/);
    writeFileSync(join(folder, 'licorne.toml'), '');
    const done = ask('upgrade');
    assert.deepEqual(await done.ended, { code: 0, signal: null }, done.output.stderr);
    const second = Number(/^Upgraded in [\d.]+ s: process (\d+) serves$/m.exec(done.output.stdout)?.[1]);
    t.after(() => killAll([...descendants(second), second]));
    await server.left;
    const status = ask('status', '--json');
    await status.ended;
    assert.match(status.output.stdout, new RegExp(`"pid": ?${second}\\b`));
    const stopped = ask('stop');
    assert.deepEqual(await stopped.ended, { code: 0, signal: null }, stopped.output.stderr);
    await until(
      () => !alive(second),
      () => 'the end of the new master',
    );
  },
);
