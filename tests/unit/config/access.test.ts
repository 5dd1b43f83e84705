import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkAccessKey,
  checkOrigin,
  parseAddressRule,
  parseRate,
} from '../../../src/config/access-values.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { checkPasswordHash, parseUsersFile } from '../../../src/config/password-hash.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

const HASH = '$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu';

function told(lines: string): readonly string[] {
  const text = `[app]\ntarget = "a:b"\n[[site]]\n[[site.location]]\npath = "/"\napp = "app"\n${lines}\n`;
  const { diagnostics } = resolveSettings({ flags: parseFlags([]), env: {}, file: { path: 'f', text } });
  return diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
}

test('rules of addresses are a word and a network', () => {
  assert.deepEqual(parseAddressRule(' deny  10.0.0.0/8 '), { allow: false, network: '10.0.0.0/8' });
  assert.deepEqual(parseAddressRule('allow all'), { allow: true, network: '*' });
  for (const wrong of ['10.0.0.1', 'allow', 'permit 10.0.0.1', 'allow 10.0.0.0/33', 'deny example.com'])
    assert.throws(() => parseAddressRule(wrong), { name: 'ConfigError' }, wrong);
});

test('rates are a number and a time', () => {
  assert.deepEqual(parseRate('10/s'), { requests: 10, windowMs: 1000 });
  assert.deepEqual(parseRate('10r/s'), { requests: 10, windowMs: 1000 });
  assert.deepEqual(parseRate('600 / min'), { requests: 600, windowMs: 60_000 });
  assert.deepEqual(parseRate('100/10s'), { requests: 100, windowMs: 10_000 });
  for (const wrong of ['10', '0/s', '10/0s', '10/x', '-1/s', '1/99d', '1.5/s', '9999999/s'])
    assert.throws(() => parseRate(wrong), { name: 'ConfigError' }, wrong);
});

test('what is counted by is the client, the path, all, a header or a cookie', () => {
  for (const right of ['client', 'path', 'all', 'header:X-Api-Key', 'cookie:sid']) checkAccessKey(right);
  for (const wrong of ['', 'X-Api-Key', 'header:', 'header:a b', 'cookie:a=b', 'ip'])
    assert.throws(() => checkAccessKey(wrong), { name: 'ConfigError' }, wrong);
});

test('origins have a scheme and no path', () => {
  for (const right of [
    'https://a.example',
    'https://*.a.example',
    'http://localhost:5173',
    'http://[::1]:80',
    '*',
  ])
    checkOrigin(right);
  for (const wrong of ['a.example', 'https://a.example/', 'https://', 'https://*', 'https://a.*.example'])
    assert.throws(() => checkOrigin(wrong), { name: 'ConfigError' }, wrong);
});

test('a file of users has a name and a hash in each line, and its faults say where, not what', () => {
  assert.deepEqual(parseUsersFile(`# us\r\n\r\nanna:${HASH}\r\nbert:${HASH}:Bert from sales\n`), [
    ['anna', HASH],
    ['bert', HASH],
  ]);
  for (const [text, message] of [
    ['anna', /^line 1 is not NAME:HASH$/],
    [`\nanna:${HASH}\nanna:${HASH}`, /^line 3: `anna` is there twice$/],
    ['anna:secret', /^line 1: what stands for `anna` is no hash of a password$/],
    ['anna:{SHA}secret', /SHA-1/],
    ['anna:$6$secret', /SHA-512/],
    ['anna:$argon2id$secret', /Argon2/],
  ] as const)
    assert.throws(
      () => parseUsersFile(text),
      ({ message: said }: Error) => message.test(said) && !said.includes('secret'),
      text,
    );
});

test('hashes that cost next to nothing, or all there is, are refused', () => {
  const scrypt = (parts: string) => `$scrypt$${parts}$c2FsdHNhbHRzYWx0$${'A'.repeat(43)}`;
  checkPasswordHash('a', scrypt('ln=15,r=8,p=3'));
  for (const wrong of ['ln=2,r=8,p=1', 'ln=20,r=8,p=1', 'ln=15,r=0,p=1', 'ln=15,r=8,p=99'])
    assert.throws(() => checkPasswordHash('a', scrypt(wrong)), { name: 'ConfigError' }, wrong);
  assert.throws(() => checkPasswordHash('a', HASH.replace('$05$', '$20$')), /cost of 20/);
});

test('what contradicts itself, or is open to the whole web, is told', () => {
  assert.deepEqual(told('allow = ["10.0.0.0/8"]\ndeny = ["10.0.0.1"]'), [
    'error: `allow` and `deny` do not say which of them counts first',
  ]);
  assert.deepEqual(told('cors_origins = ["*"]\ncors_credentials = true'), [
    'error: every page of the web could act as the user who is signed in here',
  ]);
  const { diagnostics } = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: {
      path: 'f',
      text: '[app]\ntarget = "a:b"\n[[site]]\ncors_origins = ["*"]\ncors_credentials = true\n',
    },
  });
  assert.match(diagnostics[0]?.message ?? '', /every page of the web/, 'also in a site');
  assert.deepEqual(told('limit_req = "x"'), ['error: unknown key `limit_req` in [[site.location]]']);
  assert.deepEqual(told('rate_limit_key = "path"'), ['warning: it means nothing without `rate_limit`']);
  assert.deepEqual(told('auth_request = "https://x.example/"'), [
    'error: `site.location.auth_request`: `https://x.example/` is not a path',
  ]);
  assert.deepEqual(told('rate_limit = ["10/s", "100/h"]\nconcurrency_max = 4\nbandwidth = "1m"'), []);
});
