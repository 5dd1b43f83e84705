import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FoundStatic } from '../../../src/cli/found-static.ts';
import { appSettingsOf, DEFAULT_SETTINGS, type Settings } from '../../../src/config/options.ts';
import type { DjangoStatic } from '../../../src/wire/control.ts';
import { bareLocation, type GatewayLocation, type GatewaySite } from '../../../src/wire/site-spec.ts';

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
  hosts: null,
  https_only: false,
};

function report(said: Partial<DjangoStatic> | null, settings: Partial<Settings> = {}) {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const found = new FoundStatic([{ name: 'app', settings: appSettingsOf(all) }], all, [site()]);
  return found.report('app', said === null ? null : { ...PROJECT, ...said });
}

function site(...locations: readonly GatewayLocation[]): GatewaySite {
  const maintenance = { on: false, file: '', page: '', allow: [], retrySeconds: 0 };
  return {
    hosts: [],
    isDefault: true,
    tls: { httpsRedirect: null, hsts: null, clientRule: '', clientVerify: 'off' },
    app: 'app',
    locations,
    maintenance,
    headers: [],
    errorPages: {},
    access: null,
  };
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

test('a manifest that is missing or broken is a warning, unless the project is being developed', async (t) => {
  const dir = folder(t);
  const manifest = join(dir, 'staticfiles.json');
  writeFileSync(join(dir, 'a.css'), '');
  const missing = await report({ static_root: dir, manifest });
  assert.deepEqual(missing.warnings, [
    `Django's manifest of static files, ${manifest}, does not exist: pages that ask it for a name fail. Run: python manage.py collectstatic`,
  ]);
  writeFileSync(manifest, '{');
  assert.match(
    (await report({ static_root: dir, manifest })).warnings.join(),
    /is not JSON .*collectstatic$/,
  );
  const debugging = { static_root: dir, manifest, debug: true, finders: [['', dir]] as const };
  assert.deepEqual((await report(debugging)).warnings, []);
  writeFileSync(manifest, '{"paths": {}, "version": "1.1"}');
  assert.deepEqual((await report({ static_root: dir, manifest })).warnings, []);
});

test('what is configured is told as well, and that it stands in the place of STATIC_ROOT', async (t) => {
  const dir = folder(t);
  const all = DEFAULT_SETTINGS;
  const found = (path: string, internal = false) => {
    const [spec] = new FoundStatic([{ name: 'app', settings: appSettingsOf(all) }], all, [site()])
      .locations('app', { ...PROJECT, static_root: '/srv/x' })
      .map((location) => location.static);
    const location = { ...bareLocation(path, 'app'), static: spec ?? null, internal };
    const apps = ['app', 'second'].map((name) => ({ name, settings: appSettingsOf(all) }));
    return new FoundStatic(apps, all, [site(location)]);
  };
  assert.deepEqual((await found('/files/').report('app', null)).lines, ['Static files: /files/ from /srv/x']);
  assert.deepEqual((await found('/files/').report('second', null)).lines, [], 'once');
  assert.deepEqual((await found('/p/', true).report('app', null)).lines, [
    'Static files: /p/ from /srv/x (X-Accel-Redirect only)',
  ]);
  assert.deepEqual((await found('/static').report('app', { ...PROJECT, static_root: dir })).lines, [
    'Static files: /static/ from /srv/x',
    `Static files: /static is configured, so it comes from /srv/x, not from the project's STATIC_ROOT, ${dir}`,
  ]);
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
