// Certificates that clients show: whose are believed, and where.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { testAuthority } from '../helpers/certificates.ts';
import { servePlain } from '../helpers/plain.ts';
import { secureGet } from '../helpers/tls-client.ts';

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
