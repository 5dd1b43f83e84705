// `licorne runserver` and `licorne dev` with a Django project: the words of runserver, templates, checks, static files.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { djangoFiles, type Project, project } from './dev-project.ts';

const env = { LICORNE_PYTHON: venvPython('django-newest'), LICORNE_BIND: '127.0.0.1:0' };

async function site(
  t: TestContext,
  args: readonly string[] = ['dev'],
  files: Readonly<Record<string, string>> = {},
): Promise<{ server: Server; code: Project; get: (path?: string) => Promise<string> }> {
  const code = project(t, { ...djangoFiles(), ...files });
  const server = await startLicorne(t, args, { cwd: code.folder, env });
  const get = async (path = '/'): Promise<string> => (await fetch(`${server.url}${path}`)).text();
  return { server, code, get };
}

test('runserver says what Django says, in its order', async (t) => {
  const { server, get } = await site(t, ['runserver', '0']);
  await server.waitForLog(/Quit the server with CONTROL-C\.\n/);
  const expected = [
    String.raw`Watching for file changes with [\w ]+\nPerforming system checks\.\.\.\n\nSystem check identified no issues \(0 silenced\)\.\n\n`,
    String.raw`You have 2 unapplied migration\(s\)\. Your project may not work properly until you apply the migrations for app\(s\): contenttypes\.\n`,
    String.raw`Run 'python manage\.py migrate' to apply them\.\n[A-Z][a-z]+ \d\d, \d{4} - \d\d:\d\d:\d\d\n`,
    String.raw`Django version \d+\.\d+(?:\.\d+)?, using settings 'shop\.settings'\nStarting development server at http://127\.0\.0\.1:\d+/\nQuit the server with CONTROL-C\.\n`,
  ];
  assert.match(server.output.stdout, new RegExp(expected.join('')));
  assert.match(await get(), /<h1>one<\/h1>/);
  await get('/nix');
  await server.waitForLog(/\[\d\d\/[A-Z][a-z][a-z]\/\d{4} \d\d:\d\d:\d\d\] "GET \/ HTTP\/1\.1" 200 \d+\n/);
  await server.waitForLog(/"GET \/nix HTTP\/1\.1" 404 \d+\n/);
  assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null });
});

test('a template that changes is seen by the next request, without a restart', async (t) => {
  const { server, code, get } = await site(t);
  assert.match(await get(), /first/);
  code.replace('pages/index.html', '<p>second</p>');
  for (let attempt = 0; attempt < 100 && !(await get()).includes('second'); attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.match(await get(), /second/);
  assert.doesNotMatch(server.output.stdout, /reloading/);
});

test('a view that changes is served anew, settings are read anew, and a fault in the urls is shown', async (t) => {
  const { server, code, get } = await site(t);
  const views = djangoFiles()['shop/views.py'] ?? '';
  code.replace('shop/views.py', views.replace('one', 'two'));
  await server.waitForLog(/shop\/views\.py changed, reloading\./);
  assert.match(await get(), /<h1>two<\/h1>/);
  code.replace('shop/settings.py', `${djangoFiles()['shop/settings.py']}\nSTATIC_URL = '/files/'\n`);
  await server.waitForLog(/shop\/settings\.py changed, reloading\./);
  assert.equal(await get('/files/site.css'), djangoFiles()['assets/site.css']);
  code.replace('shop/urls.py', 'urlpatterns = [\n');
  await server.waitForLog(/SyntaxError in shop\/urls\.py:1/);
  assert.match(await get(), /SyntaxError in shop\/urls\.py:1/);
  code.replace('shop/urls.py', djangoFiles()['shop/urls.py'] ?? '');
  await server.waitForLog(/(?:Reloaded in[^]*){3}/);
  assert.match(await get(), /<h1>two<\/h1>/);
});

test('what the system checks find is printed, and an error of theirs is a fault', async (t) => {
  const check = (kind: string): string =>
    `from django.core import checks\n@checks.register()\ndef look(app_configs, **kwargs):\n    return [checks.${kind}('too blue', id='shop.X1')]\n`;
  const { server, code, get } = await site(t, ['dev'], {
    'shop/wsgi.py': `${check('Warning')}${djangoFiles()['shop/wsgi.py']}`,
  });
  assert.match(
    server.output.stdout,
    /System check identified some issues:\n\nWARNINGS:\n\?: \(shop\.X1\) too blue/,
  );
  code.replace('shop/wsgi.py', `${check('Error')}${djangoFiles()['shop/wsgi.py']}`);
  await server.waitForLog(/SystemCheckError: System check identified some issues/);
  assert.match(await get(), /ERRORS:\n\?: \(shop\.X1\) too blue/);
});

test('static files come from the finders with DEBUG, without it only when asked to', async (t) => {
  const css = djangoFiles()['assets/site.css'];
  const debugged = await site(t);
  assert.equal(await debugged.get('/static/site.css'), css);
  const insecure = await site(t, ['runserver', '0', '--insecure'], djangoFiles(false));
  assert.equal(await insecure.get('/static/site.css'), css);
  const plain = await site(t, ['runserver', '0'], djangoFiles(false));
  assert.notEqual(await plain.get('/static/site.css'), css);
});

test('--noreload serves without watching, --skip-checks without checking', async (t) => {
  const { server, code, get } = await site(t, ['runserver', '0', '--noreload', '--skip-checks']);
  assert.doesNotMatch(server.output.stdout, /Watching|system checks/);
  assert.match(await get(), /<h1>one<\/h1>/);
  const views = djangoFiles()['shop/views.py'] ?? '';
  code.replace('shop/views.py', views.replace('one', 'two'));
  assert.match(await get(), /<h1>one<\/h1>/);
});

test('DEBUG off and no ALLOWED_HOSTS is refused in the words of runserver', async (t) => {
  const settings = (djangoFiles(false)['shop/settings.py'] ?? '').replace("['localhost', '127.0.0.1']", '[]');
  const code = project(t, { ...djangoFiles(false), 'shop/settings.py': settings });
  const server = launchLicorne(t, ['runserver', '0'], { cwd: code.folder, env });
  await server.waitForLog(/CommandError: You must set settings\.ALLOWED_HOSTS if DEBUG is False\./);
});
