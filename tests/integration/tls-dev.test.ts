// TLS for developers, and the ways in which it comes and goes while a server runs.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testAuthority } from '../helpers/certificates.ts';
import { RawClient } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { launchLicorne, startLicorne } from '../helpers/server.ts';
import { secureConnect, secureGet } from '../helpers/tls-client.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('licorne dev --https makes an authority for this machine once, and a certificate that it vouches for', async (t) => {
  const state = folderOf(t);
  const args = ['dev', 'app:application', '--https', '-b', '127.0.0.1:0', '--python', venvPython('main')];
  const options = { cwd: join(apps, 'plain', 'environ'), env: { XDG_STATE_HOME: state } };
  const server = await startLicorne(t, args, options);
  assert.match(server.url, /^https:/);
  assert.match(server.output.stdout, /Made a certificate authority that can vouch for this machine only/);
  const folder = join(state, 'licorne', 'authority');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of ['authority.key.pem', 'localhost.pem'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  const ca = readFileSync(join(folder, 'authority.pem'));
  for (const name of ['localhost', '127.0.0.1']) {
    const answer = await secureGet(server.port, '/', { ca, host: name, family: 4 });
    assert.equal(answer.status, 200);
    assert.match(answer.body, /"wsgi.url_scheme": "https"/);
  }
  await server.stop('SIGINT');
  const again = await startLicorne(t, args, options);
  assert.doesNotMatch(again.output.stdout, /Made a certificate authority/);
  assert.deepEqual(readFileSync(join(folder, 'authority.pem')), ca);
  assert.equal((await secureGet(again.port, '/', { ca, host: 'localhost', family: 4 })).status, 200);
});

test('a server that others use does not serve with a certificate for developers', async (t) => {
  const cwd = join(apps, 'plain', 'hello');
  const server = launchLicorne(t, ['app:application', '--https', '--python', venvPython('main')], { cwd });
  assert.notEqual((await server.ended).code, 0);
  assert.match(server.output.stderr, /`https` is for licorne dev/);
});

test('a reload brings TLS to an address, changes it, and takes it away', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  await issue('site', { names: ['localhost'] });
  const file = join(folder, 'licorne.toml');
  const write = (more: string): void =>
    writeFileSync(
      file,
      `[app]\ntarget = "app:application"\nchdir = "${join(apps, 'plain', 'hello')}"\npython = "${venvPython('main')}"\n${more}`,
    );
  const tls = `[tls]\ncertificate = "site.pem"\ncertificate_key = "site.key"\n`;
  write('');
  // The same port before and after.
  const probe = await startLicorne(t, ['-c', file, '-b', '127.0.0.1:0']);
  const { port } = probe;
  await probe.stop();
  const server = await startLicorne(t, ['-c', file, '-b', `127.0.0.1:${port}`]);
  const plain = async (): Promise<number> => {
    const client = new RawClient(server);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return (await client.read()).status;
  };
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const reload = async (pattern: RegExp): Promise<void> => {
    server.output.stderr = '';
    process.kill(server.pid, 'SIGHUP');
    await server.waitForLog(pattern, 20_000);
  };
  assert.equal(await plain(), 200);
  write(tls);
  await reload(/Listening on https:/);
  await until(async () => (await plain()) === 400, 'plain HTTP is refused');
  assert.equal((await secureGet(port, '/', trusted)).status, 200);
  write(`${tls}tls_profile = "modern"\n`);
  await reload(/eloaded/);
  await assert.rejects(secureGet(port, '/', { ...trusted, maxVersion: 'TLSv1.2' }));
  assert.equal((await secureGet(port, '/', trusted)).status, 200);
  writeFileSync(join(folder, 'site.key'), 'broken');
  await reload(/The reload failed, the server goes on as before: There is no private key in/);
  assert.equal((await secureGet(port, '/', trusted)).status, 200);
  write('');
  await reload(/Listening on http:/);
  // The gateways that leave take in whoever waited at their sockets.
  await until(async () => (await plain()) === 200, 'plain HTTP is answered');
});

test('the scope of an ASGI app has the tls extension in full', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: ['localhost'] });
  const ada = await issue('ada', { client: 'Ada' });
  const server = await startLicorne(
    t,
    [
      'app:application',
      '-b',
      '127.0.0.1:0',
      '--certfile',
      pair.certificatePath,
      '--keyfile',
      pair.keyPath,
      '--client-ca',
      ca,
      '--client-verify',
      'optional',
      '--python',
      venvPython('main'),
    ],
    { cwd: join(apps, 'asgi', 'scope'), env: { PYTHONPATH: join(apps, 'asgi') } },
  );
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const none = await secureGet(server.port, '/', trusted);
  const scope = JSON.parse(none.body) as Record<string, string>;
  assert.equal(scope['scheme'], "'https'");
  assert.match(scope['extensions'] ?? '', /'tls': \{'server_cert': '-----BEGIN CERTIFICATE-----/);
  assert.match(
    scope['extensions'] ?? '',
    /'client_cert_chain': \(\), 'client_cert_name': None, 'client_cert_error': None, 'tls_version': 772, 'cipher_suite': 4865/,
  );
  const known = await secureGet(server.port, '/', { ...trusted, cert: ada.certificate, key: ada.key });
  assert.match(known.body, /'client_cert_name': 'CN=Ada'/);
  assert.match(known.body, /'client_cert_chain': \('-----BEGIN CERTIFICATE-----/);
  const http2 = await secureConnect(server.port, { ...trusted, ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(http2.alpnProtocol, 'h2');
  http2.destroy();
});
