// HTTP/2 without TLS by Licorne and nginx: one run, the same cores, in turn, in many short rounds.
// Usage: node bench/http2.mjs [--rounds N] [--seconds N] [--connections N] [--streams N] [WORK ...]
// Needs h2load and nginx on the machine (Debian: apt install nghttp2-client nginx-light), and `npm test` to have been run once.
// `app` has no nginx in it: it compares the same application of Licorne over HTTP/2 and over HTTP/1.1. How to read the figures: README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bench, freePort, licorne, report, root, start, stop } from './side-by-side.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '8' },
    streams: { type: 'string', default: '10' },
  },
});

/** `names`: who is loaded, the first is what the others are compared with. */
const WORKS = {
  hello: { path: '/fixed', names: ['nginx', 'licorne'] },
  '10k': { path: '/static/10k.bin', names: ['nginx', 'licorne'] },
  app: { path: '/', names: ['licorne HTTP/1.1', 'licorne'] },
};

/** As an administrator would write it for speed. Older versions speak nothing but HTTP/2 at such a port: the other tells when it is ready. */
function nginxConfiguration(dir, port, ready) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const file = join(dir, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${join(dir, 'nginx.pid')}; user ${userInfo().username};
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${join(dir, 'temporary')};`).join(' ')}
      default_type application/octet-stream;
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
      open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;
      server {
        listen 127.0.0.1:${port} http2; listen 127.0.0.1:${ready}; root ${dir};
        location = /fixed { default_type text/plain; return 200 "Hello, world!\\n"; }
      }
    }`,
  );
  return file;
}

function licorneConfiguration(dir) {
  const file = join(dir, 'licorne.toml');
  writeFileSync(
    file,
    `[app]
target = "wsgi_app:application"
chdir = ${JSON.stringify(join(bench, 'apps'))}
[[site]]
[[site.location]]
path = "/fixed"
match = "exact"
respond = "Hello, world!\\n"
[[site.location]]
path = "/static/"
static = ${JSON.stringify(join(dir, 'static'))}
`,
  );
  return file;
}

async function startAll(dir) {
  mkdirSync(join(dir, 'static'));
  const block = createHash('sha512').update('10k').digest();
  writeFileSync(join(dir, 'static', '10k.bin'), Buffer.alloc(10 * 1024, block));
  const [port, ready, own] = [await freePort(), await freePort(), await freePort()];
  const options = { cwd: dir };
  const file = nginxConfiguration(dir, port, ready);
  const nginx = await start(['nginx', ['-p', dir, '-c', file, '-e', 'stderr']], ready, '/fixed', options);
  const python = join(root, '.venv/bin/python');
  const args = ['-c', licorneConfiguration(dir), '--http2-cleartext', '--python', python, '--gateways', '1'];
  const child = [licorne, [...args, '--workers', '1', '-b', `127.0.0.1:${own}`]];
  return { nginx: { ...nginx, port }, licorne: await start(child, own, '/fixed', options) };
}

/** Requests per second of one round of h2load. An answer that is an error ends the measurement. */
function load(url, http1) {
  const clients = Number(values.connections);
  const streams = Number(values.streams);
  const shape = http1 ? ['--h1', `-c${clients * streams}`, '-m1'] : [`-c${clients}`, `-m${streams}`];
  const output = execFileSync('h2load', ['-t1', ...shape, `-D${values.seconds}`, url], { encoding: 'utf8' });
  const [, good, ...bad] = /codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(output) ?? [];
  if (good === '0' || bad.some((count) => count !== '0'))
    throw new Error(`not all of ${url} is well:\n${output}`);
  return Number(/finished in [^,]*, ([\d.]+) req\/s/.exec(output)?.[1]);
}

async function measure(name, servers) {
  const work = WORKS[name];
  if (work === undefined) throw new Error(`no such work: ${name} (${Object.keys(WORKS).join(', ')})`);
  const rows = new Map(work.names.map((row) => [row, { rates: [] }]));
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const [row, { rates }] of rows) {
      const { port } = row === 'nginx' ? servers.nginx : servers.licorne;
      const rate = load(`http://127.0.0.1:${port}${work.path}`, row.endsWith('HTTP/1.1'));
      if (round > 0) rates.push(rate); // the first round warms up
    }
  }
  const shape = `${values.connections} connections of ${values.streams} streams`;
  report(`${name}: ${values.rounds} rounds of ${values.seconds} s, ${shape}`, rows, 'requests/s');
}

for (const program of ['h2load', 'nginx']) {
  if (spawnSync(program, ['-v']).error)
    throw new Error(`${program} is missing (Debian: nghttp2-client, nginx-light)`);
}
const dir = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
let servers = {};
try {
  servers = await startAll(dir);
  for (const name of positionals.length > 0 ? positionals : Object.keys(WORKS)) await measure(name, servers);
} finally {
  await Promise.all(Object.values(servers).map(stop));
  rmSync(dir, { recursive: true, force: true });
}
