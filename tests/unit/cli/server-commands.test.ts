import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runReload } from '../../../src/cli/reload-command.ts';
import type { RunningServers } from '../../../src/cli/running-servers.ts';
import { runScale } from '../../../src/cli/scale-command.ts';
import { runStatus } from '../../../src/cli/status-command.ts';
import { runStop } from '../../../src/cli/stop-command.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import type { RegisteredServer } from '../../../src/control/registry.ts';
import type { CommandReply } from '../../../src/control/command.ts';
import type { Status } from '../../../src/supervisor/status.ts';
import { fakeTerminal, type FakeTerminal } from './fake-terminal.ts';

type Run = (argv: readonly string[], terminal: Terminal, servers: RunningServers) => Promise<number>;

interface World {
  servers?: readonly RegisteredServer[];
  sockets?: readonly string[];
  replies?: readonly CommandReply[];
  fails?: NodeJS.ErrnoException;
  gone?: boolean;
  rewrites?: boolean;
}

interface Ran extends FakeTerminal {
  exit: number;
  said: [socket: string, command: object][];
}

const server = (pid: number, cwd: string): RegisteredServer => ({
  pid,
  startTime: '1',
  cwd,
  cwdName: cwd,
  projectDirs: [cwd],
  runDir: `/run/licorne-${pid}`,
  binds: [`http://127.0.0.1:${pid}`],
});

const HERE = server(10, '/project');

async function run(command: Run, argv: readonly string[], world: World = {}): Promise<Ran> {
  const { servers = [HERE], replies = [{ ok: true }], fails, sockets = [], gone = true } = world;
  const terminal = Object.assign(fakeTerminal(), { rewrites: world.rewrites ?? false });
  const said: [string, object][] = [];
  const exit = await command(argv, terminal, {
    list: () => servers,
    sockets: () => sockets,
    same: (a, b) => a === b,
    talk(socket, what, onLine) {
      said.push([socket, what]);
      for (const line of replies) onLine(line);
      return fails === undefined ? Promise.resolve() : Promise.reject(fails);
    },
    gone: () => Promise.resolve(gone),
  });
  return Object.assign(terminal, { exit, said });
}

const RELOADED = { ok: true, ms: 1234, workers: 3 } as const;

test('reload tells the server of this folder and says when the new code serves', async () => {
  const { exit, said, stdout, stderr } = await run(runReload, [], { replies: [RELOADED] });
  assert.equal(exit, 0);
  assert.deepEqual(said, [['/run/licorne-10/control.sock', { command: 'reload' }]]);
  assert.equal(stdout, 'Reloaded 3 workers in 1.2 s\n');
  assert.equal(stderr, '');
});

test('reload --config asks for the configuration alone and says what has changed', async () => {
  const replies = [
    { ok: true, scope: 'configuration', ms: 80, workers: 3, changes: ['Changed: queue_max'] },
  ] as const;
  const { said, stdout } = await run(runReload, ['--config'], { replies });
  assert.deepEqual(said[0]?.[1], { command: 'reload', scope: 'configuration' });
  assert.equal(stdout, 'Configuration reloaded in 0.1 s, the workers go on\nChanged: queue_max\n');
});

test('a reload of an app that sleeps says when the new code starts', async () => {
  const { stdout } = await run(runReload, [], { replies: [{ ...RELOADED, workers: 0 }] });
  assert.equal(stdout, 'Reloaded in 1.2 s: asleep, the next request starts the new code\n');
});

const PROGRESS = [
  { progress: { app: 'app', done: 1, of: 2 } },
  { progress: { app: 'app', done: 2, of: 2 } },
  RELOADED,
] as const;

test('the progress of a reload is one line on a terminal, and lines elsewhere', async () => {
  const plain = await run(runReload, [], { replies: PROGRESS });
  assert.equal(plain.stderr, 'app: 1/2 workers replaced\napp: 2/2 workers replaced\n');
  const terminal = await run(runReload, [], { replies: PROGRESS, rewrites: true });
  assert.equal(terminal.stderr, '\r\x1b[Kapp: 1/2 workers replaced\r\x1b[Kapp: 2/2 workers replaced\r\x1b[K');
});

test('Ctrl-C leaves the progress on a line of its own and says that the reload goes on', async () => {
  const terminal = Object.assign(fakeTerminal(), { rewrites: true });
  await runReload([], terminal, {
    list: () => [HERE],
    sockets: () => [],
    same: (a, b) => a === b,
    talk(_socket, _command, onLine) {
      onLine(PROGRESS[0]);
      terminal.interrupt();
      onLine(RELOADED);
      return Promise.resolve();
    },
    gone: () => Promise.resolve(true),
  });
  assert.match(terminal.stderr, /1\/2 workers replaced\n[^\r]*goes on with the reload[^\r]*\n$/);
  terminal.interrupt();
  assert.equal(terminal.stderr.match(/goes on/g)?.length, 1);
});

test('a reload that failed shows title, traceback and hint, and exits with 1', async () => {
  const failure = {
    ok: false,
    title: 'The module mysite could not be imported',
    traceback: 'Traceback:\n  boom \x1b]0;evil\x07\n',
    hint: 'Mend it.',
  } as const;
  const { exit, stderr, stdout } = await run(runReload, [], { replies: [failure] });
  assert.equal(exit, 1);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    'licorne: error: The module mysite could not be imported\nTraceback:\n  boom \\x1b]0;evil\\x07\n  hint     Mend it.\n',
  );
});

test('a server that ends in the middle is an error', async () => {
  const { exit, stderr } = await run(runReload, [], { replies: [] });
  assert.equal(exit, 1);
  assert.match(stderr, /ended before it had answered/);
});

for (const [code, words] of [
  ['EACCES', /belongs to another user/],
  ['ECONNREFUSED', /not there any more/],
  ['ENOENT', /not there any more/],
] as const) {
  test(`a server that cannot be reached (${code}) is told in words`, async () => {
    const { exit, stderr } = await run(runStatus, [], {
      replies: [],
      fails: Object.assign(new Error(code), { code }),
    });
    assert.equal(exit, 1);
    assert.match(stderr, words);
  });
}

test('without a server here the others are listed, and nothing is done', async () => {
  const { exit, said, stderr } = await run(runStop, [], { servers: [server(12, '/elsewhere')] });
  assert.equal(exit, 1);
  assert.deepEqual(said, []);
  assert.match(stderr, /no server runs in this folder\n +12 {2}\/elsewhere/);
  assert.match(stderr, /--pid/);
  const none = await run(runStop, [], { servers: [] });
  assert.equal(none.exit, 1);
  assert.match(none.stderr, /no server of this user runs/);
});

test('of several servers here one has to be chosen', async () => {
  const servers = [HERE, { ...server(11, '/other'), projectDirs: ['/project'] }];
  const { exit, said, stderr } = await run(runReload, [], { servers });
  assert.equal(exit, 1);
  assert.deepEqual(said, []);
  assert.match(stderr, /several servers run in this folder\n +10 .*\n +11 /);
  const chosen = await run(runReload, ['--pid', '11'], { servers, replies: [RELOADED] });
  assert.equal(chosen.exit, 0);
  assert.equal(chosen.said[0]?.[0], '/run/licorne-11/control.sock');
});

test('--pid names a server wherever it was started, and one that is none is an error', async () => {
  const servers = [server(12, '/elsewhere')];
  assert.equal((await run(runReload, ['--pid', '12'], { servers, replies: [RELOADED] })).exit, 0);
  const { exit, stderr, said } = await run(runReload, ['--pid=13'], { servers });
  assert.equal(exit, 1);
  assert.deepEqual(said, []);
  assert.match(stderr, /no server of this user has the process id 13/);
});

test('--run-dir names a server by its socket, listed or not', async () => {
  const sockets = ['/srv/run/licorne-x/control.sock'];
  const one = await run(runReload, ['--run-dir', '/srv/run'], { servers: [], sockets, replies: [RELOADED] });
  assert.equal(one.exit, 0);
  assert.equal(one.said[0]?.[0], sockets[0]);
  const none = await run(runReload, ['--run-dir', '/srv/run'], { servers: [] });
  assert.equal(none.exit, 1);
  assert.match(none.stderr, /no control socket .*\/srv\/run/);
  const two = await run(runReload, ['--run-dir', '/srv/run'], { sockets: [...sockets, '/b'] });
  assert.equal(two.exit, 1);
  assert.deepEqual(two.said, []);
  assert.match(two.stderr, /several servers share/);
});

test('stop waits until the process is gone', async () => {
  const replies = [{ ok: true, pid: 10 }] as const;
  const stopped = await run(runStop, [], { replies });
  assert.equal(stopped.exit, 0);
  assert.deepEqual(stopped.said[0]?.[1], { command: 'stop', now: false });
  assert.equal(stopped.stdout, 'Stopped (pid 10)\n');
  const now = await run(runStop, ['--now'], { replies });
  assert.deepEqual(now.said[0]?.[1], { command: 'stop', now: true });
  const stuck = await run(runStop, [], { replies, gone: false });
  assert.equal(stuck.exit, 1);
  assert.match(stuck.stderr, /kill -9 10/);
});

test('a connection that breaks after the answer to a stop is its end, not a fault', async () => {
  const { exit } = await run(runStop, [], {
    replies: [{ ok: true, pid: 10 }],
    fails: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  });
  assert.equal(exit, 0);
});

test('scale takes so many more or less, and says how many that makes', async () => {
  for (const [word, app, by] of [
    ['+1', 'app', 1],
    ['-1', 'app', -1],
    ['api=-2', 'api', -2],
  ] as const) {
    const { said, stdout } = await run(runScale, ['--pid', '10', word], {
      replies: [{ ok: true, workers: 3 }],
    });
    assert.deepEqual(said[0]?.[1], { command: 'scale', app, by });
    assert.equal(stdout, `${app}: 3 workers wanted\n`);
  }
});

test('scale takes a number, for the main application or a named one', async () => {
  const main = await run(runScale, ['4'], { replies: [{ ok: true, workers: 4 }] });
  assert.deepEqual(main.said[0]?.[1], { command: 'scale', app: 'app', workers: 4 });
  assert.equal(main.stdout, 'app: 4 workers wanted\n');
  const named = await run(runScale, ['api=1'], { replies: [{ ok: true, workers: 1 }] });
  assert.deepEqual(named.said[0]?.[1], { command: 'scale', app: 'api', workers: 1 });
  assert.equal(named.stdout, 'api: 1 worker wanted\n');
  for (const argv of [[], ['four'], ['--1'], ['api=']]) {
    const wrong = await run(runScale, argv);
    assert.equal(wrong.exit, 2, argv.join(' '));
    assert.deepEqual(wrong.said, []);
  }
});

test('a wrong line is told with its usage, exit code 2', async () => {
  for (const [command, argv, words] of [
    [runReload, ['--now'], /unknown option `--now`/],
    [runStop, ['now'], /unexpected: `now`/],
    [runStatus, ['--pid', 'x'], /`x` is no process id/],
    [runStatus, ['--run-dir'], /--run-dir needs a value/],
  ] as const) {
    const { exit, stderr, said } = await run(command, argv);
    assert.equal(exit, 2);
    assert.match(stderr, words);
    assert.match(stderr, /usage {4}licorne/);
    assert.deepEqual(said, []);
  }
});

const STATUS: Status = {
  pid: 10,
  version: '1.2.3',
  uptime: 11_530,
  binds: ['http://127.0.0.1:8000', 'unix:/run/site.sock'],
  phase: 'serving',
  reloading: false,
  reloadFault: null,
  apps: [
    {
      name: 'app',
      target: 'mysite.wsgi',
      interface: 'wsgi',
      wanted: 2,
      min: 2,
      max: 2,
      generation: 4,
      queued: 0,
      inFlight: 1,
      fault: null,
      workers: [
        {
          number: 0,
          pid: 1240,
          state: 'ready',
          generation: 4,
          ageSeconds: 750,
          requests: 12_345,
          rssBytes: 89_128_960,
        },
        {
          number: 1,
          pid: 99_241,
          state: 'starting',
          generation: 4,
          ageSeconds: 2,
          requests: 0,
          rssBytes: null,
        },
      ],
    },
    {
      name: 'api',
      target: 'api:app',
      interface: null,
      generation: 1,
      wanted: 0,
      min: 0,
      max: 8,
      queued: 3,
      inFlight: 0,
      fault: null,
      workers: [],
    },
  ],
  certificates: [],
  gateways: [{ number: 0, pid: 1239 }],
};

test('status is a table', async () => {
  const { exit, stdout } = await run(runStatus, [], { replies: [{ ok: true, ...STATUS }] });
  assert.equal(exit, 0);
  assert.equal(
    stdout,
    `Licorne 1.2.3, pid 10, serving, up 3 h 12 min
  http://127.0.0.1:8000
  unix:/run/site.sock

app: mysite.wsgi (WSGI), 1 of 2 workers ready; 1 request in work, 0 waiting
  worker     pid   state      generation      age   requests   memory
       0    1240   ready               4   12 min      12345   85 MiB
       1   99241   starting            4      2 s          0

api: api:app, asleep until its next request, 0 to 8 as the queue asks; 0 requests in work, 3 waiting

  gateway    pid
        0   1239
`,
  );
});

test('status tells why the last reload failed, and why a worker could not start', async () => {
  const apps = STATUS.apps.map((app) =>
    app.name === 'api' ? { ...app, fault: { title: 'no key\x1b[1m', ageSeconds: 12 } } : app,
  );
  const reloadFault = { title: 'The module x could not be imported', ageSeconds: 190 };
  const { stdout } = await run(runStatus, [], { replies: [{ ok: true, ...STATUS, apps, reloadFault }] });
  assert.match(stdout, /^  last reload failed 3 min ago: The module x could not be imported$/m);
  assert.match(stdout, /^api: .*\n  last start of a worker failed 12 s ago: no key\\x1b\[1m$/m);
});

test('status --json is what the server said', async () => {
  const { stdout } = await run(runStatus, ['--json'], { replies: [{ ok: true, ...STATUS }] });
  assert.deepEqual(JSON.parse(stdout), STATUS);
});

test('status --all lists the servers of this user', async () => {
  const servers = [HERE, server(12, '/elsewhere')];
  const { stdout, said } = await run(runStatus, ['--all'], { servers });
  assert.match(stdout, /^ +10 {2}\/project {2}http:\/\/127\.0\.0\.1:10\n +12 {2}\/elsewhere/);
  assert.deepEqual(said, []);
  assert.deepEqual(JSON.parse((await run(runStatus, ['--all', '--json'], { servers })).stdout), servers);
});

test('--help shows the help of the command', async () => {
  for (const [command, name] of [
    [runReload, 'reload'],
    [runStop, 'stop'],
    [runStatus, 'status'],
    [runScale, 'scale'],
  ] as const) {
    const { exit, stdout } = await run(command, ['--help']);
    assert.equal(exit, 0);
    assert.match(stdout, new RegExp(`^Usage: licorne ${name}`));
  }
});
