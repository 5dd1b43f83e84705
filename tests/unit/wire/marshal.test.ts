import assert from 'node:assert/strict';
import { test } from 'node:test';
import { u16, u32 } from '../../../src/wire/frame.ts';
import { marshalBytes, marshalInt, marshalText, marshalTuple } from '../../../src/wire/marshal.ts';
import { requestPayload, wsgiRequestHead } from '../../../src/wire/request.ts';

test('numbers are little endian', () => {
  assert.equal(u32(0x01020304), '\x04\x03\x02\x01');
  assert.equal(u32(0xffffffff), '\xff\xff\xff\xff');
  assert.equal(u16(0x0102), '\x02\x01');
});

test('short ascii, long ascii and other text have their own codes', () => {
  assert.equal(marshalText('GET'), 'z\x03GET');
  assert.equal(marshalText('x'.repeat(256)), `a${u32(256)}${'x'.repeat(256)}`);
  assert.equal(marshalText('\xe9'), `u${u32(2)}\xc3\xa9`);
});

test('a lone surrogate is three bytes of its own, a pair is four', () => {
  assert.equal(marshalText('\ud800'), `u${u32(3)}\xed\xa0\x80`);
  assert.equal(marshalText('\ud83e\udd84'), `u${u32(4)}\xf0\x9f\xa6\x84`);
});

test('an int that does not fit 32 bits is refused', () => {
  assert.equal(marshalInt(-2), 'i\xfe\xff\xff\xff');
  for (const n of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => marshalInt(n), RangeError);
  }
});

test('a tuple of more than 255 items has a long count', () => {
  assert.ok(marshalTuple(Array.from({ length: 255 }, () => 'N')).startsWith(')\xff'));
  assert.ok(marshalTuple(Array.from({ length: 256 }, () => 'N')).startsWith(`(${u32(256)}`));
});

test('a request payload is the tuple of its parts, with a block only where one is given', () => {
  const parts = [
    marshalText('GET'),
    marshalText('/p'),
    marshalText('q'),
    marshalText('/p?q'),
    marshalText('id'),
  ];
  assert.equal(
    requestPayload(258, wsgiRequestHead('GET', '/p', 'q', '/p?q', 'id'), null, null, null),
    `\x02\x01${marshalTuple([...parts, 'N', 'N'])}`,
  );
  assert.equal(
    requestPayload(0, wsgiRequestHead('GET', '/p', 'q', '/p?q', 'id'), '\xff', '{0', '{0'),
    `\x00\x00${marshalTuple([...parts, marshalBytes('\xff'), '{0', '{0'])}`,
  );
});
