import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Issued, makeAuthority, makeCertificate } from '../../../src/certificates/authority.ts';
import { namesFor } from '../../../src/certificates/names.ts';
import { isPairFault, type Pair, type PairFault, readPair } from '../../../src/certificates/pair.ts';

const DAY_MS = 86_400_000;
const authority = await makeAuthority('Test', [], 3650);
const leaf = await makeCertificate(authority, { names: ['a.test', '*.b.test', '127.0.0.1'], days: 90 });

function read(certificate: string, key: string, now = Date.now()): Pair | PairFault {
  return readPair({ certificate, certificateName: 'c.pem', key, keyName: 'k.pem', password: '' }, now);
}

function good(certificate: string, { key }: Issued = leaf, now = Date.now()): Pair {
  const pair = read(certificate, key, now);
  assert.ok(!isPairFault(pair), JSON.stringify(pair));
  return pair;
}

function fault(certificate: string, key: string): string {
  const pair = read(certificate, key);
  assert.ok(isPairFault(pair));
  return pair.fault;
}

test('a pair tells its names, and the chain is put into order', () => {
  const pair = good(authority.certificate + leaf.certificate);
  assert.deepEqual(pair.names, ['a.test', '*.b.test', '127.0.0.1']);
  assert.deepEqual(pair.warnings, [
    'The certificates in c.pem are in the wrong order; they are sent in the right one',
  ]);
  const [first, second] = pair.chain.split(/(?<=-----END CERTIFICATE-----\n)/);
  assert.equal(first?.replaceAll('\n', ''), leaf.certificate.replaceAll('\n', ''));
  assert.equal(second?.replaceAll('\n', ''), authority.certificate.replaceAll('\n', ''));
});

test('certificates of somebody else are left out of the chain', async () => {
  const stranger = await makeAuthority('Stranger', [], 30);
  const pair = good(leaf.certificate + stranger.certificate);
  assert.equal(pair.chain.match(/BEGIN/g)?.length, 1);
  assert.match(pair.warnings.join(), /do not belong to the chain/);
});

test('a pair whose parts do not fit, or are none, is refused with the reason', () => {
  assert.match(
    fault(leaf.certificate, authority.key),
    /key in k\.pem is not that of the certificate in c\.pem/,
  );
  assert.match(fault('', leaf.key), /There is no certificate in c\.pem/);
  assert.match(fault(leaf.certificate, 'x'), /There is no private key in k\.pem/);
  assert.match(
    fault('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', leaf.key),
    /A certificate in c\.pem cannot be read/,
  );
});

test('a key may stand in the file of its certificate', () => {
  assert.ok(!isPairFault(read(leaf.key + leaf.certificate, '')));
});

test('dates that no client accepts, or soon will not, are told', async () => {
  const now = Date.now();
  const at = (days: number): string => good(leaf.certificate, leaf, now + days * DAY_MS).warnings.join();
  assert.equal(at(60), '');
  assert.match(at(80), /expires in 8 days/);
  assert.match(at(200), /has expired/);
  const early = await makeCertificate(authority, { names: ['a'], days: 9, from: new Date(now + DAY_MS) });
  assert.match(good(early.certificate, early).warnings.join(), /valid only from/);
});

test('a host is looked for by its name and by the wildcard above it', () => {
  assert.deepEqual(namesFor('A.B.test.'), ['a.b.test', '*.b.test']);
  assert.deepEqual(namesFor('localhost'), ['localhost']);
});
