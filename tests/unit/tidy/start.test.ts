import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sources } from './sources.ts';

// Each costs megabytes and milliseconds of every start; who wants one asks process.getBuiltinModule or createRequire for it then.
const WANTED_BY_FEW =
  /^\s*(?:import|export) (?!type\b)[^;'"]*'(node:(?:http|https|http2|tls)|ws|re2js|bcryptjs|@peculiar\/x509)'/gm;

const files = new Map(sources('src').map((file) => [file.path, file]));

for (const entry of [
  'src/gateway/main.ts',
  'src/cli/serve.ts',
  'src/cli/serve-command.ts',
  'src/cli/main.ts',
])
  test(`${entry} loads nothing at its start that few servers want`, () => {
    const found: string[] = [];
    const seen = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const file = files.get(path);
      assert.ok(file, `${path} is there`);
      for (const match of file.text.matchAll(WANTED_BY_FEW))
        found.push(`${match[1]}: ${[...trail, path].join(' → ')}`);
      for (const imported of file.imports) visit(imported, [...trail, path]);
    };
    visit(entry, []);
    assert.deepEqual(found, []);
  });
