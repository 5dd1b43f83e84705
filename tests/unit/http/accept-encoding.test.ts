import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedCodings, acceptEncoding, type Coding } from '../../../src/http/accept-encoding.ts';

const ALL: readonly Coding[] = ['br', 'zstd', 'gzip'];

function accepted(header: string, offered: readonly Coding[] = ALL): string {
  const { codings, identity } = acceptedCodings(header, offered);
  return `${codings.join(' ')}${identity ? '' : ' !identity'}`;
}

const TABLE: readonly (readonly [string, string])[] = [
  ['', ''],
  ['gzip, deflate, br, zstd', 'br zstd gzip'],
  ['gzip, deflate, br', 'br gzip'],
  ['deflate, gzip', 'gzip'],
  ['identity', ''],
  ['deflate', ''],
  ['*', 'br zstd gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip;q=1.0, br;q=0.5', 'gzip br'],
  ['gzip ; q=0.8 ,\tbr;Q=0.9', 'br gzip'],
  ['gzip;q=0', ''],
  ['gzip;q=0.000, *', 'br zstd'],
  ['gzip;q=0.001', 'gzip'],
  ['*;q=0.5, gzip', 'gzip br zstd'],
  ['br;q=0, *;q=0.1', 'zstd gzip'],
  ['identity;q=0', ' !identity'],
  ['gzip, identity;q=0', 'gzip !identity'],
  ['gzip, *;q=0', 'gzip !identity'],
  ['*;q=0', ' !identity'],
  ['*;q=0, identity', ''],
  ['*;q=0, identity;q=0.1, gzip', 'gzip'],
  ['identity, gzip;q=0.5', ''],
  ['identity;q=0.5, gzip;q=0.5, br;q=0.4', 'gzip'],
  ['gzip;q=1.', 'gzip'],
  ['gzip;q=0., br', 'br'],
  [', ,gzip,,', 'gzip'],
  ['gzip;q=0, gzip', ''],
  ['gzip;q=2, br', 'br'],
  ['gzip;q=0.1234, br', 'br'],
  ['gzip;q=-1, br', 'br'],
  ['gzip;level=9, br', 'br'],
  ['gzip;, br', 'br'],
  ['gzip;q, br', 'br'],
  ['gz\u00efp', ''],
  ['br gzip', ''],
  ['not-gzip, gzipped', ''],
];

test('weights, stars and identity mean what RFC 9110 12.5.3 says', () => {
  for (const [header, expected] of TABLE) {
    assert.equal(accepted(header), expected, header);
    assert.equal(accepted(header), expected, `${header}, remembered`);
  }
});

test('only what is offered is chosen, in the order it is offered in', () => {
  const header = 'gzip, br, zstd';
  assert.equal(accepted(header, ['gzip', 'br']), 'gzip br');
  assert.equal(accepted(header, ['br', 'gzip']), 'br gzip');
  assert.equal(accepted(header, ['zstd']), 'zstd');
  assert.equal(accepted(header, []), '');
  assert.equal(accepted('identity;q=0', []), ' !identity');
  assert.equal(accepted(header, ['br', 'gzip']), 'br gzip');
});

test('an answer is remembered by the text, and strangers do not push it out for good', () => {
  const first = acceptedCodings('gzip, br;q=0.9', ALL);
  assert.equal(acceptedCodings('gzip, br;q=0.9', ['br', 'zstd', 'gzip']), first);
  for (let i = 0; i < 2000; i++) assert.equal(accepted(`gzip, x-${i}`), 'gzip');
  assert.equal(accepted('gzip, br;q=0.9'), 'gzip br');
  assert.equal(acceptedCodings('gzip, br;q=0.9', ALL), acceptedCodings('gzip, br;q=0.9', ALL));
  assert.equal(accepted(`${'x,'.repeat(20_000)}gzip`), 'gzip');
});

test('several lines are one list', () => {
  const lower = ['host', 'accept-encoding', 'accept', 'accept-encoding'];
  assert.equal(
    acceptEncoding(lower, ['Host', 'a', 'Accept-Encoding', 'gzip', 'Accept', '*', 'accept-encoding', 'br']),
    'gzip,br',
  );
  assert.equal(acceptEncoding(['host'], ['Host', 'a']), '');
});
