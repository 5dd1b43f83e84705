import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../helpers/paths.ts';
import { sources } from './sources.ts';

test('links between the documents lead somewhere', () => {
  const folders = ['.', 'docs', 'docs/internals', 'docs/reference'];
  const documents = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8');
    for (const match of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      const target = join(root, document, '..', match[1] ?? '');
      assert.ok(existsSync(target), `${document} links to ${match[1]}`);
    }
  }
});

test('files are named in lower case with hyphens', () => {
  for (const folder of ['src', 'tests/unit', 'tests/helpers']) {
    for (const file of sources(folder)) {
      for (const part of file.path.split('/'))
        assert.match(part, /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?(?:\.ts)?$/);
    }
  }
});

test('nothing in src/ is marked as unfinished', () => {
  for (const file of sources('src')) assert.doesNotMatch(file.text, /\b(?:TODO|FIXME|XXX)\b/, file.path);
});
