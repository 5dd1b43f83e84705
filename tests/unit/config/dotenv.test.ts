import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDotenv } from '../../../src/config/dotenv.ts';

const values = (text: string, env: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(parseDotenv(text, env).values);

test('a line is KEY=VALUE, with spaces, `export` and comments around it', () => {
  const text = '\ufeff# a\nA=1\r\n  export B = two words  # why\n\nC=\nD=a#b\n';
  assert.deepEqual(values(text), { A: '1', B: 'two words', C: '', D: 'a#b' });
});

test('double quotes have escapes, single quotes have almost none, and both may hold line breaks', () => {
  assert.deepEqual(values(`A="a\\tb\\"c\\x"\nB='a\\tb\\'c'  # d\nC="1\n2"\n`), {
    A: 'a\tb"c\\x',
    B: "a\\tb'c",
    C: '1\n2',
  });
});

test('references see the environment, then the file, then their default', () => {
  const text = 'A=file\nB=${A}-${C:-none}-${D}\nE=${B}$A\n';
  assert.deepEqual(values(text), { A: 'file', B: 'file-none-', E: 'file-none-$A' });
  assert.equal(values(text, { A: 'env' })['B'], 'env-none-');
});

test('what is no pair is told by its line, and the rest still counts', () => {
  const { values: read, faults } = parseDotenv('A=1\nno pair\nB="open\nC=3\nD\n', {});
  assert.deepEqual(faults, [2, 3]);
  assert.deepEqual(
    [...read],
    [
      ['A', '1'],
      ['C', '3'],
    ],
  );
});
