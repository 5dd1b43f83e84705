import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { freePort } from '../helpers/free-port.ts';
import { licorne } from '../helpers/paths.ts';
import { type Pebble, type PebbleOptions, startPebble, withoutPebble } from '../helpers/pebble.ts';
import { descendants, killAll } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const skip = withoutPebble();

const APP = `def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [('%s %s' % (environ['wsgi.url_scheme'], environ['PATH_INFO'])).encode()]
`;

interface Site {
  readonly cwd: string;
  readonly ports: { readonly httpPort: number; readonly tlsPort: number };
  readonly pebble: Pebble;
  start(...argv: string[]): Promise<Server>;
  /** What the site says, and by which certificate. */
  ask(
    name: string,
    path?: string,
  ): Promise<{ readonly text: string; readonly serial: string; readonly names: string }>;
  plain(path: string): Promise<string>;
}

async function site(t: TestContext, options: Partial<PebbleOptions> = {}): Promise<Site> {
  const cwd = mkdtempSync(join(tmpdir(), 'certificates-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'app.py'), APP);
  const ports = { httpPort: await freePort(), tlsPort: await freePort() };
  const pebble = await startPebble(t, { ...ports, ...options });
  const binds = [`http://127.0.0.1:${ports.httpPort}`, `https://127.0.0.1:${ports.tlsPort}`];
  const authority = ['--acme-directory', pebble.directory, '--acme-ca', pebble.caFile, '--acme-dir', 'state'];
  return {
    cwd,
    ports,
    pebble,
    start: (...argv) =>
      startLicorne(
        t,
        [
          'app:application',
          ...binds.flatMap((bind) => ['--bind', bind]),
          '--run-dir',
          'run',
          ...authority,
          ...argv,
        ],
        { cwd },
      ),
    ask: (name, path = '/') =>
      new Promise((resolve, reject) => {
        const asked = { port: ports.tlsPort, servername: name, headers: { host: name }, agent: false };
        getSecure({ ...asked, path, rejectUnauthorized: false }, (response) => {
          const { serialNumber, subjectaltname = '' } = (response.socket as TLSSocket).getPeerCertificate();
          bodyOf(response).then(
            (text) => resolve({ text, serial: serialNumber, names: subjectaltname }),
            reject,
          );
        }).on('error', reject);
      }),
    plain: (path) =>
      new Promise((resolve, reject) => {
        getPlain({ port: ports.httpPort, path, agent: false }, (response) => {
          bodyOf(response).then((text) => resolve(`${response.statusCode} ${text}`), reject);
        }).on('error', reject);
      }),
  };
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** Waits for the end of the first order. */
async function ordered(server: Server): Promise<void> {
  const [line] = await server.waitForLog(/The certificate for .* is there|No certificate for .*/, 60_000);
  assert.match(line, /is there/, server.output.stderr);
}

for (const type of ['http-01', 'tls-alpn-01']) {
  test(`a domain is all that is said: ${type}, two gateways, and half of all nonces bad`, {
    skip,
  }, async (t) => {
    const one = await site(t, { badNonces: 50 });
    const names = ['--domain', 'shop.example,www.shop.example'];
    const server = await one.start(...names, '--acme-challenges', type, '--gateways', '2');
    await ordered(server);
    for (const name of ['shop.example', 'www.shop.example']) {
      const said = await one.ask(name, '/x');
      assert.equal(said.text, 'https /x');
      assert.deepEqual(said.names.split(', ').sort(), ['DNS:shop.example', 'DNS:www.shop.example']);
    }
    assert.equal(await one.plain('/y'), '200 http /y');
  });
}

test('before there is a certificate plain HTTP works, and a handshake is told that the name is not known', {
  skip,
}, async (t) => {
  const one = await site(t);
  await one.pebble.server.stop('SIGKILL');
  const server = await one.start('--domain', 'shop.example', '--https-redirect');
  await server.waitForLog(
    /No certificate for shop\.example, HTTPS does not work there: .*connection refused/,
  );
  assert.equal(await one.plain('/'), '200 http /');
  await assert.rejects(one.ask('shop.example'), /unrecognized name/);
});

test('plain HTTP is sent to https from the first certificate on, but for challenges', { skip }, async (t) => {
  const one = await site(t, { validity: 9 });
  const server = await one.start(
    '--domain',
    'shop.example',
    '--https-redirect',
    '--acme-challenges',
    'http-01',
  );
  await ordered(server);
  await until(async () => (await one.plain('/')).startsWith('308 '), 'a redirect');
  const { serial } = await one.ask('shop.example');
  await until(async () => (await one.ask('shop.example')).serial !== serial, 'a renewal', 30_000);
});

test('a restart serves what is in the folder from its first connection on', { skip }, async (t) => {
  const one = await site(t);
  const first = await one.start('--domain', 'shop.example');
  await ordered(first);
  const { serial } = await one.ask('shop.example');
  await first.stop();
  await one.pebble.server.stop('SIGKILL');
  await one.start('--domain', 'shop.example');
  assert.equal((await one.ask('shop.example')).serial, serial);
});

test('an upgrade hands certificates on by the folder, and nothing is ordered twice', { skip }, async (t) => {
  const one = await site(t);
  const server = await one.start('--domain', 'shop.example');
  await ordered(server);
  const { serial } = await one.ask('shop.example');
  const upgraded = await command(one.cwd, 'upgrade', '--run-dir', 'run');
  const successor = Number(/^Upgraded in .*: process (\d+) serves/.exec(upgraded)?.[1] ?? 0);
  assert.ok(successor > 0, upgraded);
  t.after(() => killAll([successor, ...descendants(successor)]));
  for (let asked = 0; asked < 20; asked += 1) assert.equal((await one.ask('shop.example')).serial, serial);
  const issued = one.pebble.server.output.stdout.match(/Issued certificate serial/g) ?? [];
  assert.equal(issued.length, 1);
});

test('a renewal under load costs no connection, and nobody but the authority sees its challenge', {
  skip,
}, async (t) => {
  const one = await site(t, { validity: 9 });
  const server = await one.start(
    '--domain',
    'shop.example',
    '--acme-challenges',
    'tls-alpn-01',
    '--gateways',
    '2',
  );
  await ordered(server);
  const serials = new Set<string>();
  const deadline = Date.now() + 30_000;
  let asked = 0;
  const client = async (): Promise<void> => {
    while (serials.size < 3 && Date.now() < deadline) {
      const said = await one.ask('shop.example');
      assert.equal(said.text, 'https /');
      assert.equal(said.names, 'DNS:shop.example');
      serials.add(said.serial);
      asked += 1;
    }
  };
  await Promise.all([client(), client(), client()]);
  assert.equal(serials.size, 3, `${asked} requests saw ${serials.size} certificates`);
});

test('sites have certificates of their own, a reload orders another, and status tells of them', {
  skip,
}, async (t) => {
  const one = await site(t);
  const config = join(one.cwd, 'licorne.toml');
  const table = (host: string): string => `[[site]]\nhosts = ["${host}"]\ntls = "auto"\n`;
  writeFileSync(config, table('a.example'));
  const server = await one.start();
  await server.waitForLog(/The certificate for a\.example is there/, 30_000);
  writeFileSync(config, table('a.example') + table('b.example'));
  assert.match(await command(one.cwd, 'reload', '--run-dir', 'run'), /Reloaded/);
  await server.waitForLog(/The certificate for b\.example is there/, 30_000);
  for (const name of ['a.example', 'b.example'])
    await until(async () => (await one.ask(name)).names === `DNS:${name}`, `the certificate of ${name}`);
  const status = await command(one.cwd, 'status', '--run-dir', 'run');
  assert.match(
    status,
    /certificate +from +until +renewal\na\.example +Pebble Intermediate CA \w+ +20.*\nb\.example/,
  );
});

test('a client that asks for the challenge protocol when there is no challenge gets no connection', {
  skip,
}, async (t) => {
  const one = await site(t);
  const server = await one.start('--domain', 'shop.example');
  await ordered(server);
  const socket = connect({
    port: one.ports.tlsPort,
    servername: 'shop.example',
    ALPNProtocols: ['acme-tls/1'],
    rejectUnauthorized: false,
  });
  const end = await new Promise<string>((resolve) => {
    socket.on('secureConnect', () => resolve('connected'));
    socket.on('error', ({ message }) => resolve(message));
  });
  socket.destroy();
  assert.match(end, /no application protocol/);
});

function command(cwd: string, ...argv: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--', licorne, ...argv], { cwd }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}
