// Licorne beside other servers, in one run on the same cores: all run all the time and are loaded in turn, in many short rounds.
// Usage: node bench/compare.mjs [--rounds N] [--seconds N] [--connections N] [--workers N] [WORK ...]
// Needs wrk on the search path, and `npm test` to have been run once (for the tests' Python environment).
// Prints each server's median and the median of the per-round ratios to the first, with its spread. One absolute figure says little.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const bench = join(root, 'bench');
const venv = join(root, '.build/bench');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
  },
});

const bin = (name) => join(venv, 'bin', name);
const W = values.workers;

/** How each server is started; the first of a work's list is what the others are compared with. */
const SERVERS = {
  gunicorn: (target, port) => [
    bin('gunicorn'),
    [target, '-w', W, '--keep-alive', '75', '--log-level', 'error', '-b', `127.0.0.1:${port}`],
  ],
  'gunicorn gthread': (target, port) => [
    bin('gunicorn'),
    [target, '-w', W, '-k', 'gthread', '--threads', '4', '--log-level', 'error', '-b', `127.0.0.1:${port}`],
  ],
  uvicorn: (target, port) => [
    bin('uvicorn'),
    [target, '--workers', W, '--loop', 'uvloop', '--http', 'httptools', '--no-access-log'].concat([
      '--log-level',
      'error',
      '--port',
      `${port}`,
    ]),
  ],
  'granian wsgi': (target, port) => granian('wsgi', target, port),
  'granian asgi': (target, port) => granian('asgi', target, port),
  licorne: (target, port) => [
    join(root, 'bin/licorne'),
    [target, '-w', W, '--python', bin('python'), '-b', `127.0.0.1:${port}`],
  ],
};
const granian = (kind, target, port) => [
  bin('granian'),
  ['--interface', kind, '--workers', W, '--port', `${port}`, '--no-log', target],
];

const WSGI = ['gunicorn', 'gunicorn gthread', 'granian wsgi', 'licorne'];
const ASGI = ['uvicorn', 'granian asgi', 'licorne'];
const wsgi = { cwd: join(bench, 'apps'), target: 'wsgi_app:application', servers: WSGI };
const asgi = { cwd: join(bench, 'apps'), target: 'asgi_app:application', servers: ASGI };
const POST = join(bench, 'post-10k.lua');
const WORKS = {
  'wsgi-hello': { ...wsgi, path: '/' },
  'wsgi-10k': { ...wsgi, path: '/10k' },
  'wsgi-echo': { ...wsgi, path: '/echo', script: POST },
  'django-list': {
    cwd: join(root, 'examples/django'),
    target: 'cookbook.wsgi:application',
    servers: ['gunicorn', 'gunicorn gthread', 'licorne'],
    path: '/',
    prepare: seed,
  },
  'asgi-hello': { ...asgi, path: '/' },
  'asgi-10k': { ...asgi, path: '/10k' },
  'asgi-echo': { ...asgi, path: '/echo', script: POST },
  'websocket-echo': { ...asgi, path: '/echo', sockets: 20 },
  'websocket-broadcast': { ...asgi, path: '/broadcast', sockets: 100 },
};

/** The peers in an environment of their own, on the Python of the tests. */
function prepare() {
  if (spawnSync('wrk', ['-v']).error) throw new Error('wrk is missing (Debian: apt install wrk)');
  const python = join(root, '.venv/bin/python');
  if (!existsSync(python)) throw new Error('run `npm test` once: it makes the virtual environment');
  if (existsSync(bin('granian'))) return;
  execFileSync(python, ['-m', 'venv', venv], { stdio: 'inherit' });
  const packages = ['gunicorn', 'django', 'uvicorn[standard]', 'granian'];
  execFileSync(bin('pip'), ['install', '-q', ...packages], { stdio: 'inherit' });
}

function seed(options) {
  for (const args of [['migrate', '--verbosity', '0'], ['seed']])
    execFileSync(bin('python'), ['manage.py', ...args], { ...options, stdio: 'ignore' });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(name, work, options) {
  const port = await freePort();
  const [command, args] = SERVERS[name](work.target, port);
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return { child, port, rates: [] };
    } catch {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${command} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Requests (or WebSocket messages) per second of one round. */
function load(port, work) {
  if (work.sockets !== undefined) {
    const args = [join(bench, 'websocket-load.mjs'), `ws://127.0.0.1:${port}${work.path}`];
    return Number(
      execFileSync(process.execPath, [...args, work.sockets, values.seconds], { encoding: 'utf8' }),
    );
  }
  const script = work.script ?? join(bench, 'browser-headers.lua');
  const args = ['-t1', `-c${values.connections}`, `-d${values.seconds}s`, '-s', script];
  const output = execFileSync('wrk', [...args, `http://127.0.0.1:${port}${work.path}`], { encoding: 'utf8' });
  const errors = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? '0';
  if (errors !== '0') throw new Error(`${errors} responses were errors`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
}

async function compare(name) {
  const work = WORKS[name];
  if (work === undefined) throw new Error(`no such work: ${name} (${Object.keys(WORKS).join(', ')})`);
  const data = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
  const env = { ...process.env, DATABASE: join(data, 'db.sqlite3'), MEDIA_ROOT: join(data, 'media') };
  const options = { cwd: work.cwd, env };
  const servers = new Map();
  try {
    work.prepare?.(options);
    for (const server of work.servers) servers.set(server, await start(server, work, options));
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const server of servers.values()) {
        const rate = load(server.port, work);
        if (round > 0) server.rates.push(rate); // the first round warms up
      }
    }
  } finally {
    for (const { child } of servers.values()) child.kill('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }
  report(name, work, servers);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function report(name, work, servers) {
  const unit = work.sockets === undefined ? 'requests/s' : 'messages/s';
  const clients =
    work.sockets === undefined ? `${values.connections} connections` : `${work.sockets} sockets`;
  console.log(`\n${name}: ${values.rounds} rounds of ${values.seconds} s, ${clients}, ${W} worker(s)`);
  const first = servers.get(work.servers[0]);
  for (const [server, { rates }] of servers) {
    const ratios = rates.map((rate, round) => rate / first.rates[round]);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const figures = `${median(rates).toFixed(0).padStart(8)} ${unit}   ${median(ratios).toFixed(2)}`;
    console.log(`  ${server.padEnd(18)}${figures} × ${work.servers[0]} (${spread})`);
  }
}

prepare();
for (const name of positionals.length > 0 ? positionals : Object.keys(WORKS)) await compare(name);
