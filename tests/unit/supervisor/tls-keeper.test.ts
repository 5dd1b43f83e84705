import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeAuthority, makeCertificate } from '../../../src/certificates/authority.ts';
import { PairFiles } from '../../../src/certificates/pair-files.ts';
import { TlsKeeper } from '../../../src/supervisor/tls-keeper.ts';
import type { TlsPlan } from '../../../src/supervisor/tls-plan.ts';
import { Log } from '../../../src/telemetry/log.ts';
import type { TlsSpec } from '../../../src/wire/tls-spec.ts';

const authority = await makeAuthority('Test', [], 30);

test('gateways are told of certificates at once, of changes when they can be used, and the old ones stay else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-keeper-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const paths = { certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem') };
  const write = async (): Promise<() => void> => {
    const { certificate, key } = await makeCertificate(authority, { names: ['a.test'], days: 30 });
    writeFileSync(paths.certificate, certificate);
    return () => writeFileSync(paths.key, key, { mode: 0o600 });
  };
  (await write())();
  const lines: string[] = [];
  const log = new Log({ level: 'info', format: 'text', write: (line) => lines.push(line), color: false });
  const keeper = new TlsKeeper(log);
  t.after(() => keeper.close());
  const files = new PairFiles([paths], [], '');
  const plan: TlsPlan = {
    files,
    read: files.read(Date.now()),
    clientCa: '',
    clientRules: [],
    orderedNames: [],
    ticketRotationMs: 60_000,
  };
  const told: TlsSpec[] = [];
  const gateway = { secure: (spec: TlsSpec): void => void told.push(spec) };
  keeper.follow(gateway);
  assert.equal(told.length, 0);
  keeper.adopt(plan);
  assert.equal(told.length, 1);
  keeper.look();
  assert.equal(told.length, 1);
  const finish = await write();
  keeper.look();
  keeper.look();
  assert.equal(told.length, 1);
  assert.equal(lines.filter((line) => /the old ones stay/.test(line)).length, 1);
  finish();
  keeper.look();
  assert.equal(told.length, 2);
  assert.notEqual(told[1]?.certificates[0]?.chain, told[0]?.certificates[0]?.chain);
  assert.equal(told[1]?.ticketKey, told[0]?.ticketKey);
  assert.equal(Buffer.from(told[1]?.ticketKey ?? '', 'base64').length, 48);
  const issued = { chain: 'x', key: 'y' };
  keeper.issue([issued]);
  assert.deepEqual(told[2]?.certificates, [told[1]?.certificates[0], issued]);
  keeper.forget(gateway);
  keeper.issue([]);
  assert.equal(told.length, 3);
});
