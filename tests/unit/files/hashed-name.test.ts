import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasHashedName } from '../../../src/files/hashed-name.ts';

test('names with a hash of the content are known, whoever wrote them', () => {
  const hashed = [
    'admin/css/base.523eb49842a7.css',
    'css/app.123456789012.css',
    'css/app.abcdefabcdef.css',
    'js/main.3f1c9a2b.js',
    'js/main.3f1c9a2b.chunk.js',
    'js/main.3f1c9a2b.js.map',
    'js/787.4f3c2a1b9d8e7f605142.js',
    'application-5d41402abc4b2a76b9719d911017c592.css',
    'index-BwQ3XcyK.js',
    'assets/vendor-D4f_x-9K.js',
    'assets/index-C-a8sK2_.css',
    'chunk-7XQ3LHWO.js',
    `a.${'0123456789abcdef'.repeat(4)}.png`,
  ];
  for (const name of hashed) assert.equal(hasHashedName(name), true, name);
});

test('dates, versions and words are no hashes', () => {
  const plain = [
    'jquery-20231201.js',
    'jquery-3.7.1.min.js',
    'bootstrap-datepick.js',
    'report-2024.pdf',
    'report-20240131a.pdf',
    'photo.20240131.jpg',
    'img-12345678.jpg',
    'IMG_20240131_101112.jpg',
    'effaced.css',
    'a-deadbeef.css',
    'app.facade.css',
    'iphone-iPhone12.png',
    'app-Release2.apk',
    'app-Version1.zip',
    'setup-WINDOWS7.exe',
    'README-MARKDOWN.html',
    'base.css',
    'avatar_5d41402abc4b2a76.jpg',
    '550e8400-e29b-41d4-a716-44665544000a.jpg',
    'avatar-550e8400-e29b-41d4-a716-44665544000a.jpg',
    'photo_AbC12x9.jpg',
    'base',
    '523eb49842a7.css',
    '523eb49842a7',
    'a.523eb49842a7',
    'a.523eb49.css',
    '.523eb49842a7.css',
    'a.523EB49842A7.css',
    'x-unchanged.min.js',
    `a.${'0123456789abcdef'.repeat(4)}0.png`,
    'dir.523eb49842a7.x/base.css',
    '',
    '.',
    'a..',
  ];
  for (const name of plain) assert.equal(hasHashedName(name), false, name);
});
