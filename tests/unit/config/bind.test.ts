import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindText, parseBind } from '../../../src/config/bind.ts';
import { ConfigError } from '../../../src/config/diagnostic.ts';

const GOOD: readonly [string, string][] = [
  ['127.0.0.1:8000', '127.0.0.1:8000'],
  ['127.0.0.1', '127.0.0.1:8000'],
  [':8000', '0.0.0.0:8000'],
  ['', '0.0.0.0:8000'],
  ['0:8000', '0.0.0.0:8000'],
  ['0.0.0.0:0', '0.0.0.0:0'],
  ['localhost', 'localhost:8000'],
  ['localhost:80', 'localhost:80'],
  ['my-host.example:443', 'my-host.example:443'],
  ['[::1]:8000', '[::1]:8000'],
  ['[::]', '[::]:8000'],
  ['tcp://127.0.0.1:9', '127.0.0.1:9'],
  ['tcp://[::1]:9', '[::1]:9'],
  ['TCP://0:9', '0.0.0.0:9'],
  ['http://0', '0.0.0.0:80'],
  ['https://[::1]', '[::1]:443'],
  ['HTTPS://a.test:8443/', 'a.test:8443'],
  ['unix:/run/a.sock', 'unix:/run/a.sock'],
  ['unix:///run/a.sock', 'unix:/run/a.sock'],
  ['unix:a.sock', 'unix:a.sock'],
  ['fd://3', 'fd://3'],
];

test('every form of an address is read', () => {
  for (const [text, full] of GOOD) assert.equal(bindText(parseBind(text)), full, text);
});

test('a scheme says whether TLS is spoken', () => {
  const spoken = (text: string): unknown => ({ tls: null, ...parseBind(text) }).tls;
  assert.deepEqual(['https://:1', 'http://:1', 'tcp://:1', ':1'].map(spoken), [true, false, null, null]);
});

test('an address tells its family and keeps its text', () => {
  assert.deepEqual(parseBind('[::1]:80'), {
    kind: 'tcp',
    host: '::1',
    port: 80,
    family: 6,
    tls: null,
    source: '[::1]:80',
  });
  assert.deepEqual(parseBind(' 0:80 '), {
    kind: 'tcp',
    host: '0.0.0.0',
    port: 80,
    family: 4,
    tls: null,
    source: '0:80',
  });
  assert.deepEqual(parseBind('unix:a'), { kind: 'unix', path: 'a', source: 'unix:a' });
  assert.deepEqual(parseBind('fd://7'), { kind: 'fd', fd: 7, source: 'fd://7' });
});

const BAD: readonly [string, RegExp][] = [
  ['127.0.0.1:x', /`x` is not a port/],
  ['127.0.0.1:', /`` is not a port/],
  ['127.0.0.1:65536', /not a port/],
  ['127.0.0.1:-1', /not a port/],
  ['127.0.0.1:0x50', /not a port/],
  ['127.0.0.1:8 0', /not a port/],
  ['300.1.1.1:80', /not an IPv4 address/],
  ['8000', /not an IPv4 address/],
  ['::1', /without brackets/],
  ['[::1', /not an address to listen on/],
  ['[127.0.0.1]:80', /not an IPv6 address/],
  ['[::1]80', /not an address to listen on/],
  ['ftp://0:80', /unknown scheme ftp/],
  ['/run/a.sock', /not an address to listen on/],
  ['a b:80', /is not a host/],
  ['-a:80', /is not a host/],
  ['unix:', /names no socket file/],
  ['unix://relative', /names no socket file/],
  [`unix:/${'a'.repeat(107)}`, /too long/],
  ['fd://', /not a file descriptor/],
  ['fd:3', /not a file descriptor/],
  ['fd://x', /not a file descriptor/],
  ['fd://1', /standard stream/],
];

test('what is no address is refused with the reason', () => {
  for (const [text, reason] of BAD) {
    assert.throws(
      () => parseBind(text),
      (error) => error instanceof ConfigError && reason.test(error.message),
      text,
    );
  }
});

test('near misses are told how to be written', () => {
  const hint = (text: string): string | null => {
    try {
      parseBind(text);
    } catch (error) {
      return (error as ConfigError).hint;
    }
    return null;
  };
  assert.equal(hint('8000'), 'for a port write :8000');
  assert.equal(hint('/run/a.sock'), 'for a Unix socket write unix:/run/a.sock');
  assert.equal(hint('::1'), 'write [::1]:8000');
});
