import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer, createSecureContext } from 'node:tls';
import { type AcmePlan, CertificateManager } from '../../src/acme/certificate-manager.ts';
import type { ChallengeType } from '../../src/acme/challenges.ts';
import type { ChallengeSpec } from '../../src/wire/challenge-spec.ts';
import type { HeldCertificate } from '../../src/acme/held-certificate.ts';
import { startTimeOf } from '../../src/children/process-time.ts';
import { Log } from '../../src/telemetry/log.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Pebble, startPebble, withoutPebble } from '../helpers/pebble.ts';
import { until } from '../helpers/until.ts';

const skip = withoutPebble();

/** Stands for the gateways: answers challenges, and nothing else. */
async function gateways(t: TestContext) {
  let answers: ChallengeSpec = { http: [], tls: [] };
  const seen: string[] = [];
  const http = createServer((request, response) => {
    const token = (request.url ?? '').replace('/.well-known/acme-challenge/', '');
    const answer = answers.http.find(([name]) => name === token)?.[1];
    seen.push(`http-01 ${request.headers.host?.split(':')[0]}`);
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  const tls = createTlsServer({
    ALPNProtocols: ['acme-tls/1'],
    SNICallback: (name, done) => {
      seen.push(`tls-alpn-01 ${name}`);
      const pair = answers.tls.find(([of]) => of === name)?.[1];
      if (pair === undefined) done(new Error('nothing to show'));
      else done(null, createSecureContext({ cert: pair.chain, key: pair.key }));
    },
  });
  tls.on('tlsClientError', () => undefined);
  const [httpPort, tlsPort] = [await freePort(), await freePort()];
  http.listen(httpPort, '127.0.0.1');
  tls.listen(tlsPort, '127.0.0.1');
  t.after(() => {
    http.close();
    http.closeAllConnections();
    tls.close();
  });
  const publish = (next: ChallengeSpec): Promise<void> => {
    answers = next;
    return Promise.resolve();
  };
  return { httpPort, tlsPort, publish, seen, answers: () => answers };
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'acme-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function plan(
  pebble: Pebble,
  dir: string,
  wanted: readonly (readonly string[])[],
  types: readonly ChallengeType[],
): AcmePlan {
  const account = { email: 'ops@example.com', eabKid: '', eabKey: '' };
  return {
    authority: { directory: pebble.directory, ca: pebble.ca, account, types, agentName: 'licorne/test' },
    dir,
    wanted,
  };
}

function manager(t: TestContext, from: AcmePlan, publish: (answers: ChallengeSpec) => Promise<void>) {
  const lines: string[] = [];
  const shown: (readonly HeldCertificate[])[] = [];
  const made = new CertificateManager(from, {
    log: new Log({ level: 'debug', format: 'text', write: (line) => void lines.push(line), color: false }),
    processes: { pid: process.pid, startTimeOf },
    publish,
    onCertificates: (held) => void shown.push(held),
  });
  t.after(() => made.close());
  return { manager: made, lines, shown };
}

for (const type of ['http-01', 'tls-alpn-01'] as const) {
  test(`a certificate for several names is had by ${type} though half of all nonces are refused`, {
    skip,
  }, async (t) => {
    const around = await gateways(t);
    const pebble = await startPebble(t, { ...around, badNonces: 50 });
    const dir = folder(t);
    const one = manager(t, plan(pebble, dir, [['shop.example', 'www.shop.example']], [type]), around.publish);
    one.manager.start();
    await until(() => one.manager.held.length === 1, 'a certificate', 30_000).catch((error: unknown) => {
      throw new Error(one.lines.join(''), { cause: error });
    });
    const [held] = one.manager.held;
    assert.deepEqual([...(held?.names ?? [])].sort(), ['shop.example', 'www.shop.example']);
    assert.ok(around.seen.every((line) => line.startsWith(type)));
    assert.deepEqual(around.answers(), { http: [], tls: [] }, 'challenges are withdrawn');
    const [own = ''] = readdirSync(dir);
    assert.equal(statSync(join(dir, own)).mode & 0o777, 0o700);
    const files = readdirSync(join(dir, own)).sort();
    assert.deepEqual(files, ['account.json', 'shop.example.json', 'shop.example.pem']);
    for (const file of files) assert.equal(statSync(join(dir, own, file)).mode & 0o777, 0o600);
    assert.ok(!existsSync(join(dir, own, 'shop.example.lock')));
  });
}

test('a certificate is renewed in time, and when that fails the last good one is kept', {
  skip,
}, async (t) => {
  const around = await gateways(t);
  const pebble = await startPebble(t, { ...around, validity: 9 });
  const one = manager(t, plan(pebble, folder(t), [['shop.example']], ['http-01']), around.publish);
  one.manager.start();
  const serials = (): readonly string[] => one.shown.map(([held]) => held?.serial ?? '');
  await until(() => serials().length >= 2, 'a renewal', 30_000);
  assert.notEqual(serials()[0], serials()[1]);
  await pebble.server.stop('SIGKILL');
  await until(() => one.manager.status[0]?.error !== null, 'a failure', 30_000);
  assert.match(one.manager.status[0]?.error ?? '', /localhost:\d+ cannot be reached: connection refused/);
  assert.equal(one.manager.held[0]?.serial, serials().at(-1));
  assert.match(one.lines.join(''), /could not be renewed: .*; the one there is good until/);
});

test('of two servers one orders, and both show what it gets', { skip }, async (t) => {
  const around = await gateways(t);
  const pebble = await startPebble(t, around);
  const wanted = plan(pebble, folder(t), [['shop.example']], ['http-01']);
  const both = [manager(t, wanted, around.publish), manager(t, wanted, around.publish)] as const;
  for (const { manager: one } of both) one.start();
  await until(() => both.every(({ manager: one }) => one.held.length === 1), 'certificates', 40_000);
  assert.equal(both[0].manager.held[0]?.serial, both[1].manager.held[0]?.serial);
  const orders = pebble.server.output.stdout.match(/Issued certificate serial/g) ?? [];
  assert.equal(orders.length, 1);
});

test('an authority with customers gives its certificates to who has a key of it', { skip }, async (t) => {
  const around = await gateways(t);
  const key = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  const pebble = await startPebble(t, { ...around, customers: { 'kid-1': key } });
  const wanted = plan(pebble, folder(t), [['shop.example']], ['http-01']);
  const stranger = manager(t, wanted, around.publish);
  stranger.manager.start();
  await until(() => stranger.manager.status[0]?.error !== null, 'a refusal');
  assert.match(stranger.manager.status[0]?.error ?? '', /customers only.*acme_eab_kid/);
  stranger.manager.close();
  const account = { ...wanted.authority.account, eabKid: 'kid-1', eabKey: key };
  const customer = manager(
    t,
    { ...wanted, dir: folder(t), authority: { ...wanted.authority, account } },
    around.publish,
  );
  customer.manager.start();
  await until(() => customer.manager.held.length === 1, 'a certificate', 30_000);
});

test('a name that leads elsewhere is told with what the authority saw, and what to do', {
  skip,
}, async (t) => {
  const around = await gateways(t);
  const closed = { httpPort: await freePort(), tlsPort: await freePort() };
  const pebble = await startPebble(t, closed);
  const one = manager(
    t,
    plan(pebble, folder(t), [['shop.example']], ['http-01', 'tls-alpn-01']),
    around.publish,
  );
  one.manager.start();
  await until(() => one.manager.status[0]?.error !== null, 'a failure', 30_000);
  const { error, tryAt } = one.manager.status[0] ?? assert.fail('no status');
  assert.match(
    error ?? '',
    /^shop\.example: the authority is not convinced by tls-alpn-01: .*connect.*ports 80 and 443/,
  );
  assert.ok((tryAt ?? 0) > Date.now() + 30_000);
  assert.match(one.lines.join(''), /No certificate for shop\.example, HTTPS does not work there: /);
});

test('an authority whose own certificate nobody signed is not believed without acme_ca', {
  skip,
}, async (t) => {
  const around = await gateways(t);
  const pebble = await startPebble(t, around);
  const wanted = plan(pebble, folder(t), [['shop.example']], ['http-01']);
  const one = manager(t, { ...wanted, authority: { ...wanted.authority, ca: '' } }, around.publish);
  one.manager.start();
  await until(() => one.manager.status[0]?.error !== null, 'a failure');
  assert.match(one.manager.status[0]?.error ?? '', /cannot be reached: .*acme_ca/);
});
