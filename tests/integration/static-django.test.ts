// What Django says about its static files, and what is made of it without a word of configuration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython, venvSkip } from '../helpers/venv.ts';
import { eventually, put, request } from './static-site.ts';

const PROJECT = join(apps, 'django_static');
const MANIFEST = 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage';
const STYLE = /color: #123456/;
const YEAR = 'public, max-age=31536000, immutable';

interface Options {
  env?: Record<string, string>;
  args?: readonly string[];
  target?: string;
  venv?: 'main' | 'django-lts' | 'django-newest';
}

/** DEBUG is off unless `env` says otherwise. */
function serve(t: TestContext, { env = {}, args = [], target = 'shop.wsgi', venv = 'main' }: Options = {}) {
  return startLicorne(t, [target, '-b', '127.0.0.1:0', '--python', venvPython(venv), ...args], {
    cwd: PROJECT,
    env: { DEBUG: '0', ...env },
  });
}

function collect(env: Record<string, string>): void {
  const { status, stderr } = spawnSync(venvPython(), ['manage.py', 'collectstatic', '--noinput', '-v', '0'], {
    cwd: PROJECT,
    env: { ...process.env, DEBUG: '0', ...env },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

function assertUnasked(server: Server): void {
  assert.doesNotMatch(server.output.stderr + server.output.stdout, /called for \/static/);
}

for (const [venv, target] of [
  ['main', 'shop.wsgi'],
  ['main', 'shop.asgi'],
  ['django-newest', 'shop.wsgi'],
] as const) {
  test(`in development files come from where the finders look (${venv}, ${target})`, {
    skip: venvSkip(venv),
  }, async (t) => {
    const server = await serve(t, { env: { DEBUG: '1' }, target, venv });
    const style = await request(server, '/static/shop/app.css');
    assert.equal(style.status, 200);
    assert.match(style.text, STYLE);
    assert.equal(style.header('content-type'), 'text/css; charset=utf-8');
    assert.equal(style.header('cache-control'), 'no-cache', 'an edit is seen at the next reload');
    assert.match((await request(server, '/static/site/site.css')).text, /#654321/);
    assert.match((await request(server, '/static/prefixed/site.css')).text, /#654321/);
    assert.equal((await request(server, '/static/prefixed/site/site.css')).status, 404);
    assert.equal((await request(server, '/static/prefixedsite.css')).status, 404);
    assert.equal((await request(server, '/')).text, 'the application at /');
    assertUnasked(server);
  });
}

test('in development a 404 lists where was looked', async (t) => {
  const server = await serve(t, { env: { DEBUG: '1' } });
  const answer = await request(server, '/static/shop/ap.css');
  assert.equal(answer.status, 404);
  assert.match(answer.text, new RegExp(`<li><code>${PROJECT}/shop/static/shop/ap\\.css</code>`));
  assert.match(answer.text, /assets/);
  const folder = await request(server, '/static/shop/');
  assert.match(folder.text, /shop is a folder, and folders are not listed here/);
  assertUnasked(server);
});

test('in development STATIC_ROOT is not looked through, as with runserver', async (t) => {
  const root = temporaryFolder(t);
  put(root, 'old.css', 'collected long ago');
  const server = await serve(t, { env: { DEBUG: '1', STATIC_ROOT: root } });
  assert.equal((await request(server, '/static/old.css')).status, 404);
  const before = await serve(t, { env: { DEBUG: '1' }, args: ['--static-roots', root] });
  assert.equal((await request(before, '/static/old.css')).text, 'collected long ago');
});

test('a manifest that Django cannot read is a warning, at the start and when it becomes so', async (t) => {
  const root = temporaryFolder(t);
  const env = { STATIC_ROOT: root, STATIC_STORAGE: MANIFEST };
  collect(env);
  put(root, 'staticfiles.json', '{"paths"');
  const server = await serve(t, { env });
  await server.waitForLog(/WARNING\] .*staticfiles\.json, is not JSON .*manage\.py collectstatic/);
  put(root, 'staticfiles.json', '{"paths": [], "version": "1.1"}');
  await eventually(5_000, async () => {
    await request(server, '/static/shop/app.css');
    assert.match(server.output.stderr, /staticfiles\.json, has no "paths" .*collectstatic/);
  });
});

test('in development a file that is edited is seen at the next reload', async (t) => {
  const folder = temporaryFolder(t);
  spawnSync('cp', ['-r', `${PROJECT}/.`, folder]);
  const server = await startLicorne(t, ['shop.wsgi', '-b', '127.0.0.1:0', '--python', venvPython()], {
    cwd: folder,
    env: { DEBUG: '1' },
  });
  assert.match((await request(server, '/static/shop/app.css')).text, STYLE);
  put(folder, 'shop/static/shop/app.css', 'body { color: red }');
  await eventually(1_900, async () =>
    assert.match((await request(server, '/static/shop/app.css')).text, /red/),
  );
});

test('outside of development files come from STATIC_ROOT, and a 404 says nothing of the machine', async (t) => {
  const root = temporaryFolder(t);
  collect({ STATIC_ROOT: root });
  const server = await serve(t, { env: { STATIC_ROOT: root } });
  const style = await request(server, '/static/shop/app.css');
  assert.match(style.text, STYLE);
  assert.match(style.header('cache-control') ?? '', /^max-age=60\b/);
  await server.waitForLog(/Static files: \/static\/ from/);
  for (const path of ['/static/shop/none.css', '/static/../shop/settings.py', '/static/..%2fmanage.py']) {
    const missing = await request(server, path);
    assert.ok(missing.status >= 400 || /the application at/.test(missing.text));
    assert.ok(!missing.text.includes(root));
    assert.ok(!missing.text.includes(PROJECT));
  }
  assert.equal((await request(server, '/static/shop/none.css')).status, 404);
  assertUnasked(server);
});

test('the names that collectstatic hashes may be kept for a year, in the way the page names them', async (t) => {
  const root = temporaryFolder(t);
  const env = { STATIC_ROOT: root, STATIC_STORAGE: MANIFEST };
  collect(env);
  const server = await serve(t, { env });
  const name = (await request(server, '/?static=shop/app.css')).text;
  assert.match(name, /^\/static\/shop\/app\.[0-9a-f]{12}\.css$/);
  const style = await request(server, name);
  assert.equal(style.status, 200);
  assert.equal(style.header('cache-control'), YEAR);
  const dot = /url\("([^"]+)"\)/.exec(style.text)?.[1] ?? '';
  assert.equal((await request(server, `/static/shop/${dot}`)).header('cache-control'), YEAR);
  const plain = await request(server, '/static/shop/app.css');
  assert.notEqual(plain.header('cache-control'), YEAR);
  const missing = await request(server, '/static/shop/app.0123456789ab.css');
  assert.equal(missing.status, 404);
  assert.notEqual(missing.header('cache-control'), YEAR);
});

test('the files of the release before are served as long as its folder is named', async (t) => {
  const [before, now] = [temporaryFolder(t), temporaryFolder(t)];
  for (const root of [before, now]) collect({ STATIC_ROOT: root, STATIC_STORAGE: MANIFEST });
  put(before, 'shop/app.aaaaaaaaaaaa.css', 'old');
  const server = await serve(t, {
    env: { STATIC_ROOT: now, STATIC_STORAGE: MANIFEST },
    args: ['--static-roots', before],
  });
  const old = await request(server, '/static/shop/app.aaaaaaaaaaaa.css');
  assert.equal(old.text, 'old');
});

test('a STATIC_ROOT that is unset or empty is a warning that says what to do', async (t) => {
  const unset = await serve(t);
  await unset.waitForLog(/STATIC_ROOT/);
  const root = temporaryFolder(t);
  rmSync(root, { recursive: true });
  const empty = await serve(t, { env: { STATIC_ROOT: root } });
  await empty.waitForLog(/collectstatic/);
  assert.equal((await request(empty, '/')).text, 'the application at /');
});

test('uploads are served only when asked for', async (t) => {
  const media = temporaryFolder(t);
  put(media, 'photo.png', 'a photo');
  put(media, 'page.html', '<script>');
  const env = { DEBUG: '1', MEDIA_ROOT: media };
  const guarded = await serve(t, { env });
  assert.equal((await request(guarded, '/media/photo.png')).text, 'the application at /media/photo.png');
  const open = await serve(t, { env, args: ['--media'] });
  const photo = await request(open, '/media/photo.png');
  assert.equal(photo.text, 'a photo');
  assert.equal(photo.header('x-content-type-options'), 'nosniff');
  assert.match((await request(open, '/media/page.html')).header('content-disposition') ?? '', /^attachment/);
});

test('a STATIC_URL of another site is left alone, and one with a longer path works', async (t) => {
  const away = await serve(t, { env: { DEBUG: '1', STATIC_URL: 'https://cdn.test/static/' } });
  assert.equal((await request(away, '/static/shop/app.css')).text, 'the application at /static/shop/app.css');
  const deep = await serve(t, { env: { DEBUG: '1', STATIC_URL: '/deep/er/assets/' } });
  assert.match((await request(deep, '/deep/er/assets/shop/app.css')).text, STYLE);
  assert.equal((await request(deep, '/static/shop/app.css')).text, 'the application at /static/shop/app.css');
});

test('below a finder that cannot be read a miss goes to the application', async (t) => {
  const finders = [
    'django.contrib.staticfiles.finders.AppDirectoriesFinder',
    'shop.finders.NowhereFinder',
  ].join(' ');
  const server = await serve(t, { env: { DEBUG: '1', STATIC_FINDERS: finders } });
  assert.match((await request(server, '/static/shop/app.css')).text, STYLE);
  assert.equal(
    (await request(server, '/static/site/site.css')).text,
    'the application at /static/site/site.css',
  );
});

test('--no-django-static leaves everything to the application', async (t) => {
  const server = await serve(t, { env: { DEBUG: '1' }, args: ['--no-django-static'] });
  assert.equal(
    (await request(server, '/static/shop/app.css')).text,
    'the application at /static/shop/app.css',
  );
});

test('a location of the file weighs more than what Django says', async (t) => {
  const other = temporaryFolder(t);
  put(other, 'shop/app.css', 'from elsewhere');
  const server = await serve(t, { env: { DEBUG: '1' }, args: ['--static', `/static=${other}`] });
  assert.equal((await request(server, '/static/shop/app.css')).text, 'from elsewhere');
  await server.waitForLog(new RegExp(`Static files: /static/ from ${other}`));
});

test('who overrules what a project has collected is told so', async (t) => {
  const [root, other] = [temporaryFolder(t), temporaryFolder(t)];
  const server = await serve(t, { env: { STATIC_ROOT: root }, args: ['--static', `/static=${other}`] });
  await server.waitForLog(new RegExp(`/static is configured, .*${other}, not from .*STATIC_ROOT, ${root}`));
});

test('the worker that is replaced tells the same and nothing is interrupted', async (t) => {
  const server = await serve(t, { env: { DEBUG: '1' } });
  assert.match((await request(server, '/static/shop/app.css')).text, STYLE);
  const pid = /Worker 0 \(pid (\d+)\)/.exec(server.output.stderr)?.[1];
  if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
  for (let i = 0; i < 20; i++) assert.match((await request(server, '/static/shop/app.css')).text, STYLE);
});
