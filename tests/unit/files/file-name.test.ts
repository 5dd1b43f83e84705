import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeName } from '../../../src/files/file-name.ts';

test('names that climb, point at themselves or hold a NUL are invalid', () => {
  for (const name of ['..', '../x', 'a/../b', 'a/..', '.', './a', 'a/./b', 'a\0', 'a\0.css', '../'])
    assert.equal(judgeName(name, true), 'invalid', JSON.stringify(name));
});

test('names with empty segments are missing, but for one slash at the end', () => {
  for (const name of ['/a', 'a//b', 'a//', '//', '/']) assert.equal(judgeName(name, true), 'missing', name);
  for (const name of ['', 'a/', 'a/b/']) assert.equal(judgeName(name, false), null, name);
});

test('dotfiles are hidden in every segment unless they are allowed', () => {
  for (const name of ['.env', '.git/config', 'a/.b', 'a/.b/c', '...', '..a']) {
    assert.equal(judgeName(name, false), 'hidden', name);
    assert.equal(judgeName(name, true), null, name);
  }
});

test('.well-known is served at the top only', () => {
  assert.equal(judgeName('.well-known/security.txt', false), null);
  assert.equal(judgeName('.well-known', false), null);
  assert.equal(judgeName('.well-knownx/a', false), 'hidden');
  assert.equal(judgeName('a/.well-known/b', false), 'hidden');
  assert.equal(judgeName('.well-known/.env', false), 'hidden');
});

test('a backslash is a byte as others, and names are not longer than a file system takes', () => {
  assert.equal(judgeName('a\\..\\b', false), null);
  assert.equal(judgeName('..\\a', false), 'hidden');
  assert.equal(judgeName('a'.repeat(255), false), null);
  assert.equal(judgeName('a'.repeat(256), false), 'missing');
  assert.equal(judgeName(`${'a/'.repeat(2047)}b`, false), null);
  assert.equal(judgeName('a/'.repeat(2049), false), 'missing');
});
