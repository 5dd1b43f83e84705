import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseForwarded } from '../../../src/http/forwarded-elements.ts';
import { compileTrust, resolveClient, trusts } from '../../../src/http/forwarded.ts';
import type { Client } from '../../../src/http/forwarded.ts';
import { isFault, parseRequestHead } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 100, headerBytesMax: 9000, headerCountMax: 20 };

function resolve(
  headers: string,
  list: string[] = ['10.0.0.0/8'],
  address = '10.0.0.1',
  isUnix = false,
): Client {
  const head = parseRequestHead(`GET / HTTP/1.1\r\nHost: a\r\n${headers}`, null, LIMITS);
  if (isFault(head)) throw new Error(head.reason);
  return resolveClient(head.block, { address, port: 5 }, compileTrust(list), isUnix);
}

test('Networks contain what their prefix says, in both families and over the v4-mapped form.', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['192.168.1.9', '192.168.1.9', true],
    ['192.168.1.9', '192.168.1.8', false],
    ['192.168.1.9/31', '192.168.1.8', true],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::/0', '1.2.3.4', true],
    ['*', 'not an address', true],
    ['10.0.0.0/8', 'not an address', false],
    ['unix', '10.0.0.1', false],
  ];
  for (const [entry, address, expected] of cases)
    assert.equal(trusts(compileTrust([entry]), address), expected, `${entry} ${address}`);
  assert.equal(trusts(compileTrust([]), '127.0.0.1'), false);
});

test('An entry that is no network is refused by name.', () => {
  for (const entry of [
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '010.0.0.1',
  ]) {
    assert.throws(
      () => compileTrust(['127.0.0.1', entry]),
      new RegExp(entry.replaceAll('/', '\\/').replaceAll('.', '\\.')),
    );
  }
});

test('A peer that is not trusted is the client, whatever it says.', () => {
  const client = resolve('X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b', [
    '10.0.0.2',
  ]);
  assert.deepEqual(client, { address: '10.0.0.1', port: 5, scheme: '', host: '', conflict: false });
});

test('X-Forwarded-For is walked from the right until a hop is not trusted.', () => {
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1').address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 6.6.6.6, 1.1.1.1').address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 6.6.6.6, 1.1.1.1,10.0.0.3 ,10.0.0.2').address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.1.1.1').address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 10.0.0.3, 10.0.0.2').address, '10.0.0.3');
  assert.equal(resolve('X-Forwarded-For: 6.6.6.6, 1.1.1.1', ['*']).address, '6.6.6.6');
});

test('A malformed entry ends the walk at the last good hop.', () => {
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1, nonsense, 10.0.0.2').address, '10.0.0.2');
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1,').address, '10.0.0.1');
  assert.equal(resolve('X-Forwarded-For:').address, '10.0.0.1');
});

test('Ports and brackets in X-Forwarded-For are understood.', () => {
  assert.deepEqual(
    [resolve('X-Forwarded-For: 1.1.1.1:99').port, resolve('X-Forwarded-For: [2001:db8::1]:99').address],
    [99, '2001:db8::1'],
  );
});

test('A long list is not walked without end.', () => {
  const hops = Array.from({ length: 500 }, (_, index) => `10.0.${index % 250}.1`);
  assert.equal(resolve(`X-Forwarded-For: ${hops.join(',')}`).address, hops[500 - 64]);
});

test('The scheme is http or https and nothing else.', () => {
  assert.equal(resolve('X-Forwarded-Proto: HTTPS').scheme, 'https');
  assert.equal(resolve('X-Forwarded-Proto: wss').scheme, 'https');
  assert.equal(resolve('X-Forwarded-Proto: http').scheme, 'http');
  assert.equal(resolve('X-Forwarded-Proto: http, https').scheme, 'https');
  assert.equal(resolve('X-Forwarded-Proto: javascript').scheme, '');
  assert.equal(resolve('X-Forwarded-Ssl: on').scheme, 'https');
});

test('Scheme headers that contradict each other are a conflict.', () => {
  assert.equal(resolve('X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off').conflict, true);
  assert.equal(resolve('X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on').conflict, false);
  assert.equal(resolve('X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off', []).conflict, false);
});

test('X-Forwarded-Host is taken from the nearest proxy, when it is a host.', () => {
  assert.equal(resolve('X-Forwarded-Host: b:81').host, 'b:81');
  assert.equal(resolve('X-Forwarded-Host: x, b').host, 'b');
  assert.equal(resolve('X-Forwarded-Host: b/c').host, '');
});

test('Forwarded is walked the same way, each element with its scheme and host.', () => {
  const one = resolve('Forwarded: for="[2001:db8::1]:99";proto=https;host="b:81"');
  assert.deepEqual(one, { address: '2001:db8::1', port: 99, scheme: 'https', host: 'b:81', conflict: false });
  const two = resolve(
    'Forwarded: for=6.6.6.6;proto=http, For=1.1.1.1; PROTO=https , for=10.0.0.2;proto=http;host=b',
  );
  assert.deepEqual([two.address, two.scheme, two.host], ['1.1.1.1', 'https', 'b']);
  assert.equal(resolve('Forwarded: for=1.1.1.1, for=_hidden').address, '10.0.0.1');
  assert.equal(resolve('Forwarded: for=1.1.1.1, for=unknown').address, '10.0.0.1');
});

test('A Forwarded header that does not follow the grammar says nothing.', () => {
  const bad = [
    'for="1.1.1.1',
    'for=1.1.1.1 x',
    'for=1.1.1.1;for=2.2.2.2',
    'for',
    'for=',
    'for="1.1.1.1"x',
    '=1.1.1.1',
  ];
  for (const value of bad) assert.equal(resolve(`Forwarded: ${value}`).address, '10.0.0.1', value);
});

test('A Forwarded header is not read when X-Forwarded headers are there.', () => {
  const client = resolve('Forwarded: for=6.6.6.6;proto=http;host=x\r\nX-Forwarded-For: 1.1.1.1');
  assert.deepEqual([client.address, client.scheme, client.host], ['1.1.1.1', '', '']);
  assert.equal(resolve('Forwarded: for=6.6.6.6\r\nX-Forwarded-Proto: https').address, '10.0.0.1');
});

test('Peers on Unix sockets are trusted by "unix" and "*" only.', () => {
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1', ['unix'], '', true).address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1', ['*'], '', true).address, '1.1.1.1');
  assert.equal(resolve('X-Forwarded-For: 1.1.1.1', ['10.0.0.0/8'], '', true).address, '');
});

test('many blanks in Forwarded cost no more than their number', { timeout: 20_000 }, () => {
  const value = `for=1.2.3.4;${' '.repeat(1_000_000)}@`;
  assert.deepEqual(parseForwarded(value, 8), []);
});
