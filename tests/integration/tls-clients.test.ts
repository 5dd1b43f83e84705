// Certificates that clients show: whose are believed, and where.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { testAuthority } from '../helpers/certificates.ts';
import { RawClient } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { secureConnect, secureGet } from '../helpers/tls-client.ts';

test('with several certificates clients are checked against client_ca whichever they are shown', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pairs = [await issue('one', { names: ['one.test'] }), await issue('two', { names: ['two.test'] })];
  const ada = await issue('ada', { client: 'Ada' });
  const server = await servePlain(t, 'environ', [
    ...pairs.flatMap((pair) => ['--certificate', pair.certificatePath, '--certificate-key', pair.keyPath]),
    ...['--client-ca', ca, '--client-verify', 'required'],
  ]);
  for (const servername of ['one.test', 'two.test', 'localhost']) {
    const trusted = { ca: readFileSync(ca), servername, checkServerIdentity: () => undefined };
    const answer = await secureGet(server.port, '/', { ...trusted, cert: ada.certificate, key: ada.key });
    assert.equal(answer.status, 200, `${servername}: ${answer.body}`);
    assert.match(answer.body, /"SSL_CLIENT_VERIFY": ?"SUCCESS"/);
    assert.equal((await secureGet(server.port, '/', trusted)).status, 400, servername);
  }
});

const SITES = `[tls]
certificate = ["open.pem", "staff.pem"]
certificate_key = ["open.key", "staff.key"]
[[site]]
hosts = ["open.test"]
https_redirect = true
hsts = "2h"
[[site]]
hosts = ["staff.test", "desk.test"]
client_ca = "ca.pem"
client_verify = "required"
[[site]]
hosts = ["plain.test"]
`;

test('a site may ask for client certificates of its own, and is not reached by way of another', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  await issue('open', { names: ['open.test', 'plain.test'] });
  await issue('staff', { names: ['staff.test', 'desk.test'] });
  const ada = await issue('ada', { client: 'Ada' });
  writeFileSync(join(folder, 'licorne.toml'), SITES);
  const server = await servePlain(t, 'environ', ['-c', join(folder, 'licorne.toml')]);
  const get = (
    servername: string,
    options: Omit<RequestOptions, 'headers' | 'agent'> & { headers?: Record<string, string> } = {},
  ) => {
    const headers = { host: servername, ...options.headers };
    return secureGet(server.port, '/', { ca: readFileSync(ca), servername, ...options, headers });
  };
  const shows = { cert: ada.certificate, key: ada.key };
  const open = await get('open.test');
  assert.equal(open.status, 200);
  assert.equal(open.headers['strict-transport-security'], 'max-age=7200');
  const none = await get('staff.test');
  assert.equal(none.status, 400);
  assert.match(none.body, /A client certificate is required/);
  for (const servername of ['staff.test', 'desk.test']) {
    const known = await get(servername, shows);
    assert.equal(known.status, 200, known.body);
    assert.match(known.body, /"SSL_CLIENT_S_DN": ?"CN=Ada"/);
    assert.equal(known.headers['strict-transport-security'], undefined);
  }
  // Names of the same rule share connections, others do not.
  assert.equal((await get('staff.test', { ...shows, headers: { host: 'desk.test' } })).status, 200);
  assert.equal((await get('open.test', { headers: { host: 'staff.test' } })).status, 421);
  assert.equal((await get('open.test', { ...shows, headers: { host: 'staff.test' } })).status, 421);
  assert.equal((await get('staff.test', { ...shows, headers: { host: 'open.test' } })).status, 421);
  assert.equal((await get('open.test', { headers: { host: 'plain.test' } })).status, 200);
  const nameless = { servername: '', checkServerIdentity: () => undefined, headers: { host: 'staff.test' } };
  assert.equal((await get('open.test', nameless)).status, 421);
});

test('a session of one site is none of a site that asks for certificates', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  await issue('open', { names: ['open.test', 'plain.test'] });
  await issue('staff', { names: ['staff.test', 'desk.test'] });
  writeFileSync(join(folder, 'licorne.toml'), SITES);
  const server = await servePlain(t, 'environ', ['-c', join(folder, 'licorne.toml')]);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { ca: readFileSync(ca), maxVersion, checkServerIdentity: () => undefined };
    const first = connectSecurely({
      host: '127.0.0.1',
      port: server.port,
      servername: 'open.test',
      ...options,
    });
    const ticket = once(first, 'session');
    first.write('GET / HTTP/1.1\r\nHost: open.test\r\n\r\n');
    const [session] = (await ticket) as [Buffer];
    first.destroy();
    for (const [servername, reused] of [
      ['open.test', true],
      ['staff.test', false],
    ] as const) {
      const again = await secureConnect(server.port, { ...options, servername, session });
      assert.equal(again.isSessionReused(), reused, `${maxVersion} ${servername}`);
      again.destroy();
    }
  }
});

test('plain HTTP is redirected where the site says so, and refused where certificates are required', async (t) => {
  const { folder, issue } = await testAuthority(t);
  await issue('open', { names: ['open.test', 'plain.test'] });
  await issue('staff', { names: ['staff.test', 'desk.test'] });
  writeFileSync(join(folder, 'licorne.toml'), SITES);
  const binds = ['-b', 'https://127.0.0.1:0', '-b', 'http://127.0.0.1:0'];
  const server = await servePlain(t, 'environ', [...binds, '-c', join(folder, 'licorne.toml')]);
  const [, port = ''] = await server.waitForLog(/Listening on http:\/\/127\.0\.0\.1:([0-9]+)/);
  const status = async (host: string): Promise<string> => {
    const client = new RawClient({ port: Number(port) });
    client.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const answer = await client.read();
    return `${answer.status} ${answer.header('location') ?? ''}`;
  };
  assert.equal(await status('open.test'), '308 https://open.test/x');
  assert.equal(await status('staff.test'), '400 ');
  assert.equal(await status('plain.test'), '200 ');
});

test('who asks for a name whose certificate is still being ordered is shown no other', async (t) => {
  const { ca, folder, issue } = await testAuthority(t);
  await issue('open', { names: ['open.test', '*.wild.test'] });
  const state = mkdtempSync(join(tmpdir(), 'licorne-state-'));
  writeFileSync(
    join(folder, 'licorne.toml'),
    `[tls]
certificate = ["open.pem"]
certificate_key = ["open.key"]
[acme]
domains = ["new.test", "a.wild.test"]
acme_directory = "https://127.0.0.1:1/none"
acme_dir = "${state}"
`,
  );
  const server = await servePlain(t, 'hello', ['-c', join(folder, 'licorne.toml')]);
  // After the server has ended, which goes on trying.
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const get = (servername: string) =>
    secureGet(server.port, '/', { ca: readFileSync(ca), servername, checkServerIdentity: () => undefined });
  await assert.rejects(get('new.test'), /unrecognized name/i);
  for (const name of ['open.test', 'a.wild.test', 'other.test'])
    assert.equal((await get(name)).status, 200, name);
});
