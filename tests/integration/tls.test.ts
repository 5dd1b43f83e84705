// TLS in front of real workers: what clients of several kinds get, and what the app is told of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { promisify } from 'node:util';
import { testAuthority } from '../helpers/certificates.ts';
import { RawClient } from '../helpers/http.ts';
import { launchPlain, servePlain } from '../helpers/plain.ts';
import { launchLicorne } from '../helpers/server.ts';
import { secureConnect, secureGet } from '../helpers/tls-client.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

const LOCAL = ['localhost', '127.0.0.1'];

test('with a certificate an address speaks TLS, and the app learns scheme, protocol and cipher', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'environ', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  assert.match(server.url, /^https:/);
  const answer = await secureGet(server.port, '/', { ca: readFileSync(ca), servername: 'localhost' });
  assert.equal(answer.status, 200);
  const environ = JSON.parse(answer.body) as Record<string, string>;
  assert.equal(environ['wsgi.url_scheme'], 'https');
  assert.equal(environ['HTTPS'], 'on');
  assert.equal(environ['SSL_PROTOCOL'], 'TLSv1.3');
  assert.equal(environ['SSL_CIPHER'], 'TLS_AES_128_GCM_SHA256');
  assert.equal(environ['SSL_TLS_SNI'], 'localhost');
  assert.equal(environ['SSL_CLIENT_VERIFY'], 'NONE');
});

test('TLS 1.2 is spoken only with forward secrecy, older versions and the modern profile refuse', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const files = ['--certificate', pair.certificatePath, '--certificate-key', pair.keyPath];
  const server = await servePlain(t, 'environ', files);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const old = await secureGet(server.port, '/', { ...trusted, maxVersion: 'TLSv1.2' });
  assert.match(old.body, /"SSL_CIPHER": ?"ECDHE-ECDSA-AES128-GCM-SHA256"/);
  for (const options of [
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  ] as const)
    await assert.rejects(secureGet(server.port, '/', { ...trusted, ...options }));
  const modern = await servePlain(t, 'environ', [...files, '--tls-profile', 'modern']);
  await assert.rejects(secureGet(modern.port, '/', { ...trusted, maxVersion: 'TLSv1.2' }));
  assert.equal((await secureGet(modern.port, '/', trusted)).status, 200);
});

test('plain HTTP on a port that speaks TLS is answered in words, with the URL to go to', async (t) => {
  const { issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  const client = new RawClient(server);
  client.send(`GET /a?b=c HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
  const answer = await client.read();
  assert.equal(answer.status, 400);
  assert.ok(answer.text.includes(`https://localhost:${server.port}/a?b=c`), answer.text);
});

test('the certificate is chosen by the name that a client asks for', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const main = await issue('main', { names: ['one.test'] });
  const wild = await issue('wild', { names: ['*.two.test'] });
  const rsa = await issue('rsa', { names: ['one.test'], algorithm: 'rsa' });
  const files = [main, wild, rsa].flatMap(({ certificatePath, keyPath }) => [
    '--certificate',
    certificatePath,
    '--certificate-key',
    keyPath,
  ]);
  const server = await servePlain(t, 'hello', files);
  const shown = async (servername: string, options = {}): Promise<string> => {
    const socket = await secureConnect(server.port, {
      ca: readFileSync(ca),
      servername,
      checkServerIdentity: () => undefined,
      ...options,
    });
    const name = socket.getPeerX509Certificate();
    socket.destroy();
    return `${name?.subjectAltName} ${name?.publicKey.asymmetricKeyType}`;
  };
  assert.equal(await shown('one.test'), 'DNS:one.test ec');
  assert.equal(await shown('a.two.test'), 'DNS:*.two.test ec');
  assert.equal(await shown('a.b.two.test'), 'DNS:one.test ec');
  assert.equal(await shown('other.test'), 'DNS:one.test ec');
  const onlyRsa = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' };
  assert.equal(await shown('one.test', onlyRsa), 'DNS:one.test rsa');
});

test('a site may have a certificate of its own', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  await issue('shop', { names: ['shop.test'] });
  await issue('blog', { names: ['blog.test'] });
  const sites = ['shop', 'blog'].map(
    (name) =>
      `[[site]]\nhosts = ["${name}.test"]\ncertificate = "${name}.pem"\ncertificate_key = "${name}.key"\n`,
  );
  writeFileSync(join(folder, 'licorne.toml'), sites.join(''));
  const bind = ['-b', 'https://127.0.0.1:0'];
  const server = await servePlain(t, 'hello', [...bind, '-c', join(folder, 'licorne.toml')]);
  for (const name of ['shop.test', 'blog.test']) {
    const headers = { host: name };
    const answer = await secureGet(server.port, '/', { ca: readFileSync(ca), servername: name, headers });
    assert.equal(answer.status, 200);
  }
});

test('a renewed certificate is used for new connections, and no request is lost', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const agent = new Agent({ ...trusted, keepAlive: true, maxSockets: 4 });
  t.after(() => agent.destroy());
  const load = { stopped: false, failed: 0, count: 0 };
  t.after(() => {
    load.stopped = true;
  });
  const clients = Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      while (!load.stopped) {
        const answer = await secureGet(server.port, '/', index < 4 ? { agent } : trusted).catch(() => null);
        load.count += 1;
        if (answer?.status !== 200) load.failed += 1;
      }
    }),
  );
  const next = await issue('next', { names: LOCAL });
  // As a careless script does it: for a moment the two do not fit.
  writeFileSync(pair.certificatePath, next.certificate);
  await server.waitForLog(/cannot be used; the old ones stay: The private key in .* is not that of/, 15_000);
  renameSync(join(folder, 'next.key'), pair.keyPath);
  await server.waitForLog(/Certificates were changed on disk; new connections get localhost/, 15_000);
  const serial = async (): Promise<string> => {
    const socket = await secureConnect(server.port, trusted);
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const first = await serial();
  assert.equal(await serial(), first);
  load.stopped = true;
  await clients;
  assert.equal(load.failed, 0);
  assert.ok(load.count > 50, String(load.count));
});

test('a session is resumed at whichever gateway takes the connection', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'environ', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
    '--gateways',
    '3',
  ]);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { ca: readFileSync(ca), servername: 'localhost', maxVersion };
    const first = connectSecurely({ host: '127.0.0.1', port: server.port, ...options });
    const ticket = once(first, 'session');
    first.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [session] = (await ticket) as [Buffer];
    first.destroy();
    for (let i = 0; i < 12; i += 1) {
      const again = await secureConnect(server.port, { ...options, session });
      assert.equal(again.isSessionReused(), true, `${maxVersion} ${i}`);
      again.destroy();
    }
  }
});

test('the client certificate is asked for, checked, and told to the app', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const ada = await issue('ada', { client: 'Ada, Countess + 1' });
  const stranger = await (await testAuthority(t)).issue('mallory', { client: 'Mallory' });
  const args = ['--certfile', pair.certificatePath, '--keyfile', pair.keyPath, '--ca-certs', ca];
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const optional = await servePlain(t, 'environ', [...args, '--client-verify', 'optional']);
  const known = await secureGet(optional.port, '/', { ...trusted, cert: ada.certificate, key: ada.key });
  const environ = JSON.parse(known.body) as Record<string, string>;
  assert.equal(environ['SSL_CLIENT_VERIFY'], 'SUCCESS');
  assert.equal(environ['SSL_CLIENT_S_DN'], 'CN=Ada\\, Countess \\+ 1');
  assert.equal(environ['SSL_CLIENT_I_DN'], 'CN=Licorne test authority');
  assert.match(environ['SSL_CLIENT_CERT'] ?? '', /^-----BEGIN CERTIFICATE-----/);
  assert.match((await secureGet(optional.port, '/', trusted)).body, /"SSL_CLIENT_VERIFY": ?"NONE"/);
  const mallory = { ...trusted, cert: stranger.certificate, key: stranger.key };
  const refused = await secureGet(optional.port, '/', mallory);
  assert.equal(refused.status, 400);
  assert.match(refused.body, /The client certificate was not accepted/);
  const required = await servePlain(t, 'environ', [...args, '--client-verify', 'required']);
  const none = await secureGet(required.port, '/', trusted);
  assert.equal(none.status, 400);
  assert.match(none.body, /A client certificate is required/);
  const fine = await secureGet(required.port, '/', { ...trusted, cert: ada.certificate, key: ada.key });
  assert.equal(fine.status, 200);
});

test('handshakes that do not end are ended, and too many of them make room', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
    '--tls-handshake-timeout',
    '2',
    '--tls-handshakes-max',
    '3',
  ]);
  const sockets = Array.from({ length: 4 }, () => connect(server.port, '127.0.0.1'));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const closed = new Set<number>();
  for (const [index, socket] of sockets.entries()) {
    socket.on('error', () => undefined);
    socket.on('close', () => closed.add(index));
    await once(socket, 'connect');
    // A record of the handshake that never comes to its end.
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    socket.resume();
  }
  await until(() => closed.size === 1, 'the oldest is closed', 1_500);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  assert.equal((await secureGet(server.port, '/', trusted)).status, 200);
  await until(() => closed.size === 4, 'all are closed', 5_000);
});

test('http is sent to https, and browsers are told to stay there', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '-b',
    'https://127.0.0.1:0',
    '-b',
    'http://127.0.0.1:0',
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
    '--https-redirect',
    '--health-paths',
    '--hsts',
    '1h',
  ]);
  const [, plain = ''] = await server.waitForLog(/Listening on http:\/\/127\.0\.0\.1:([0-9]+)/);
  const ask = async (host: string, path = '/a//b?c=%20d'): Promise<[number, string | undefined]> => {
    const client = new RawClient({ port: Number(plain) });
    client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const answer = await client.read();
    assert.equal(answer.header('strict-transport-security'), undefined);
    client.close();
    return [answer.status, answer.header('location')];
  };
  assert.deepEqual(await ask(`localhost:${plain}`), [308, `https://localhost:${server.port}/a//b?c=%20d`]);
  // Port 80 of something in between, which has 443, too.
  assert.deepEqual(await ask('site.test'), [308, 'https://site.test/a//b?c=%20d']);
  assert.equal((await ask('localhost', '/-/live'))[0], 200);
  const secure = await secureGet(server.port, '/', { ca: readFileSync(ca), servername: 'localhost' });
  assert.equal(secure.status, 200);
  assert.equal(secure.headers['strict-transport-security'], 'max-age=3600');
});

test('certificates that cannot be used are refused at the start, in words', async (t) => {
  const { folder, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const other = await issue('other', { names: LOCAL });
  const junk = join(folder, 'junk.pem');
  writeFileSync(junk, 'no certificate');
  for (const [certificate, key, message] of [
    [
      pair.certificatePath,
      other.keyPath,
      /private key in .*other\.key is not that of the certificate in .*site\.pem/,
    ],
    [junk, pair.keyPath, /There is no certificate in .*junk\.pem/],
    [pair.certificatePath, junk, /There is no private key in .*junk\.pem/],
    [join(folder, 'none.pem'), pair.keyPath, /The file .*none\.pem does not exist/],
  ] as const) {
    const server = launchPlain(t, 'hello', ['--certfile', certificate, '--keyfile', key]);
    const { code } = await server.ended;
    assert.notEqual(code, 0);
    assert.match(server.output.stderr, message);
    const check = launchLicorne(t, ['check', 'app:application', '--certfile', certificate, '--keyfile', key]);
    assert.equal((await check.ended).code, 1);
    assert.match(check.output.stderr, message);
  }
});

test('Python and curl-like clients of OpenSSL trust what the authority signed', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  const script = `import ssl, urllib.request, sys
context = ssl.create_default_context(cafile=sys.argv[2])
print(urllib.request.urlopen('https://localhost:%s/' % sys.argv[1], context=context).status)`;
  const python = await promisify(execFile)(venvPython('main'), ['-c', script, String(server.port), ca]);
  assert.equal(python.stdout.trim(), '200');
});

test('a response that breaks off is told from one that is complete', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'raise_mid_body', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  await assert.rejects(secureGet(server.port, '/', trusted));
});

test('nobody who was let in is turned away when the server stops', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const server = await servePlain(t, 'hello', [
    '--certfile',
    pair.certificatePath,
    '--keyfile',
    pair.keyPath,
  ]);
  const raw = connect(server.port, '127.0.0.1');
  await once(raw, 'connect');
  await secureGet(server.port, '/', { ca: readFileSync(ca), servername: 'localhost' });
  process.kill(server.pid, 'SIGTERM');
  await server.waitForLog(/Stopping/);
  const socket = connectSecurely({ socket: raw, ca: readFileSync(ca), servername: 'localhost' });
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  assert.match(chunk.toString('latin1'), /^HTTP\/1\.1 200 /);
  assert.match(chunk.toString('latin1'), /connection: close/i);
  socket.destroy();
  assert.equal((await server.ended).code, 0);
});
