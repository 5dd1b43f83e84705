// Licorne beside gunicorn, in one run on the same cores: both run all the time and are loaded in turn, in many short rounds.
// Usage: node bench/compare.mjs [--rounds N] [--seconds N] [--connections N] [--workers N] [hello|list ...]
// Needs wrk on the search path, and `npm test` to have been run once (for the example's virtual environment).
// Prints each server's median and the median of the per-round ratios, with its spread. One absolute figure says little.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = new URL('..', import.meta.url).pathname;
const python = join(root, '.venv/bin/python');
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

const WORK = {
  hello: { cwd: join(root, 'bench/apps'), target: 'hello:application', path: '/' },
  list: { cwd: join(root, 'examples/django'), target: 'cookbook.wsgi:application', path: '/' },
};

/** gunicorn in an environment of its own, on the Python and with the packages of the tests' one. */
function prepare() {
  if (spawnSync('wrk', ['-v']).error) throw new Error('wrk is missing (Debian: apt install wrk)');
  if (!existsSync(python)) throw new Error('run `npm test` once: it makes the virtual environment');
  if (existsSync(join(venv, 'bin/gunicorn'))) return;
  execFileSync(python, ['-m', 'venv', venv], { stdio: 'inherit' });
  execFileSync(join(venv, 'bin/pip'), ['install', '-q', 'gunicorn', 'django'], { stdio: 'inherit' });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(command, args, options, port) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return child;
    } catch {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${command} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function load(port, path) {
  const output = execFileSync(
    'wrk',
    [
      '-t1',
      `-c${values.connections}`,
      `-d${values.seconds}s`,
      '--latency',
      '-s',
      join(root, 'bench/browser-headers.lua'),
      `http://127.0.0.1:${port}${path}`,
    ],
    { encoding: 'utf8' },
  );
  const errors = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? '0';
  if (errors !== '0') throw new Error(`${errors} responses were errors`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function compare(name) {
  const work = WORK[name];
  const data = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
  const env = { ...process.env, DATABASE: join(data, 'db.sqlite3'), MEDIA_ROOT: join(data, 'media') };
  const options = { cwd: work.cwd, env };
  const servers = {};
  const children = [];
  try {
    if (name === 'list') {
      for (const args of [['migrate', '--verbosity', '0'], ['seed']])
        execFileSync(join(venv, 'bin/python'), ['manage.py', ...args], { ...options, stdio: 'ignore' });
    }
    for (const [server, [command, args]] of Object.entries({
      gunicorn: [
        join(venv, 'bin/gunicorn'),
        [work.target, '-w', values.workers, '--keep-alive', '75', '--log-level', 'error'],
      ],
      'gunicorn gthread': [
        join(venv, 'bin/gunicorn'),
        [
          work.target,
          '-w',
          values.workers,
          '-k',
          'gthread',
          '--threads',
          '4',
          '--keep-alive',
          '75',
          '--log-level',
          'error',
        ],
      ],
      licorne: [
        join(root, 'bin/licorne'),
        [work.target, '-w', values.workers, '--python', join(venv, 'bin/python')],
      ],
    })) {
      const port = await freePort();
      children.push(await start(command, [...args, '-b', `127.0.0.1:${port}`], options, port));
      servers[server] = { port, rates: [] };
    }
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const server of Object.values(servers)) {
        const rate = load(server.port, work.path);
        if (round > 0) server.rates.push(rate); // the first round warms up
      }
    }
  } finally {
    for (const child of children) child.kill('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }
  report(name, servers);
}

function report(name, servers) {
  console.log(
    `\n${name}: ${values.rounds} rounds of ${values.seconds} s, ${values.connections} connections, ${values.workers} worker(s)`,
  );
  for (const [server, { rates }] of Object.entries(servers)) {
    const ratios = rates.map((rate, round) => rate / servers.gunicorn.rates[round]);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    console.log(
      `  ${server.padEnd(18)} ${median(rates).toFixed(0).padStart(7)} requests/s   ${median(ratios).toFixed(2)} × gunicorn (${spread})`,
    );
  }
}

prepare();
for (const name of positionals.length > 0 ? positionals : Object.keys(WORK)) await compare(name);
