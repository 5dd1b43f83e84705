import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createServer as createTlsServer, createSecureContext } from 'node:tls';
import { type AcmePlan, CertificateManager } from '../../src/acme/certificate-manager.ts';
import type { ChallengeAnswers, ChallengeType } from '../../src/acme/challenges.ts';
import type { HeldCertificate } from '../../src/acme/held-certificate.ts';
import { startTimeOf } from '../../src/supervisor/process-time.ts';
import { Log } from '../../src/telemetry/log.ts';
import { freePort, type Pebble, startPebble, withoutPebble } from '../helpers/pebble.ts';
import { until } from '../helpers/until.ts';

const skip = withoutPebble();

/** Stands for the gateways: answers challenges, and nothing else. */
async function gateways(t: TestContext) {
  let answers: ChallengeAnswers = { http: [], tls: [] };
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
      else done(null, createSecureContext({ cert: pair.certificate, key: pair.key }));
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
  const publish = (next: ChallengeAnswers): Promise<void> => {
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

function manager(t: TestContext, from: AcmePlan, publish: (answers: ChallengeAnswers) => Promise<void>) {
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
