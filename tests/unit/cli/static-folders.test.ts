import assert from 'node:assert/strict';
import { test } from 'node:test';
import { main } from '../../../src/cli/main.ts';
import { fakeTerminal } from './fake-terminal.ts';

const SITE = `[static]
static_map = ["/m=media"]
static_roots = ["previous"]
sendfile_roots = ["/srv/private"]
error_pages = { 404 = "404.html", 5xx = "pages" }
[[site]]
[[site.location]]
path = "/static/"
static = ["build", "logo.png"]
`;

async function run(
  line: string,
  files: Readonly<Record<string, string>>,
  denied: Readonly<Record<string, string>> = {},
): Promise<{ exit: number; stdout: string; faults: string[] }> {
  const terminal = fakeTerminal({ 'licorne.toml': SITE, ...files }, {}, denied);
  const exit = await main(line.split(' '), terminal);
  const faults = terminal.stderr
    .trimEnd()
    .replaceAll(/\n +/g, ' | ')
    .split('\n')
    .filter((text) => text !== '');
  return { exit, stdout: terminal.stdout, faults };
}

test('folders that are not there are warnings, a file in the place of one is an error', async () => {
  const { exit, faults } = await run('check app:app', { 'logo.png': '', 'pages/a.html': '' });
  assert.equal(exit, 1);
  assert.deepEqual(faults, [
    'licorne.toml:9:10: warning: `site.location.static`: the folder build does not exist | hint     it may be made later, and is looked for at every request',
    'licorne.toml:9:10: error: `site.location.static`: logo.png is a file, not a folder | hint     name the folder that holds it',
    'licorne.toml:2:14: warning: `static_map`: the folder media does not exist | hint     it may be made later, and is looked for at every request',
    'licorne.toml:3:16: warning: `static_roots`: the folder previous does not exist | hint     it may be made later, and is looked for at every request',
    'licorne.toml:4:18: warning: `sendfile_roots`: the folder /srv/private does not exist | hint     it may be made later, and is looked for at every request',
    'licorne.toml:5:15: warning: `error_pages`: the page for 404, 404.html, does not exist | hint     the page of the server is sent instead',
    'licorne.toml:5:15: warning: `error_pages`: the page for 5xx, pages, is a folder | hint     the page of the server is sent instead',
    'licorne: one error in the configuration',
  ]);
});

test('of a status that there is not, only that is told', async () => {
  const { faults } = await run('check app:app', {
    'licorne.toml': '[static]\nerror_pages = { 40x = "none.html" }\n',
  });
  assert.deepEqual(
    faults.filter((text) => text.includes('error_pages')).map((text) => text.split(' | ')[0]),
    ['licorne.toml:2:15: error: `error_pages`: `40x` is not the status of an error'],
  );
});

const THERE = {
  'build/a': '',
  'logo.png/a': '',
  'media/a': '',
  'previous/a': '',
  '/srv/private/a': '',
  '404.html': '',
  pages: '',
};

test('check says what keeps this user from reading a folder, and nothing when nothing does', async () => {
  const sound = await run('check app:app', THERE);
  assert.deepEqual([sound.exit, sound.faults], [0, []]);
  const denied = await run('check app:app', THERE, { '/srv/private': '/srv is drwx------' });
  assert.equal(denied.exit, 0);
  assert.deepEqual(denied.faults, [
    'licorne.toml:4:18: warning: `sendfile_roots`: /srv/private cannot be read: /srv is drwx------',
  ]);
});

test('a configuration that is only printed may be for another machine', async () => {
  const { exit, faults } = await run('app:app --print-config', {});
  assert.deepEqual([exit, faults], [0, []]);
});

test('folders are told once when the Django project is looked for too', async () => {
  const { faults } = await run('check', {
    ...THERE,
    'build/a': '',
    'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n",
    'mysite/settings.py': "WSGI_APPLICATION = 'mysite.wsgi.application'\n",
    'licorne.toml': '[static]\nstatic_map = ["/a=gone"]\n',
  });
  assert.equal(faults.filter((text) => text.includes('the folder gone does not exist')).length, 1);
  assert.equal(faults.length, 2);
});

test('config show has every key of a location, and config explain tells one of them', async () => {
  const { stdout } = await run('config show', THERE);
  const shown = stdout.slice(stdout.indexOf('[[site]]'));
  for (const line of [
    /^path +=  ?"\/static\/" +# licorne.toml:8:8$/m,
    /^static +=  ?\["build", "logo.png"\] +# licorne.toml:9:10$/m,
    /^try_files +=  ?\["\$uri", "\$uri\/", "=404"\] +# default$/m,
    /^expires +=  ?"60s" +# default$/m,
    /^static +=  ?\["media"\] +# licorne.toml:2:14$/m,
  ])
    assert.match(shown, line);
  const explained = await run('config explain location.expires', THERE);
  assert.equal(explained.exit, 0);
  assert.match(explained.stdout, /^site\.location\.expires: Time a file may be used/);
  assert.match(explained.stdout, /^ {2}\/static\/ {2}"60s" {2}# default$/m);
  assert.match(
    (await run('config explain site.location.try-files', {})).stdout,
    /^site\.location\.try_files: /,
  );
  const files = { 'licorne.toml': '[[site]]\nhosts = ["a.test"]\n[[site]]\nrate_limit = ["5/s"]\n' };
  const hosts = await run('config explain site.hosts', files);
  assert.match(hosts.stdout, /^site\.hosts: Names the site answers for/);
  assert.match(hosts.stdout, /the sites\n {2}a\.test {2}\["a\.test"\] {2}# licorne\.toml:2:9\n/);
  assert.match(
    (await run('config explain [[site]].rate-limit', files)).stdout,
    /\n {2}\(all other hosts\) {2}\["5\/s"\].*\n\nset it in licorne\.toml, under \[\[site\]\]\n/,
  );
  assert.match((await run('config explain site.maintenance', {})).stdout, /\nno site has it\n/);
  assert.match((await run('config explain compress', {})).stdout, /^compress: /);
});
