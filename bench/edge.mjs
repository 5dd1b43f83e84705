// What people keep nginx in front for: passing requests on, TLS, HTTP/2. Licorne and nginx in one run, on the same cores, in turn, in many short rounds.
// Usage: node bench/edge.mjs [--rounds N] [--seconds N] [--connections N] [WORK ...]
// Needs wrk, h2load, openssl and nginx on the machine (Debian: apt install wrk nghttp2-client openssl nginx-light). How to read the figures: README.md.
// Behind both stands the same nginx, so that what is measured is what stands in front.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, licorne, report, start, stop } from './side-by-side.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
  },
});

/** `tool`: what loads; handshakes are counted by requests that each have a connection of their own. */
const WORKS = {
  'proxy-hello': { scheme: 'http', path: '/back/hello', tool: wrk },
  'proxy-100k': { scheme: 'http', path: '/back/100k.bin', tool: wrk },
  'tls-hello': { scheme: 'https', path: '/hello', tool: wrk },
  'tls-handshakes': { scheme: 'https', path: '/hello', tool: (url) => wrk(url, ['-H', 'Connection: close']) },
  'tls-proxy-hello': { scheme: 'https', path: '/back/hello', tool: wrk },
  'h2-hello': { scheme: 'https', path: '/hello', tool: h2load },
  'h2-proxy-hello': { scheme: 'https', path: '/back/hello', tool: h2load },
};

function wrk(url, more = []) {
  const args = ['-t1', `-c${values.connections}`, `-d${values.seconds}s`, ...more, url];
  const output = execFileSync('wrk', args, { encoding: 'utf8' });
  const errors = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? '0';
  if (errors !== '0') throw new Error(`${errors} responses of ${url} were errors`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
}

function h2load(url) {
  const args = [`-c${values.connections}`, '-m10', `-D${values.seconds}`, url];
  const output = execFileSync('h2load', args, { encoding: 'utf8' });
  const [, failed = '0'] = /(\d+) failed/.exec(output) ?? [];
  if (failed !== '0') throw new Error(`${failed} requests of ${url} failed`);
  return Number(/finished in [\d.]+m?s, ([\d.]+) req\/s/.exec(output)?.[1]);
}

const temporaryPaths = (dir) =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(dir, 'temporary')};`,
  );

const common = (dir) => `
    daemon off; worker_processes 1; user ${userInfo().username}; error_log stderr crit;
    events { worker_connections 4096; }
    http {
      ${temporaryPaths(dir).join(' ')}
      default_type application/octet-stream; access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;`;

function backConfiguration(dir, port) {
  writeFileSync(join(dir, 'back', '100k.bin'), Buffer.alloc(102_400, 'x'));
  writeFileSync(
    join(dir, 'back.conf'),
    `pid ${join(dir, 'back.pid')};${common(dir)}
      open_file_cache max=10 inactive=60s;
      server { listen 127.0.0.1:${port}; root ${dir}; location = /back/hello { return 200 "Hello, world!\\n"; } }
    }`,
  );
  return ['nginx', ['-p', dir, '-c', join(dir, 'back.conf'), '-e', 'stderr']];
}

/** As an administrator would write it for speed: connections to the back are kept, tickets as they are by default. */
function nginx(dir, ports, back) {
  writeFileSync(
    join(dir, 'front.conf'),
    `pid ${join(dir, 'front.pid')};${common(dir)}
      upstream back { server 127.0.0.1:${back}; keepalive 64; keepalive_requests 100000000; }
      ssl_certificate ${join(dir, 'cert.pem')}; ssl_certificate_key ${join(dir, 'key.pem')};
      server {
        listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.https} ssl http2;
        location = /hello { return 200 "Hello, world!\\n"; }
        location /back/ { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
      }
    }`,
  );
  return ['nginx', ['-p', dir, '-c', join(dir, 'front.conf'), '-e', 'stderr']];
}

function ours(dir, ports, back) {
  writeFileSync(
    join(dir, 'licorne.toml'),
    `[server]
bind = ["http://127.0.0.1:${ports.http}", "https://127.0.0.1:${ports.https}"]
gateways = 1
[log]
access_log = ""
log_level = "error"
[tls]
certificate = ["${join(dir, 'cert.pem')}"]
certificate_key = ["${join(dir, 'key.pem')}"]
[upstreams.back]
peers = ["http://127.0.0.1:${back}"]
keepalive_timeout = 60
[[site]]
[[site.location]]
path = "/hello"
match = "exact"
respond = "Hello, world!\\n"
[[site.location]]
path = "/back/"
proxy = "back"
`,
  );
  return [licorne, ['-c', join(dir, 'licorne.toml')]];
}

async function measure(names) {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
  const running = [];
  try {
    mkdirSync(join(dir, 'back'));
    const selfSigned = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem'), '-subj', '/CN=localhost'];
    execFileSync('openssl', [...selfSigned, ...files], { stdio: 'ignore' });
    const back = await freePort();
    running.push(await start(backConfiguration(dir, back), back, '/back/hello', { cwd: dir }));
    const fronts = new Map();
    for (const [name, make] of [
      ['nginx', nginx],
      ['licorne', ours],
    ]) {
      const ports = { http: await freePort(), https: await freePort() };
      const server = await start(make(dir, ports, back), ports.http, '/hello', { cwd: dir });
      running.push(server);
      fronts.set(name, { ...server, ports });
    }
    for (const name of names) {
      const work = WORKS[name];
      if (work === undefined) throw new Error(`no such work: ${name} (${Object.keys(WORKS).join(', ')})`);
      for (const front of fronts.values()) front.rates = [];
      for (let round = 0; round <= Number(values.rounds); round += 1) {
        for (const front of fronts.values()) {
          const rate = work.tool(`${work.scheme}://127.0.0.1:${front.ports[work.scheme]}${work.path}`);
          if (round > 0) front.rates.push(rate); // the first round warms up
        }
      }
      const title = `${name}: ${values.rounds} rounds of ${values.seconds} s, ${values.connections} connections`;
      report(title, fronts, name === 'tls-handshakes' ? 'handshakes/s' : 'requests/s');
    }
  } finally {
    await Promise.all(running.map(stop));
    rmSync(dir, { recursive: true, force: true });
  }
}

await measure(positionals.length === 0 ? Object.keys(WORKS) : positionals);
