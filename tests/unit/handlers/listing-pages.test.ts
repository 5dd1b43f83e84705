import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Listing } from '../../../src/files/listing.ts';
import { ListingPages } from '../../../src/handlers/listing-pages.ts';

const listing = (): Listing => ({ entries: [], truncated: false });
const MEBIBYTE = 1_048_576;

test('pages are made once, as long as they are young and not too many bytes', () => {
  let time = 0;
  const pages = new ListingPages(() => time);
  const one = listing();
  let made = 0;
  const ask = (key: string, of = one, bytes = 10 * MEBIBYTE): void => {
    pages.of(of, key, () => {
      made += 1;
      return Buffer.alloc(bytes);
    });
  };
  const counted = (...keys: string[]): number => {
    made = 0;
    for (const key of keys) ask(key);
    return made;
  };
  assert.equal(counted('a', 'a', 'b', 'c'), 3);
  assert.equal(counted('a', 'b', 'c'), 0);
  assert.equal(counted('d'), 1, '32 MiB are full, so the oldest goes');
  assert.equal(counted('b', 'c', 'd'), 0);
  assert.equal(counted('a'), 1);
  time = 10_001;
  ask('x', listing(), 1);
  assert.equal(counted('c', 'd'), 2, 'what is old is let go of when others come');
});

test('a form that is not smaller, or not worth it, is none', async () => {
  const pages = new ListingPages();
  const form = (bytes: Buffer, coding: 'gzip' | 'br' | 'zstd'): Promise<Buffer | null> =>
    new Promise((done) => pages.of(listing(), '', () => bytes).compressed(coding, done));
  const text = Buffer.alloc(5_000, 'text ');
  assert.equal(await form(Buffer.alloc(100, 'x'), 'gzip'), null);
  assert.equal(await form(text, 'zstd'), null);
  assert.ok(((await form(text, 'br'))?.length ?? text.length) < 500);
  assert.equal(await form(randomBytes(2_000), 'gzip'), null);
});
