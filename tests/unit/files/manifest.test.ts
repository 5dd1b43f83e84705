import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManifestScanner } from '../../../src/files/manifest-scanner.ts';
import { HashedNames } from '../../../src/files/hashed-names.ts';
import { manifestFault } from '../../../src/files/manifest-fault.ts';
import { Manifest } from '../../../src/files/manifest.ts';
import { nameHash } from '../../../src/files/name-hash.ts';
import { Folder, until } from './folder.ts';

function scan(text: string, pieceBytes = 7): Set<number> | null {
  const scanner = new ManifestScanner();
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += pieceBytes)
    scanner.push(bytes.subarray(from, from + pieceBytes));
  const hashes = scanner.end();
  return hashes === null ? null : new Set(hashes);
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

test('the values of "paths" are names with a hash, whatever the pieces of the file', () => {
  const text = JSON.stringify({
    paths: { 'css/a.css': 'css/a.X1.css', 'b.js': 'b.X2.js', same: 'same' },
    version: '1.1',
    hash: '53ad1e4b8c2d',
    other: { 'c.js': 'c.X3.js' },
  });
  for (const pieceBytes of [1, 2, 3, 5, 1000]) {
    const found = scan(text, pieceBytes);
    assert.deepEqual(found, new Set(['css/a.X1.css', 'b.X2.js'].map(nameHash)), `pieces of ${pieceBytes}`);
  }
});

test('names are compared as bytes: escaped as Python does, or as UTF-8', () => {
  const names = ['é.X1.css', '😀.X2.css', 'a"b\\c.X3.css', 'tab\t.X4.css'];
  const python = JSON.stringify({
    paths: Object.fromEntries(names.map((name) => [`k${name}`, name])),
  }).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const expected = new Set(names.map((name) => nameHash(latin1(name))));
  assert.deepEqual(scan(python), expected);
  assert.deepEqual(
    scan(JSON.stringify({ paths: Object.fromEntries(names.map((n) => [`k${n}`, n])) })),
    expected,
  );
  assert.deepEqual(scan('{"paths": {"k": "\\udcff.X.css"}}'), new Set([nameHash('\xff.X.css')]));
});

test('half a file is no manifest', () => {
  assert.equal(scan('{"paths": {"a": "a.X.css"'), null);
  assert.equal(scan('{"paths": {"a": "a.X'), null);
  assert.equal(scan('}{'), null);
  assert.equal(scan('['.repeat(1000)), null);
});

test('100,000 names are kept in 0.8 MB and all are found', () => {
  const paths: Record<string, string> = {};
  const names = Array.from({ length: 100_000 }, (_, i) => `img/photo-${i}.X${i * 7919}.jpg`);
  for (const [i, name] of names.entries()) paths[`img/photo-${i}.jpg`] = name;
  const scanner = new ManifestScanner();
  scanner.push(Buffer.from(JSON.stringify({ paths })));
  const hashes = scanner.end();
  assert.equal(hashes?.byteLength, 800_000);
  assert.equal(hashes.buffer.byteLength, 800_000);
  assert.equal(new Set(hashes).size, 100_000);
});

test('a manifest is read when first asked, and again when it has changed', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('staticfiles.json', JSON.stringify({ paths: { 'a.css': 'a.X1.css' } }));
  let time = 0;
  const manifest = new Manifest(path, () => time);
  assert.equal(manifest.isImmutable('a.X1.css'), false);
  await until(() => manifest.isImmutable('a.X1.css'));
  assert.equal(manifest.isImmutable('a.css'), false);
  folder.write('staticfiles.json', JSON.stringify({ paths: { 'b.css': 'b.longer.css' } }));
  assert.equal(manifest.isImmutable('b.longer.css'), false);
  time = 1001;
  await until(() => manifest.isImmutable('b.longer.css'));
  assert.equal(manifest.size, 1);
});

test('who only asks for the version hears of a change, too', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('staticfiles.json', JSON.stringify({ paths: { 'a.css': 'a.X1.css' } }));
  let time = 0;
  const manifest = new Manifest(path, () => time);
  await until(() => manifest.version === 1);
  folder.write('staticfiles.json', JSON.stringify({ paths: { 'b.css': 'b.longer.css' } }));
  time = 1001;
  await until(() => manifest.version === 2);
  assert.equal(manifest.isImmutable('b.longer.css'), true);
});

test('a manifest that is gone knows nothing, one that is being written keeps what it knew', async (t) => {
  const folder = new Folder(t);
  const manifest = new Manifest(folder.at('staticfiles.json'), () => 0);
  await new Promise<void>((done) => manifest.refresh(done));
  assert.equal(manifest.size, 0);
  folder.write('staticfiles.json', '{"paths": {"a": "a.X.css"}}');
  await new Promise<void>((done) => manifest.refresh(done));
  assert.equal(manifest.size, 1);
  folder.write('staticfiles.json', '{"paths": {"a": "a.X.c');
  await new Promise<void>((done) => manifest.refresh(done));
  assert.equal(manifest.isImmutable('a.X.css'), true);
});

test('hashed names come from the manifest or from their form', async (t) => {
  const folder = new Folder(t);
  const path = folder.write('staticfiles.json', JSON.stringify({ paths: { 'a.css': 'a.v7.css' } }));
  const names = new HashedNames(path);
  assert.equal(names.has('a.0123456789ab.css'), true);
  await until(() => names.has('a.v7.css'));
  assert.equal(new HashedNames('').has('a.v7.css'), false);
});

test('what keeps Django from reading a manifest is said in words', async (t) => {
  const folder = new Folder(t);
  const fault = (text: string): Promise<string | null> => manifestFault(folder.write('m.json', text));
  assert.equal(await fault('{"paths": {"a": "a.X.css"}, "version": "1.1", "hash": ""}'), null);
  assert.match((await fault('{"paths": {"a": "a.X')) ?? '', /^is not JSON \(/);
  assert.match((await fault('')) ?? '', /^is not JSON/);
  assert.equal(await fault('[]'), 'is no object');
  assert.equal(await fault('null'), 'is no object');
  assert.equal(await fault('{"paths": {}}'), 'has no version that Django reads');
  for (const paths of ['[]', 'null', '{"a": 1}'])
    assert.match((await fault(`{"paths": ${paths}, "version": "1.0"}`)) ?? '', /^has no "paths"/, paths);
  assert.equal(await manifestFault(folder.at('none.json')), 'does not exist');
  assert.equal(await manifestFault(folder.at('.')), 'is a folder');
});

test('a manifest that becomes a broken one is told once', async (t) => {
  const folder = new Folder(t);
  const whole = '{"paths": {"a": "a.X.css"}, "version": "1.1"}';
  const path = folder.write('staticfiles.json', whole);
  const told: string[] = [];
  const manifest = new Manifest(
    path,
    () => 0,
    (fault) => told.push(fault),
  );
  const look = (): Promise<void> => new Promise((done) => manifest.refresh(done));
  await look();
  assert.deepEqual(told, []);
  folder.write('staticfiles.json', '{"paths"');
  await look();
  await look();
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /^is not JSON/);
  folder.write('staticfiles.json', `${whole} `);
  await look();
  folder.write('staticfiles.json', '{"paths": [], "version": "1.1"}');
  await look();
  assert.equal(told.length, 2);
  const late: string[] = [];
  const broken = new Manifest(
    path,
    () => 0,
    (fault) => late.push(fault),
  );
  await new Promise<void>((done) => broken.refresh(done));
  assert.deepEqual(late, [], 'how it is at first is told at the start');
});
