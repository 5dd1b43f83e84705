import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf } from '../../../src/files/content-type.ts';

test('the types of the web are right, with a charset where text needs one', () => {
  const expected = {
    'a.html': 'text/html; charset=utf-8',
    'a.css': 'text/css; charset=utf-8',
    'a.js': 'text/javascript; charset=utf-8',
    'a.mjs': 'text/javascript; charset=utf-8',
    'a.cjs': 'text/javascript; charset=utf-8',
    'a.json': 'application/json',
    'a.map': 'application/json',
    'a.xml': 'application/xml',
    'a.svg': 'image/svg+xml',
    'a.txt': 'text/plain; charset=utf-8',
    'a.csv': 'text/csv; charset=utf-8',
    'a.wasm': 'application/wasm',
    'a.webmanifest': 'application/manifest+json',
    'a.ico': 'image/x-icon',
    'a.png': 'image/png',
    'a.avif': 'image/avif',
    'a.webp': 'image/webp',
    'a.woff': 'font/woff',
    'a.woff2': 'font/woff2',
    'a.ttf': 'font/ttf',
    'a.mp4': 'video/mp4',
    'a.webm': 'video/webm',
    'a.mp3': 'audio/mpeg',
    'a.pdf': 'application/pdf',
    'a.zip': 'application/zip',
    'a.tar.gz': 'application/gzip',
  };
  for (const [name, type] of Object.entries(expected)) assert.equal(contentTypeOf(name), type, name);
});

test('the extension counts in any case and of the last segment only', () => {
  assert.equal(contentTypeOf('css.d/A.CSS'), 'text/css; charset=utf-8');
  assert.equal(contentTypeOf('a.css/README'), 'application/octet-stream');
  assert.equal(contentTypeOf('app.1a2b3c4d5e6f.css'), 'text/css; charset=utf-8');
});

test('what is unknown is bytes', () => {
  for (const name of ['a', 'a.', 'a.nosuchthing', 'a.__proto__', 'a.constructor'])
    assert.equal(contentTypeOf(name), 'application/octet-stream', name);
});

test('the file that Apple wants without an extension is JSON', () => {
  assert.equal(contentTypeOf('.well-known/apple-app-site-association'), 'application/json');
});
