import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { isV4, parseAddress, parseAddressAndPort } from '../../../src/http/address.ts';

const SOME = [
  ...[
    '0.0.0.0',
    '255.255.255.255',
    '1.2.3.4',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '',
    '1.2.3.a',
    ' 1.2.3.4',
  ],
  ...[
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':::',
    ':1',
    '1:',
    '1:2:3:4:5:6:7::',
  ],
  ...[
    '::ffff:1.2.3.4',
    '::1.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:1.2.3.4',
    '1:2:3:4:5:6:7:1.2.3.4',
    'fe80::AB',
    '::12345',
  ],
  ...[
    '::g',
    '[::1]',
    '::1/64',
    '1:2:3:4:5:6:7:8::',
    '::2:3:4:5:6:7:8',
    '::1:2:3:4:5:6:7:8',
    '::1.2.3',
    '::01.2.3.4',
  ],
];

test('Addresses are read just as the runtime does.', () => {
  for (const text of SOME) {
    const groups = parseAddress(text);
    assert.equal(groups === null ? 0 : isV4(groups) && !text.includes(':') ? 4 : 6, isIP(text), text);
    if (groups !== null) assert.equal(groups.length, 8, text);
  }
});

test('An IPv4 address and its v4-mapped form are the same.', () => {
  assert.deepEqual(parseAddress('1.2.3.4'), parseAddress('::ffff:102:304'));
});

test('Ports are split off, and what is neither address nor address with port is refused.', () => {
  assert.deepEqual(parseAddressAndPort('1.2.3.4'), { address: '1.2.3.4', port: 0 });
  assert.deepEqual(parseAddressAndPort('1.2.3.4:80'), { address: '1.2.3.4', port: 80 });
  assert.deepEqual(parseAddressAndPort('::1'), { address: '::1', port: 0 });
  assert.deepEqual(parseAddressAndPort('[::1]'), { address: '::1', port: 0 });
  assert.deepEqual(parseAddressAndPort('[::1]:80'), { address: '::1', port: 80 });
  for (const text of [
    '',
    'a',
    '1.2.3.4:',
    '1.2.3.4:x',
    '1.2.3.4:99999',
    '[1.2.3.4]',
    '[::1',
    '[::1]x',
    '[::1]:',
    '_hidden',
    'unknown',
  ]) {
    assert.equal(parseAddressAndPort(text), null, text);
  }
});
