import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uwsgiBlock } from '../../../src/peers/uwsgi.ts';

test('variables are written with their lengths, little-endian, behind a header of four bytes', () => {
  const block = uwsgiBlock(['A', 'bc', 'D', '']);
  assert.equal(block?.toString('latin1'), '\0\x0c\0\0\x01\0A\x02\0bc\x01\0D\0\0');
});

test('variables of more than 64 KiB have no place in it', () => {
  assert.equal(uwsgiBlock(['A', 'x'.repeat(65_530)])?.length, 4 + 65_535);
  assert.equal(uwsgiBlock(['A', 'x'.repeat(65_531)]), null);
});
