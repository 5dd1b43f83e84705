import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FoundStatic } from '../../../src/cli/found-static.ts';
import { appSettingsOf, DEFAULT_SETTINGS, type Settings } from '../../../src/config/options.ts';
import type { DjangoStatic } from '../../../src/wire/control.ts';

const PROJECT: DjangoStatic = {
  staticfiles: true,
  debug: false,
  static_url: '/static/',
  static_root: '',
  manifest: '',
  finders: [],
  opaque: false,
  whitenoise: false,
  media_url: '',
  media_root: '',
};

function report(said: Partial<DjangoStatic> | null, settings: Partial<Settings> = {}) {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const found = new FoundStatic([{ name: 'app', settings: appSettingsOf(all) }], all, []);
  return found.report('app', said === null ? null : { ...PROJECT, ...said });
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-found-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('what is served is told in one line', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'a.css'), '');
  assert.deepEqual(await report({ static_root: dir }), {
    lines: [`Static files: /static/ from ${dir}`],
    warnings: [],
  });
  const finders = [
    ['', dir],
    ['', '/nowhere'],
  ] as const;
  const debugging = await report({ static_root: dir, debug: true, finders });
  assert.deepEqual(debugging.lines, [
    `Static files: /static/ from ${dir} + 1 more folder (DEBUG: where the finders look)`,
  ]);
  assert.deepEqual(debugging.warnings, []);
  const { lines } = await report({ static_root: dir }, { static_roots: ['/before'] });
  assert.deepEqual(lines, [`Static files: /static/ from ${dir} + 1 more folder`]);
});

test('no STATIC_ROOT, or nothing in it, is told with what to do', async (t) => {
  const dir = folder(t);
  const unset = await report({});
  assert.deepEqual(unset.lines, []);
  assert.match(unset.warnings.join(), /^STATIC_ROOT is not set.*manage\.py collectstatic$/);
  const empty = await report({ static_root: dir });
  assert.match(empty.warnings.join(), /is empty: nothing below \/static\/ .*manage\.py collectstatic$/);
  const missing = await report({ static_root: join(dir, 'none') });
  assert.match(missing.warnings.join(), /none, does not exist: .*collectstatic$/);
  writeFileSync(join(dir, 'file'), '');
  const file = await report({ static_root: join(dir, 'file') });
  assert.match(file.warnings.join(), /is not a folder/);
});

test('nobody is told of what does not concern them', async (t) => {
  const dir = folder(t);
  const nothing = { lines: [], warnings: [] };
  assert.deepEqual(await report(null), nothing);
  assert.deepEqual(await report({}, { django_static: false }), nothing);
  assert.deepEqual(await report({ static_url: null }), nothing);
  assert.deepEqual(await report({ staticfiles: false }), nothing);
  assert.deepEqual(await report({ whitenoise: true }), nothing);
  assert.deepEqual(await report({ debug: true }), nothing);
  assert.deepEqual((await report({ debug: true, static_root: join(dir, 'none') })).warnings, []);
});

test('a folder that may not be read is told with what denies it', { skip: isRoot() }, async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'closed'), { mode: 0o000 });
  const { warnings } = await report({ static_root: join(dir, 'closed') });
  assert.match(warnings.join(), /^Files of \/static\/ in .* cannot be read: .*d---------/);
});

test('uploads are offered, and told when they are served', async (t) => {
  const dir = folder(t);
  const media = { staticfiles: false, media_url: '/media/', media_root: dir };
  const offered = await report(media);
  assert.match(
    offered.lines.join(),
    /^Media files: \/media\/ is the application's; .*media = true \(--media\)/,
  );
  const served = await report(media, { media: true });
  assert.deepEqual(served, { lines: [`Media files: /media/ from ${dir}`], warnings: [] });
});

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
