// Static files by Licorne, nginx, WhiteNoise under gunicorn, and granian: one run, the same cores, in turn, in many short rounds.
// Usage: node bench/static.mjs [--rounds N] [--seconds N] [--connections N] [--servers NAME,NAME] [WORK ...]
// Needs wrk and nginx on the machine (Debian: apt install wrk nginx-light), and `npm test` to have been run once.
// Before anything is measured every server must give the same bytes. How to read the figures: README.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bench, bin, freePort, licorne, prepare, report, start, stop, wrk } from './side-by-side.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    servers: { type: 'string', default: 'nginx,whitenoise sync,whitenoise gthread,granian,licorne' },
  },
});

/** How each server is started; the first is what the others are compared with. */
const SERVERS = {
  nginx: (dir, port, work) => [
    'nginx',
    ['-p', dir, '-c', nginxConfiguration(dir, port, work), '-e', 'stderr'],
  ],
  'whitenoise sync': (dir, port) => [
    bin('gunicorn'),
    ['static_wsgi:application', '-w', '1', '--log-level', 'error', '-b', `127.0.0.1:${port}`],
  ],
  'whitenoise gthread': (dir, port) => [
    bin('gunicorn'),
    ['static_wsgi:application', '-w', '1', '-k', 'gthread', '--threads', '4', '--log-level', 'error'].concat([
      '-b',
      `127.0.0.1:${port}`,
    ]),
  ],
  granian: (dir, port) => [
    bin('granian'),
    ['--interface', 'wsgi', '--workers', '1', '--port', `${port}`, '--no-log'].concat([
      '--static-path-mount',
      join(dir, 'static'),
      'wsgi_app:application',
    ]),
  ],
  licorne: (dir, port) => [
    licorne,
    ['wsgi_app:application', '--static', `/static=${join(dir, 'static')}`, '-b', `127.0.0.1:${port}`].concat([
      '--python',
      bin('python'),
      '--gateways',
      '1',
    ]),
  ],
};

/**
 * `files`: that many of 1 KB are asked for one after the other. `fresh`: every server is started anew for each round, so that
 * no file was asked for before. `encoding`: what the client accepts, and must get.
 */
const WORKS = {
  '1k': { path: '/static/1k.bin' },
  '100k': { path: '/static/100k.bin' },
  '10m': { path: '/static/10m.bin' },
  '100m': { path: '/static/100m.bin', without: ['whitenoise sync', 'whitenoise gthread'] },
  many: { path: '/static/many/', files: 2_000 },
  first: { path: '/static/many/', files: 100_000, fresh: true },
  gzip: { path: '/static/100k.css', encoding: 'gzip', without: ['granian'] },
};

/** In so short a time nobody gets through all files of a fresh server. */
const FRESH_SECONDS = 1;

/** As an administrator would write it for speed: sendfile, an open file cache, one worker. */
function nginxConfiguration(dir, port, { encoding }) {
  const file = join(dir, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const gzip = encoding ? 'gzip on; gzip_types text/css;' : 'gzip off;';
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${join(dir, 'nginx.pid')}; user ${userInfo().username};
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${join(dir, 'temporary')};`).join(' ')}
      types { text/css css; } default_type application/octet-stream;
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; ${gzip}
      open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;
      server { listen 127.0.0.1:${port}; root ${dir}; }
    }`,
  );
  return file;
}

/** The folder that everyone serves. WhiteNoise compresses nothing by itself, so it gets a folder with the compressed file in it. */
function makeFiles(dir, { files = 0 }) {
  for (const folder of ['static', 'whitenoise']) mkdirSync(join(dir, folder));
  const noise = (bytes, seed) => {
    const block = createHash('sha512').update(seed).digest();
    return Buffer.alloc(bytes, block);
  };
  for (const folder of ['static', 'whitenoise']) {
    const put = (name, content) => writeFileSync(join(dir, folder, name), content);
    put('1k.bin', noise(1024, '1k'));
    put('100k.bin', noise(100 * 1024, '100k'));
    put('10m.bin', noise(10 * 1024 * 1024, '10m'));
    put('100m.bin', noise(100 * 1024 * 1024, '100m'));
    put('100k.css', styleSheet());
    mkdirSync(join(dir, folder, 'many'));
    if (files > 0) put('many/0.bin', noise(1024, '0'));
  }
  for (let i = 1; i < files; i++) writeFileSync(join(dir, 'static', 'many', `${i}.bin`), noise(1024, `${i}`));
  execFileSync('gzip', ['-k', '-6', join(dir, 'whitenoise', '100k.css')]);
  if (files > 0) {
    rmSync(join(dir, 'whitenoise', 'many'), { recursive: true });
    execFileSync('cp', ['-rl', join(dir, 'static', 'many'), join(dir, 'whitenoise', 'many')]);
  }
}

/** 100 KB that compress about as well as style sheets do. */
function styleSheet() {
  let text = '';
  for (let i = 0; text.length < 100 * 1024; i++) {
    const hash = createHash('md5').update(`${i}`).digest('hex');
    text += `.card-${hash.slice(0, 6)} > .title:hover { color: #${hash.slice(6, 12)}; padding: ${i % 40}px; display: flex }\n`;
  }
  return text.slice(0, 100 * 1024);
}

async function measure(name) {
  const work = WORKS[name];
  if (work === undefined) throw new Error(`no such work: ${name} (${Object.keys(WORKS).join(', ')})`);
  const dir = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
  const names = values.servers.split(',').filter((server) => !work.without?.includes(server));
  const servers = new Map();
  try {
    makeFiles(dir, work);
    const options = {
      cwd: join(bench, 'apps'),
      env: { ...process.env, STATIC_DIR: join(dir, 'whitenoise') },
    };
    const begin = async (server) => {
      const port = await freePort();
      return start(SERVERS[server](dir, port, work), port, '/', options);
    };
    for (const server of names) servers.set(server, await begin(server));
    await assertSameBytes(servers, work);
    if (work.fresh) await Promise.all([...servers.values()].map(stop));
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const server of names) {
        const running = work.fresh ? await begin(server) : servers.get(server);
        const rate = load(running.port, work);
        if (work.fresh) await stop(running);
        if (round > 0) servers.get(server).rates.push(rate); // the first round warms up
      }
    }
  } finally {
    await Promise.all([...servers.values()].map(stop));
    rmSync(dir, { recursive: true, force: true });
  }
  const seconds = work.fresh ? FRESH_SECONDS : values.seconds;
  const title = `${name}: ${values.rounds} rounds of ${seconds} s, ${values.connections} connections`;
  report(title, servers, 'requests/s');
}

/** Requests per second of one round. A fresh server is asked for no longer than its files last. */
function load(port, { path, files = 0, encoding, fresh = false }) {
  process.env.STATIC_FILES = `${files}`;
  if (encoding) process.env.ACCEPT_ENCODING = encoding;
  else delete process.env.ACCEPT_ENCODING;
  return wrk(`http://127.0.0.1:${port}${path}`, {
    script: join(bench, 'static-files.lua'),
    connections: values.connections,
    seconds: fresh ? FRESH_SECONDS : values.seconds,
  });
}

async function assertSameBytes(servers, { path, encoding }) {
  const wanted = `${path}${path.endsWith('/') ? '1.bin' : ''}`;
  const digests = new Set();
  for (const [name, { port }] of servers) {
    const headers = { 'accept-encoding': encoding ?? 'identity' };
    const response = await fetch(`http://127.0.0.1:${port}${wanted}`, { headers });
    const coding = response.headers.get('content-encoding') ?? undefined;
    if (response.status !== 200 || coding !== encoding) {
      throw new Error(
        `${name} answers ${wanted} with ${response.status}, Content-Encoding ${coding ?? 'none'}`,
      );
    }
    digests.add(
      createHash('sha256')
        .update(new Uint8Array(await response.arrayBuffer()))
        .digest('hex'),
    );
  }
  if (digests.size !== 1) throw new Error(`the servers do not agree on the content of ${wanted}`);
}

prepare(['gunicorn', 'whitenoise', 'granian']);
if (spawnSync('nginx', ['-v']).error) throw new Error('nginx is missing (Debian: apt install nginx-light)');
for (const name of positionals.length > 0 ? positionals : Object.keys(WORKS)) await measure(name);
