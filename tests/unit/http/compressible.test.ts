import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCompressible } from '../../../src/http/compressible.ts';

const YES = [
  'text/html',
  'text/html; charset=utf-8',
  'TEXT/CSS ;charset=x',
  'text/plain',
  'application/json',
  'application/problem+json',
  'application/manifest+json',
  'application/javascript',
  'text/javascript; charset="utf-8"',
  'application/xml',
  'application/atom+xml',
  'image/svg+xml',
  'application/wasm',
  'font/ttf',
  'font/otf',
  'image/x-icon',
];
const NO = [
  '',
  ';',
  'image/png',
  'image/jpeg',
  'video/mp4',
  'font/woff2',
  'font/woff',
  'application/zip',
  'application/gzip',
  'application/octet-stream',
  'application/pdf',
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'application/vnd.apple+zip',
  'json',
];

test('types that are text in disguise compress, what is compressed already does not', () => {
  for (const type of YES) assert.equal(isCompressible(type), true, type);
  for (const type of NO) assert.equal(isCompressible(type), false, type);
});

test('the answer is the same when it is asked again, and for types never seen before', () => {
  for (let i = 0; i < 1000; i++) assert.equal(isCompressible(`text/x-${i}`), true);
  for (const type of [...YES, ...NO]) assert.equal(isCompressible(type), YES.includes(type), type);
});
