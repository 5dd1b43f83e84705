import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResponseHead } from '../../../src/wire/response.ts';
import { WireError } from '../../../src/wire/wire-error.ts';

test('a head is a status, a reason and flat fields', () => {
  assert.deepEqual(parseResponseHead('404 Not Found\nA\nb\nSet-Cookie\n'), {
    status: 404,
    reason: 'Not Found',
    fields: ['A', 'b', 'Set-Cookie', ''],
  });
  assert.deepEqual(parseResponseHead('200 '), { status: 200, reason: '', fields: [] });
});

test('a bad status line and a name without a value are errors', () => {
  for (const text of [
    '',
    '20',
    '099 x',
    '2000 x',
    'abc x',
    '200OK',
    ' 200 OK',
    '-20 x',
    '200 OK\nA',
    '200 OK\n',
  ]) {
    assert.throws(() => parseResponseHead(text), WireError, text);
  }
});
