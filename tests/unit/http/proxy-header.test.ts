import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROXY_HEADER_BYTES_MAX, readProxyHeader } from '../../../src/http/proxy-header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';

function v2(command: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'hex');
  const length = bytes.length.toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(`${SIGNATURE}${command}${length}`, 'hex'), bytes]);
}

function v1(line: string): ReturnType<typeof readProxyHeader> {
  return readProxyHeader(Buffer.from(line, 'latin1'));
}

test('version 1 names the client in words', () => {
  assert.deepEqual(v1('PROXY TCP4 192.0.2.1 198.51.100.1 5000 443\r\nGET / HTTP/1.1\r\n'), {
    client: { address: '192.0.2.1', port: 5000 },
    bytes: 44,
  });
  assert.deepEqual(v1('PROXY TCP6 2001:DB8:0:0:0:0:0:1 ::1 65535 80\r\n'), {
    client: { address: '2001:db8::1', port: 65_535 },
    bytes: 46,
  });
  assert.deepEqual(v1('PROXY UNKNOWN\r\n'), { client: null, bytes: 15 });
  assert.deepEqual(v1('PROXY UNKNOWN ffff:f::f ::1 1 2\r\nx'), { client: null, bytes: 33 });
});

test('version 2 names it in bytes, and what it has besides is passed over', () => {
  const v4 = 'c0000201c6336401138801bb';
  assert.deepEqual(readProxyHeader(v2('2111', v4)), {
    client: { address: '192.0.2.1', port: 5000 },
    bytes: 28,
  });
  assert.deepEqual(readProxyHeader(Buffer.concat([v2('2111', `${v4}030004a1b2c3d4`), Buffer.from('GET')])), {
    client: { address: '192.0.2.1', port: 5000 },
    bytes: 35,
  });
  const v6 = `20010db8${'0'.repeat(23)}1${'0'.repeat(31)}1138801bb`;
  assert.deepEqual(readProxyHeader(v2('2121', v6)), {
    client: { address: '2001:db8::1', port: 5000 },
    bytes: 52,
  });
  const mapped = `${'0'.repeat(20)}ffffc0000201${'0'.repeat(31)}1138801bb`;
  assert.deepEqual(readProxyHeader(v2('2121', mapped)), {
    client: { address: '192.0.2.1', port: 5000 },
    bytes: 52,
  });
});

test('a proxy that speaks for itself, or for nobody with an address, names no client', () => {
  assert.deepEqual(readProxyHeader(v2('2000', '')), { client: null, bytes: 16 });
  assert.deepEqual(readProxyHeader(v2('2011', 'c0000201c6336401138801bb')), { client: null, bytes: 28 });
  assert.deepEqual(readProxyHeader(v2('2100', 'ffff')), { client: null, bytes: 18 });
  assert.deepEqual(readProxyHeader(v2('2131', '00'.repeat(216))), { client: null, bytes: 232 });
});

test('a header that comes in pieces is waited for, whatever the pieces are', () => {
  for (const whole of [
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 5000 443\r\n'),
    v2('2111', 'c0000201c6336401138801bb0300020000'),
  ]) {
    for (let length = 1; length < whole.length; length++)
      assert.equal(readProxyHeader(whole.subarray(0, length)), 'more', `${length}`);
    assert.notEqual(readProxyHeader(whole), 'more');
  }
});

test('anything else is refused, at the first byte that is wrong', () => {
  for (const wrong of [
    'GET / HTTP/1.1\r\n',
    'PROXX',
    'PROXY  TCP4 192.0.2.1 198.51.100.1 5000 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 5000\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 5000 443 \r\n',
    'PROXY TCP4 192.0.2.01 198.51.100.1 5000 443\r\n',
    'PROXY TCP4 ::1 ::1 5000 443\r\n',
    'PROXY TCP6 192.0.2.1 198.51.100.1 5000 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.1 05 443\r\n',
    'PROXY UDP4 192.0.2.1 198.51.100.1 5000 443\r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}`,
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
  ]) {
    const read = v1(wrong);
    assert.ok(typeof read === 'object' && 'fault' in read, wrong);
  }
  for (const [command, body] of [
    ['1111', 'c0000201c6336401138801bb'],
    ['2211', 'c0000201c6336401138801bb'],
    ['2112', 'c0000201c6336401138801bb'],
    ['2111', 'c0000201'],
    ['2121', 'c0000201c6336401138801bb'],
    ['2131', '00'],
  ] as const) {
    const read = readProxyHeader(v2(command, body));
    assert.ok(typeof read === 'object' && 'fault' in read, command);
  }
  const endless = Buffer.from(`${SIGNATURE}2111${PROXY_HEADER_BYTES_MAX.toString(16)}`, 'hex');
  assert.deepEqual(readProxyHeader(endless), { fault: 'the PROXY header is too long' });
});

test('whatever follows the beginning of a header, it is read, waited for or refused', () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let i = 0; i < 20_000; i++) {
    const tail = Buffer.from(Array.from({ length: random() % 60 }, () => random() % 256));
    const start = i % 2 === 0 ? Buffer.from(SIGNATURE, 'hex') : Buffer.from('PROXY TCP4 ');
    const read = readProxyHeader(Buffer.concat([start, tail]));
    if (typeof read === 'object' && 'bytes' in read) assert.ok(read.bytes <= start.length + tail.length);
  }
});
