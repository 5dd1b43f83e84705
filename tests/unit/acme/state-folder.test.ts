import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AcmeError } from '../../../src/acme/acme-error.ts';
import { NO_FAILURES, StateFolder } from '../../../src/acme/state-folder.ts';
import { issue } from './issue.ts';

const DIRECTORY = 'https://ca.example/directory';
const DAY = 86_400_000;

function root(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'state-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function prepared(t: TestContext): StateFolder {
  const folder = new StateFolder(root(t), DIRECTORY);
  folder.prepare();
  return folder;
}

test('a folder is made for its owner alone, one for each directory', (t) => {
  const dir = root(t);
  const [one, other] = [new StateFolder(dir, DIRECTORY), new StateFolder(dir, `${DIRECTORY}/staging`)];
  one.prepare();
  assert.notEqual(one.path, other.path);
  assert.match(one.path, /\/ca\.example-[0-9a-f]{8}$/);
  assert.equal(statSync(one.path).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(one.path), [], 'what was written to try it is gone');
});

test('a folder that others may write to, or that is none, is refused in words', (t) => {
  const dir = root(t);
  const open = new StateFolder(dir, DIRECTORY);
  mkdirSync(open.path);
  chmodSync(open.path, 0o777);
  assert.throws(() => open.prepare(), /others may write to it/);
  writeFileSync(join(dir, 'file'), '');
  const none = new StateFolder(join(dir, 'file'), DIRECTORY);
  assert.throws(
    () => none.prepare(),
    (error) =>
      error instanceof AcmeError && /cannot be written to/.test(error.message) && /acme_dir/.test(error.hint),
  );
});

test('a certificate is what was kept, with its key, and nobody else may read it', async (t) => {
  const folder = prepared(t);
  assert.equal(folder.certificate('shop.example'), null);
  const held = await issue(['shop.example'], 0, DAY);
  folder.keepCertificate('shop.example', held);
  assert.deepEqual(folder.certificate('shop.example'), held);
  assert.equal(statSync(join(folder.path, 'shop.example.pem')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder.path), ['shop.example.pem']);
});

test('files that were damaged are as if they were not there', async (t) => {
  const folder = prepared(t);
  folder.keepCertificate('a.example', await issue(['a.example'], 0, DAY));
  const path = join(folder.path, 'a.example.pem');
  for (const text of [
    '',
    'nonsense',
    'x'.repeat(2_000_000),
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  ]) {
    writeFileSync(path, text);
    assert.equal(folder.certificate('a.example'), null);
  }
  for (const text of ['', '[]', 'null', '{"failures":"many","at":-1.5,"error":7}']) {
    writeFileSync(join(folder.path, 'a.example.json'), text);
    assert.deepEqual(folder.memory('a.example'), NO_FAILURES);
  }
});

test('two processes that make an account at the same time have the same', (t) => {
  const dir = root(t);
  const [one, other] = [new StateFolder(dir, DIRECTORY), new StateFolder(dir, DIRECTORY)];
  one.prepare();
  const { key, record } = one.account();
  assert.equal(record, null);
  assert.ok(other.account().key.equals(key));
  one.keepAccount(key, { url: 'https://ca.example/account/1', email: '' });
  assert.deepEqual(other.account().record, { url: 'https://ca.example/account/1', email: '' });
  assert.ok(other.account().key.equals(key));
});

test('an account without its key is not replaced without a word', (t) => {
  const folder = prepared(t);
  writeFileSync(join(folder.path, 'account.json'), '{}');
  assert.throws(() => folder.account(), /holds no key; move it away/);
});

test('how the last order went is remembered', (t) => {
  const folder = prepared(t);
  const memory = { failures: 3, at: 1, notBefore: 2, patience: 0, error: 'no' };
  folder.keepMemory('a.example', memory);
  assert.deepEqual(folder.memory('a.example'), memory);
});
