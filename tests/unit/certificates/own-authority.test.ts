import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nameConstraints } from '../../../src/certificates/name-constraints.ts';
import { ownCertificate } from '../../../src/certificates/own-authority.ts';

const DAY_MS = 86_400_000;

test('an authority is made once, a certificate again before it expires, and what is broken anew', async (t) => {
  const above = mkdtempSync(join(tmpdir(), 'licorne-own-'));
  t.after(() => rmSync(above, { recursive: true, force: true }));
  const folder = join(above, 'authority');
  const first = await ownCertificate(folder);
  assert.equal(first.fresh, true);
  const read = (path: string): string => readFileSync(path, 'utf8');
  const [authority, certificate] = [read(first.authorityPath), read(first.path)];
  const second = await ownCertificate(folder);
  assert.equal(second.fresh, false);
  assert.deepEqual([read(second.authorityPath), read(second.path)], [authority, certificate]);
  const later = await ownCertificate(folder, Date.now() + 70 * DAY_MS);
  assert.equal(read(later.authorityPath), authority);
  assert.notEqual(read(later.path), certificate);
  assert.ok(new X509Certificate(read(later.path)).checkIssued(new X509Certificate(authority)));
  writeFileSync(later.path, 'broken');
  await ownCertificate(folder);
  assert.match(
    new X509Certificate(read(later.path)).subjectAltName ?? '',
    /DNS:localhost, IP Address:127\.0\.0\.1/,
  );
  chmodSync(folder, 0o755);
  await assert.rejects(ownCertificate(folder), /not a folder that only you may look into/);
});

test('name constraints are written as RFC 5280 has them', () => {
  assert.equal(
    Buffer.from(nameConstraints(['a.b', '127.0.0.1', '::1'])).toString('hex'),
    '3039a037' +
      '30058203612e62' +
      '300a87087f000001ffffffff' +
      `30228720${'00'.repeat(15)}01${'ff'.repeat(16)}`,
  );
});
