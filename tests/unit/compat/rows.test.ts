import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Row } from '../../../src/compat/effect.ts';
import { GUNICORN_ROWS } from '../../../src/compat/gunicorn-rows.ts';
import { toolReference } from '../../../src/compat/reference.ts';
import { TOOLS } from '../../../src/compat/tools.ts';
import { runserver } from '../../../src/compat/runserver.ts';
import { uvicorn } from '../../../src/compat/uvicorn.ts';
import { UWSGI_ROWS } from '../../../src/compat/uwsgi-rows.ts';

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  gunicorn: GUNICORN_ROWS,
  uvicorn: uvicorn.rows,
  uwsgi: UWSGI_ROWS,
  runserver: runserver.rows,
};

test('the table of gunicorn has all of its 119 settings, each once', () => {
  const names = GUNICORN_ROWS.map((row) => row.setting).filter((name) => name !== undefined);
  assert.equal(names.length, 119);
  assert.equal(new Set(names).size, 119);
});

test('the tables of uvicorn and uWSGI are whole', () => {
  assert.equal(uvicorn.rows.filter((row) => !row.names[0]?.startsWith('--no-')).length >= 51, true);
  assert.equal(
    UWSGI_ROWS.flatMap((row) => row.names).filter((name) => name.startsWith('--')).length >= 300,
    true,
  );
});

test('the reference pages in the repository are what the tables say', () => {
  for (const tool of TOOLS) {
    const page = new URL(`../../../docs/reference/${tool.name}.md`, import.meta.url);
    assert.equal(readFileSync(page, 'utf8'), toolReference(tool), 'run: npm run derive');
  }
});

test('no table names a flag twice', () => {
  for (const [tool, rows] of Object.entries(TABLES)) {
    const names = rows.flatMap((row) => row.names);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
      tool,
    );
    for (const name of names) assert.match(name, /^(-[A-Za-z0-9]|--[a-z0-9][a-z0-9_-]+)$/, tool);
  }
});
