import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PairFiles } from '../../../src/certificates/pair-files.ts';

test('authorities of clients are read once each, and what is none, or too much, is told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-pairs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const one = write('one.pem', '-----BEGIN CERTIFICATE-----\n');
  const none = write('none.pem', 'nothing');
  const large = write('large.pem', `-----BEGIN CERTIFICATE-----\n${'x'.repeat(229_376)}`);
  const read = (...paths: string[]) => new PairFiles([], paths, '').read(0);
  assert.deepEqual([...read(one, one).authorities.keys()], [one]);
  assert.deepEqual(read(one, one).faults, []);
  assert.match(read(one, none).faults[0]?.fault ?? '', /There is no certificate in .*none\.pem/);
  assert.match(read(one, large).faults[0]?.fault ?? '', /229376 are the most/);
});
