import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const room = new URL('../../../src/http/', import.meta.url);
const page = readFileSync(new URL('../../../docs/internals/http-strictness.md', import.meta.url), 'utf8');

test('The page on strictness lists each refusal in the code with its status, and no other.', () => {
  const inCode = new Set<string>();
  for (const file of readdirSync(room)) {
    const text = readFileSync(new URL(file, room), 'utf8');
    for (const [, status, , reason] of text.matchAll(/\bfault\((\d{3}), (['`])(.*?)\2\)/g)) {
      inCode.add(`${status} ${reason?.replace(/\$\{.*?\}/, '…')}`);
    }
  }
  assert.ok(inCode.size > 40);
  const onPage = new Set<string>();
  for (const [, reason, status] of page.matchAll(/^\| `(.*?)` \| (\d{3}) \|/gm))
    onPage.add(`${status} ${reason}`);
  assert.deepEqual([...inCode].toSorted(), [...onPage].toSorted());
});
