import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { main } from '../../../src/cli/main.ts';
import { shellWords } from '../../../src/compat/shell-words.ts';
import { fakeTerminal } from '../cli/fake-terminal.ts';

/*
 * tests/golden/compat/<tool>/<case>.txt:
 *
 *     $ gunicorn -b :8000 mysite.wsgi      the command line
 *     env PORT=80                          any number of variables
 *     file manage.py TEXT                  any number of files; \n in TEXT is a line break
 *     ---                                  what follows is written by the program: stdout, stderr, exit code
 *
 * UPDATE_GOLDEN=1 writes the part below the line anew.
 */
const ROOT = new URL('../../golden/compat/', import.meta.url);
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

for (const tool of readdirSync(ROOT).toSorted()) {
  for (const name of readdirSync(new URL(`${tool}/`, ROOT)).toSorted()) {
    test(`the command line of ${tool}/${name} amounts to what its file says`, async () => {
      const url = new URL(`${tool}/${name}`, ROOT);
      const text = readFileSync(url, 'utf8');
      const setup = text.slice(0, text.indexOf('---\n') + 4);
      const actual = setup + (await run(setup));
      if (UPDATE) writeFileSync(url, actual);
      else assert.equal(actual, text);
    });
  }
}

async function run(setup: string): Promise<string> {
  const env: Record<string, string> = {};
  const files: Record<string, string> = {};
  let argv: readonly string[] = [];
  for (const line of setup.split('\n')) {
    const [word = '', ...rest] = line.split(' ');
    const value = rest.join(' ');
    if (word === '$') argv = shellWords(value) ?? [];
    else if (word === 'env') env[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1);
    else if (word === 'file') files[rest[0] ?? ''] = rest.slice(1).join(' ').replaceAll('\\n', '\n');
  }
  const terminal = fakeTerminal(files, env);
  const exit = await main(['--print-config', ...argv], terminal);
  return `${terminal.stdout}--- stderr\n${terminal.stderr}--- exit ${exit}\n`;
}
