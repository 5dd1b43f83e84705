// Licorne beside other servers, in one run on the same cores: all run all the time and are loaded in turn, in many short rounds.
// Usage: node bench/compare.mjs [--rounds N] [--seconds N] [--connections N] [--workers N] [WORK ...]
// Needs wrk on the search path, and `npm test` to have been run once (for the tests' Python environment).
// Prints each server's median and the median of the per-round ratios to the first, with its spread. One absolute figure says little.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bench, bin, freePort, licorne, prepare, report, root, start, stop, wrk } from './side-by-side.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    workers: { type: 'string', default: '1' },
  },
});

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
    licorne,
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

function seed(options) {
  for (const args of [['migrate', '--verbosity', '0'], ['seed']])
    execFileSync(bin('python'), ['manage.py', ...args], { ...options, stdio: 'ignore' });
}

/** Requests (or WebSocket messages) per second of one round. */
function load(port, work) {
  if (work.sockets !== undefined) {
    const args = [join(bench, 'websocket-load.mjs'), `ws://127.0.0.1:${port}${work.path}`];
    return Number(
      execFileSync(process.execPath, [...args, work.sockets, values.seconds], { encoding: 'utf8' }),
    );
  }
  return wrk(`http://127.0.0.1:${port}${work.path}`, {
    script: work.script ?? join(bench, 'browser-headers.lua'),
    connections: values.connections,
    seconds: values.seconds,
  });
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
    for (const server of work.servers) {
      const port = await freePort();
      servers.set(server, await start(SERVERS[server](work.target, port), port, '/', options));
    }
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const server of servers.values()) {
        const rate = load(server.port, work);
        if (round > 0) server.rates.push(rate); // the first round warms up
      }
    }
  } finally {
    await Promise.all([...servers.values()].map(stop));
    rmSync(data, { recursive: true, force: true });
  }
  const clients =
    work.sockets === undefined ? `${values.connections} connections` : `${work.sockets} sockets`;
  const title = `${name}: ${values.rounds} rounds of ${values.seconds} s, ${clients}, ${W} worker(s)`;
  report(title, servers, work.sockets === undefined ? 'requests/s' : 'messages/s');
}

prepare(['gunicorn', 'django', 'uvicorn[standard]', 'granian']);
for (const name of positionals.length > 0 ? positionals : Object.keys(WORKS)) await compare(name);
