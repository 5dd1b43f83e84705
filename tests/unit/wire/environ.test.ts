import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlockContext, wsgiHeaderBlock } from '../../../src/wire/environ.ts';
import { marshalDict, marshalText } from '../../../src/wire/marshal.ts';

const CONTEXT: BlockContext = {
  protocol: 'HTTP/1.1',
  serverName: 'localhost',
  serverPort: '8000',
  remoteAddr: '127.0.0.1',
  remotePort: '50000',
  scheme: 'http',
  scriptName: '',
  tls: null,
};

function expected(...entries: [string, string][]): string {
  const all: [string, string][] = [
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['SERVER_NAME', 'localhost'],
    ['SERVER_PORT', '8000'],
    ['REMOTE_ADDR', '127.0.0.1'],
    ['REMOTE_PORT', '50000'],
    ['wsgi.url_scheme', 'http'],
    ['SCRIPT_NAME', ''],
    ...entries,
  ];
  return marshalDict(all.map(([key, value]) => [marshalText(key), marshalText(value)] as const));
}

test('field names become environ keys, the two content fields without HTTP_', () => {
  const block = wsgiHeaderBlock(
    ['Host', 'a', 'X-Forwarded-For', 'b', 'content-TYPE', 'c', 'Content-Length', '1', 'X.Dot', 'd'],
    CONTEXT,
  );
  assert.equal(
    block,
    expected(
      ['HTTP_HOST', 'a'],
      ['HTTP_X_FORWARDED_FOR', 'b'],
      ['CONTENT_TYPE', 'c'],
      ['CONTENT_LENGTH', '1'],
      ['HTTP_X.DOT', 'd'],
    ),
  );
});

test('fields of one name in any case are joined, cookies by a semicolon', () => {
  const block = wsgiHeaderBlock(['Accept', 'a', 'Cookie', 'x=1', 'ACCEPT', 'b', 'cookie', 'y=2'], CONTEXT);
  assert.equal(block, expected(['HTTP_ACCEPT', 'a,b'], ['HTTP_COOKIE', 'x=1; y=2']));
});

test('a repeated call gives the same block, and one call does not leak into the next', () => {
  const fields = ['Accept', 'a', 'accept', 'b'];
  const first = wsgiHeaderBlock(fields, CONTEXT);
  assert.equal(wsgiHeaderBlock(fields, CONTEXT), first);
  assert.equal(wsgiHeaderBlock(['Accept', 'c'], CONTEXT), expected(['HTTP_ACCEPT', 'c']));
});

test('more names than the cache holds and names of any length are right', () => {
  for (let round = 0; round < 60; round++) {
    const fields: string[] = [];
    const entries: [string, string][] = [];
    for (let i = 0; i < 100; i++) {
      fields.push(`x-${round}-${i}`, String(i));
      entries.push([`HTTP_X_${round}_${i}`, String(i)]);
    }
    assert.equal(wsgiHeaderBlock(fields, CONTEXT), expected(...entries));
  }
  const long = 'x'.repeat(1000);
  const block = wsgiHeaderBlock([long, '1', long.toUpperCase(), '2'], CONTEXT);
  assert.equal(block, expected([`HTTP_${long.toUpperCase()}`, '1,2']));
});
