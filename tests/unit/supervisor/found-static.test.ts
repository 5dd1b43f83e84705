import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundFiles, foundLocations, type FoundStaticContext } from '../../../src/supervisor/found-static.ts';
import type { DjangoStatic } from '../../../src/wire/control.ts';
import { bareLocation, type GatewayLocation } from '../../../src/wire/site-spec.ts';

const PROJECT: DjangoStatic = {
  staticfiles: true,
  debug: false,
  static_url: 'static/',
  static_root: '/srv/site/collected',
  manifest: '/srv/site/collected/staticfiles.json',
  finders: [],
  opaque: false,
  whitenoise: false,
  media_url: 'media/',
  media_root: '/srv/site/media',
  hosts: null,
  https_only: false,
};

const SETTINGS: FoundStaticContext['settings'] = {
  django_static: true,
  static_insecure: false,
  media: false,
  static_roots: [],
  static_expires: 60,
  compress_static: true,
  compress: 'off',
};

function context(parts: Partial<FoundStaticContext> = {}): FoundStaticContext {
  return {
    app: 'web',
    rootPath: '',
    settings: SETTINGS,
    staticRoots: [],
    sites: [{ app: 'web', locations: [] }],
    ...parts,
  };
}

function paths(said: Partial<DjangoStatic>, parts: Partial<FoundStaticContext> = {}): string[] {
  return foundFiles({ ...PROJECT, ...said }, context(parts)).map(({ path }) => path);
}

function location(path: string, app: string, parts: Partial<GatewayLocation> = {}): GatewayLocation {
  return { ...bareLocation(path, app), ...parts };
}

function sites(...locations: readonly GatewayLocation[]): Partial<FoundStaticContext> {
  return { sites: [{ app: 'web', locations }] };
}

test('STATIC_URL of a project in production comes from STATIC_ROOT, then from the folders of earlier releases', () => {
  const [found, ...more] = foundLocations(PROJECT, context({ staticRoots: ['/srv/before'] }));
  assert.deepEqual(more, []);
  assert.deepEqual(found, {
    ...bareLocation('/static/', 'web'),
    static: {
      roots: [
        { dir: '/srv/site/collected', prefix: '' },
        { dir: '/srv/before', prefix: '' },
      ],
      index: [],
      tryFiles: ['$uri', '=404'],
      listing: false,
      symlinks: 'inside',
      dotfiles: false,
      precompressed: true,
      compress: true,
      expires: 60,
      immutable: true,
      manifest: '/srv/site/collected/staticfiles.json',
      media: false,
      debug: false,
    },
  });
});

test('in development only the folders of the finders count, and those that are named, and nothing is kept without asking', () => {
  const finders = [
    ['', '/srv/site/assets'],
    ['vendor', '/srv/vendor'],
    ['', '/lib/admin/static'],
  ] as const;
  const [found] = foundFiles({ ...PROJECT, debug: true, finders }, context({ staticRoots: ['/srv/before'] }));
  assert.deepEqual(found?.spec.roots, [
    { dir: '/srv/site/assets', prefix: '' },
    { dir: '/srv/vendor', prefix: 'vendor/' },
    { dir: '/lib/admin/static', prefix: '' },
    { dir: '/srv/before', prefix: '' },
  ]);
  assert.deepEqual(paths({ debug: true }), [], 'the app says that there is nothing');
  assert.deepEqual([found.spec.expires, found.spec.immutable, found.spec.debug], [0, false, true]);
  const [production] = foundFiles({ ...PROJECT, finders }, context());
  assert.equal(production?.spec.roots.length, 1);
  const asked = context({ settings: { ...SETTINGS, static_insecure: true } });
  assert.equal(foundFiles({ ...PROJECT, finders }, asked)[0]?.spec.roots.length, 3);
});

test('what is not found is asked of an app that knows other places', () => {
  const last = (said: Partial<DjangoStatic>): string | undefined =>
    foundFiles({ ...PROJECT, ...said }, context())[0]?.spec.tryFiles.at(-1);
  assert.equal(last({}), '=404');
  assert.equal(last({ whitenoise: true }), '@app');
  assert.equal(last({ opaque: true, debug: true, finders: [['', '/srv/assets']] }), '@app');
  assert.equal(last({ opaque: true }), '=404');
});

test('nothing is served that is not there, not of this site, not wanted, or would be the whole site', () => {
  assert.deepEqual(foundFiles(null, context()), []);
  assert.deepEqual(paths({}, { settings: { ...SETTINGS, django_static: false, media: true } }), []);
  for (const said of [
    { staticfiles: false },
    { static_url: null },
    { static_url: '' },
    { static_url: '/' },
    { static_root: '' },
  ])
    assert.deepEqual(paths(said), [], JSON.stringify(said));
  assert.deepEqual(paths({ static_root: '' }, { staticRoots: ['/srv/before'] }), ['/static/']);
});

test('a relative URL is meant below the root path, which a proxy may have taken away', () => {
  assert.deepEqual(paths({}, { rootPath: '/app' }), ['/app/static/', '/static/']);
  assert.deepEqual(paths({ static_url: '/assets' }, { rootPath: '/app' }), ['/assets/']);
});

test('uploads are served only when that is wanted, as what they are', () => {
  assert.deepEqual(paths({}), ['/static/']);
  const settings = { ...SETTINGS, media: true };
  const [, media] = foundFiles(PROJECT, context({ settings }));
  assert.deepEqual(
    [media?.kind, media?.path, media?.spec.roots, media?.spec.media, media?.spec.immutable],
    ['media', '/media/', [{ dir: '/srv/site/media', prefix: '' }], true, false],
  );
  assert.deepEqual(paths({ staticfiles: false }, { settings }), ['/media/']);
  assert.deepEqual(paths({ media_root: '' }, { settings }), ['/static/']);
});

test('a location that the operator configured counts more', () => {
  const [files] = foundLocations(PROJECT, context());
  const spec = files?.static ?? null;
  for (const path of ['/static/', '/static'])
    assert.deepEqual(paths({}, sites(location(path, 'web', { static: spec }))), []);
  assert.deepEqual(paths({}, sites(location('/st', 'other'))), []);
  assert.deepEqual(paths({}, sites(location('/st', 'other', { internal: true }))), ['/static/']);
  // A folder of files ends at its slash.
  assert.deepEqual(paths({}, sites(location('/st', 'other', { static: spec }))), ['/static/']);
  assert.deepEqual(paths({}, sites(location('/', 'web', { static: spec }))), ['/static/']);
});

test('an app says nothing about the paths of another', () => {
  const shop = sites(location('/shop/', 'shop'));
  assert.deepEqual(paths({}, { app: 'shop', ...shop }), []);
  assert.deepEqual(paths({ static_url: '/shop/static/' }, { app: 'shop', ...shop }), ['/shop/static/']);
  assert.deepEqual(paths({ static_url: '/shop/static/' }, shop), []);
});
