import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileHostPatterns } from '../../../src/http/host-patterns.ts';

test('hosts are allowed by the rules of ALLOWED_HOSTS', () => {
  const allows = compileHostPatterns(['Example.com', '.example.org', '127.0.0.1', '[::1]']);
  for (const right of [
    ...[
      'example.com',
      'EXAMPLE.com:8000',
      'example.com.',
      'example.org',
      'a.example.org',
      'a.b.example.org:1',
    ],
    ...['127.0.0.1', '127.0.0.1:80', '[::1]', '[::1]:8000'],
  ])
    assert.equal(allows(right), true, right);
  for (const wrong of [
    ...['www.example.com', 'notexample.org', 'example.org.evil.example', 'example', '', '::1', '[::2]'],
    ...['example.com:', 'example.com:x', 'example_com', 'user@example.com', 'example.com/x', 'localhost'],
  ])
    assert.equal(allows(wrong), false, wrong);
});

test('an asterisk allows all', () => {
  assert.equal(compileHostPatterns(['a', '*'])('anything at all'), true);
});
