import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHttpDate } from '../../../src/http/parse-date.ts';

test('the three forms of a date mean the same second', () => {
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT'), 784_111_777);
  assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT'), 784_111_777);
  assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994'), 784_111_777);
  assert.equal(parseHttpDate('Wed Nov 16 08:49:37 1994'), 784_111_777 + 864_000);
});

test('every date that we would write is read back', () => {
  for (let second = 0; second < 4_200_000_000; second += 7_654_321) {
    assert.equal(parseHttpDate(new Date(second * 1000).toUTCString()), second);
  }
});

test('two digits of a year are the past when they would be more than 50 years ahead', () => {
  const now = Date.UTC(2025, 5, 1);
  assert.equal(parseHttpDate('Monday, 01-Jan-75 00:00:00 GMT', now), Date.UTC(2075, 0, 1) / 1000);
  assert.equal(parseHttpDate('Monday, 01-Jan-76 00:00:00 GMT', now), Date.UTC(1976, 0, 1) / 1000);
});

test('leap days and leap seconds exist', () => {
  assert.equal(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT'), Date.UTC(2024, 1, 29) / 1000);
  assert.equal(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT'), Date.UTC(2017, 0, 1) / 1000);
});

test('what is no date is none', () => {
  const texts = [
    ...['', 'x', '0', '784111777', '"etag"', 'Sun, 06 Nov 1994', 'Sun, 06 Nov 1994 08:49:37'],
    ...['Sun, 06 Nov 1994 08:49:37 UTC', 'Sun, 06 Nov 1994 08:49:37 +0000', 'sun, 06 nov 1994 08:49:37 gmt'],
    ...['Sun, 31 Feb 1994 08:49:37 GMT', 'Tue, 29 Feb 2023 00:00:00 GMT', 'Sun, 00 Nov 1994 08:49:37 GMT'],
    ...['Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 06 Nov 1994 08:60:37 GMT', 'Sun, 06 Nov 1994 08:49:61 GMT'],
    ...['Sun, 6 Nov 1994 08:49:37 GMT', 'Sun,  6 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1960 08:49:37 GMT'],
    ...['Sun, 06 ovD 1994 08:49:37 GMT', 'unM, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37 GMT '],
    ...['Sun-06-Nov-94 08:49:37 GMT', 'Someday, 06-Nov-94 08:49:37 GMT', 'Sunday, 06 Nov 94 08:49:37 GMT'],
    ...[
      'Sunday, 06-Nov-9x 08:49:37 GMT',
      'Sun Nov 6 08:49:37 1994',
      'Sun Nov  6 08:49:37 94',
      'Sun Nov  6 08-49-37 1994',
    ],
  ];
  for (const text of texts) assert.equal(parseHttpDate(text), -1, text);
});
