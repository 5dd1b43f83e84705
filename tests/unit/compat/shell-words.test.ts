import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shellWords } from '../../../src/compat/shell-words.ts';

test('words are split as a shell splits them', () => {
  assert.deepEqual(shellWords(''), []);
  assert.deepEqual(shellWords('  -b  :80\t-w 4\n'), ['-b', ':80', '-w', '4']);
  assert.deepEqual(shellWords(`-e 'A=b c' -e "B=\\"d\\" \\n" x\\ y ''`), [
    '-e',
    'A=b c',
    '-e',
    'B="d" \\n',
    'x y',
    '',
  ]);
  assert.deepEqual(shellWords(`a'b'"c"d`), ['abcd']);
});

test('an open quote is no list of words', () => {
  for (const text of [`'a`, `"a`, `"a\\"`, 'a\\']) assert.equal(shellWords(text), null, text);
});
