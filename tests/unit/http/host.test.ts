import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHost, sameHost } from '../../../src/http/host.ts';

test('Names, addresses and ports make a host.', () => {
  const good = [
    'a',
    'A.example',
    'a_b',
    '0.0.0.0=5000',
    'xn--e1afmkfd.example',
    '1.2.3.4:80',
    '[::1]',
    '[::1]:8000',
  ];
  for (const host of [...good, 'a:0', 'a:65535', 'a:', '%41b', "!$&'()*+;=~"])
    assert.equal(isHost(host), true, host);
});

test('Everything else is not a host.', () => {
  const bad = [
    '',
    ':80',
    'a:b',
    'a:65536',
    'a:080808',
    'a:-1',
    'a:1:2',
    'a b',
    ' a',
    'a/',
    'a?b',
    'a#b',
    'u@a',
    'a,b',
    'a\\b',
  ];
  const worse = [
    '%4',
    '%zz',
    'é',
    '\xff',
    'a"',
    '<a>',
    '[',
    '[]',
    '[::1',
    '[::1]x',
    '[::1]:x',
    '[1.2.3.4]',
    '[::1%25eth0]',
    '[v1.a]',
  ];
  for (const host of [...bad, ...worse, '::1', 'a\0', 'a\n', '[::g]'])
    assert.equal(isHost(host), false, host);
});

test('Letter case and the scheme\u2019s own port do not make another host.', () => {
  assert.equal(sameHost('A.b', 'a.B:80', 'http'), true);
  assert.equal(sameHost('a', 'a:443', 'https'), true);
  assert.equal(sameHost('a', 'a:443', 'http'), false);
  assert.equal(sameHost('a', 'a:', 'http'), true);
  assert.equal(sameHost('a', 'b', 'http'), false);
});
