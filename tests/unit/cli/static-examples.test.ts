import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main } from '../../../src/cli/main.ts';
import { fakeTerminal } from './fake-terminal.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/static-files.md'), 'utf8');

test('every example of the page about files is a whole configuration', async () => {
  const examples = [...PAGE.matchAll(/```toml\n([^]*?)```/g)].map(([, text = '']) => text);
  assert.ok(examples.length >= 7);
  for (const text of examples) {
    const terminal = fakeTerminal({ 'licorne.toml': text });
    assert.equal(await main(['check', 'app:app'], terminal), 0, `${text}\n${terminal.stderr}`);
    assert.doesNotMatch(terminal.stderr, /error:/);
  }
});
