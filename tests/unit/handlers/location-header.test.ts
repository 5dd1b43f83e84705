import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathReference } from '../../../src/handlers/location-header.ts';

test('a path comes back percent-encoded, byte by byte, with its query', () => {
  assert.equal(pathReference('/a b/', ''), '/a%20b/');
  assert.equal(pathReference('/\xc3\xa9/', 'x=1'), '/%C3%A9/?x=1');
  assert.equal(pathReference('/100%/"<>\\/', ''), '/100%25/%22%3C%3E%5C/');
  assert.equal(pathReference('/a?b#c/', ''), '/a%3Fb%23c/');
});

test('a redirect never leads to a host that the request chose', () => {
  for (const path of ['//evil.example/', '///evil.example/', '/\\evil.example/', '\\\\evil.example/']) {
    const reference = pathReference(path, '');
    assert.match(reference, /^\/[^/\\]/, path);
    assert.equal(new URL(reference, 'http://site.example').host, 'site.example', path);
  }
});
