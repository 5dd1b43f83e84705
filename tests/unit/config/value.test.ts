import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/diagnostic.ts';
import { OPTIONS, type SettingName } from '../../../src/config/options.ts';
import {
  allowedOf,
  formatBytes,
  formatDuration,
  readValue,
  type Writing,
} from '../../../src/config/value.ts';

const read = (name: SettingName, raw: unknown, writing: Writing = 'text') =>
  readValue(OPTIONS[name], raw, writing);
const refuses = (name: SettingName, raw: unknown, message: RegExp, writing: Writing = 'text') =>
  assert.throws(
    () => read(name, raw, writing),
    (error) => error instanceof ConfigError && message.test(error.message),
  );

test('sizes are read with their units', () => {
  const cases: readonly [unknown, number][] = [
    [65_536, 65_536],
    ['65536', 65_536],
    ['64k', 65_536],
    ['64 KiB', 65_536],
    ['10m', 10_485_760],
    ['1g', 1_073_741_824],
    ['1.5k', 1536],
    ['0', 0],
  ];
  for (const [raw, bytes] of cases) assert.equal(read('body_bytes_max', raw), bytes, String(raw));
});

test('what is not a size is refused', () => {
  for (const raw of [
    '',
    'x',
    '64q',
    '-1',
    '1e3',
    '0x10',
    '1.0001',
    '99999999999999999',
    true,
    [],
    {},
    Number.NaN,
    0.5,
  ]) {
    assert.throws(() => read('body_bytes_max', raw), ConfigError, String(raw));
  }
});

test('times are read as seconds', () => {
  const cases: readonly [unknown, number][] = [
    [30, 30],
    [0.5, 0.5],
    ['30', 30],
    ['30s', 30],
    ['2m', 120],
    ['1h', 3600],
    ['1d', 86_400],
    ['500ms', 0.5],
    ['1ms', 0.001],
    ['1.5', 1.5],
  ];
  for (const [raw, seconds] of cases) assert.equal(read('keepalive_timeout', raw), seconds, String(raw));
});

test('what is not a time is refused', () => {
  for (const raw of [
    '',
    'soon',
    '-1',
    '1 fortnight',
    'Infinity',
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    '1e9',
  ]) {
    assert.throws(() => read('keepalive_timeout', raw), ConfigError, String(raw));
  }
});

test('whole numbers keep to their range and say what it is', () => {
  assert.equal(read('workers', '4'), 4);
  refuses('workers', '0', /too small/);
  refuses('workers', '100000', /too large/);
  for (const raw of ['', '4.5', '4x', '0x4', ' ', true, '1e2']) refuses('workers', raw, /not a whole number/);
  assert.equal(allowedOf(OPTIONS.threads), 'a whole number from 1 to 1024');
});

test('gateways may be auto', () => {
  assert.equal(read('gateways', 'auto'), 'auto');
  assert.equal(read('gateways', 2), 2);
  refuses('gateways', 'many', /not a whole number/);
});

test('permissions are octal, and a decimal number that looks octal is not taken for one', () => {
  assert.equal(read('socket_mode', '660'), 0o660);
  assert.equal(read('socket_mode', '0660'), 0o660);
  assert.equal(read('socket_mode', '0o660'), 0o660);
  assert.equal(read('socket_mode', 0o660, 'typed'), 0o660);
  assert.throws(
    () => read('socket_mode', 666, 'typed'),
    (error) =>
      error instanceof ConfigError && error.hint === 'write 0o666: a file reads 666 as a decimal number',
  );
  refuses('socket_mode', '999', /not a set of permissions/);
});

test('a choice is one of its words, in any case', () => {
  assert.equal(read('log_level', 'info'), 'info');
  assert.equal(read('log_level', 'WARNING'), 'warning');
  refuses('log_level', 'loud', /not one of the choices/);
});

test('lists split at commas in the environment, and in flags only where their row says so', () => {
  assert.deepEqual(read('bind', ':80,:81', 'variable'), [':80', ':81']);
  assert.deepEqual(read('bind', 'unix:a,b', 'text'), ['unix:a,b']);
  assert.deepEqual(read('pythonpath', 'a, b', 'text'), ['a', 'b']);
  assert.deepEqual(read('pythonpath', 'a, b', 'typed'), ['a, b']);
  assert.deepEqual(read('pythonpath', '', 'variable'), []);
  refuses('pythonpath', ['a', 1], /is not text/, 'typed');
});

test('maps are KEY=VALUE, one per line in the environment', () => {
  assert.deepEqual(read('env', 'A=1=2'), { A: '1=2' });
  assert.deepEqual(read('env', 'A=1\nB=a, b\n', 'variable'), { A: '1', B: 'a, b' });
  assert.deepEqual(read('env', { A: '1' }, 'typed'), { A: '1' });
  refuses('env', 'A', /no key and value/);
  refuses('env', '=1', /no key and value/);
  refuses('env', { A: 1 }, /A = 1 is not text/, 'typed');
  refuses('env', { 'A B': '1' }, /cannot be a key/, 'typed');
});

test('a map keeps a key called __proto__ to itself', () => {
  const map = read('env', '__proto__=1') as Record<string, string>;
  assert.deepEqual(Object.entries(map), [['__proto__', '1']]);
  assert.equal(Object.getPrototypeOf(map), Object.prototype);
});

test('sizes and times are written as people write them', () => {
  assert.deepEqual([0, 8190, 65_536, 1_048_576, 1_073_741_824].map(formatBytes), [
    '0',
    '8190',
    '64k',
    '1m',
    '1g',
  ]);
  assert.deepEqual([0, 0.5, 1, 30, 60, 120, 3600, 86_400].map(formatDuration), [
    '0',
    '500ms',
    '1s',
    '30s',
    '60s',
    '2m',
    '60m',
    '24h',
  ]);
});

test('what can be off is off in every way people say it', () => {
  for (const raw of ['off', false]) assert.equal(read('static_expires', raw, 'typed'), -1);
  assert.equal(read('static_expires', '1h'), 3600);
  refuses('static_expires', '-1', /not a time/);
  refuses('static_expires', -1, /too small/, 'typed');
  refuses('keepalive_timeout', 'off', /not a time/);
  assert.equal(formatDuration(-1), 'off');
});

test('a choice with on and off may be said as true and false', () => {
  assert.equal(read('compress', true, 'typed'), 'on');
  assert.equal(read('compress', false, 'typed'), 'off');
  refuses('log_level', true, /not one of the choices/, 'typed');
});
