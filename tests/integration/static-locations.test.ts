// What can be said of a location: index files, fallbacks, listings, error pages, headers, times, uploads, several folders.
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { servePlain } from '../helpers/plain.ts';
import { eventually, put, request, serveSite } from './static-site.ts';

test('--static URL=DIR serves a folder, without a file of settings', async (t) => {
  const other = await serveSite(t, { files: { 'a.txt': 'a' } });
  const server = await servePlain(t, 'hello', [
    '--static',
    `/assets=${other.files}`,
    '--static',
    `/b/=${other.files}`,
  ]);
  assert.equal((await request(server, '/assets/a.txt')).text, 'a');
  assert.equal((await request(server, '/b/a.txt')).text, 'a');
  assert.equal((await request(server, '/')).text, 'Hello, world!\n');
  assert.equal((await request(server, '/assets/b.txt')).status, 404);
});

test('a folder is answered by its index file, and one without a slash is sent to the one with it', async (t) => {
  const site = await serveSite(t, {
    keys: 'index = ["index.html", "index.txt"]',
    files: {
      'index.html': '<h1>top</h1>',
      'sub/index.txt': 'sub',
      'ü x/index.html': 'odd',
      'none/a.txt': 'a',
    },
  });
  assert.equal((await site.get('/static/')).text, '<h1>top</h1>');
  assert.equal((await site.get('/static/sub/')).text, 'sub');
  assert.equal((await site.get('/static/none/')).status, 404);
  for (const [path, location] of [
    ['/static', '/static/'],
    ['/static?a=b', '/static/?a=b'],
    ['/static/sub', '/static/sub/'],
    ['/static/sub?x=1&y=%2F', '/static/sub/?x=1&y=%2F'],
    ['/static/%C3%BC%20x', '/static/%C3%BC%20x/'],
  ] as const) {
    const answer = await site.get(path);
    assert.ok([301, 302, 307, 308].includes(answer.status), `${path}: ${answer.status}`);
    assert.equal(answer.header('location'), location, path);
  }
});

test('a redirect to a folder never leads to another site', async (t) => {
  const site = await serveSite(t, {
    prepare: (folder) => put(folder, 'public/evil.example/index.html', 'x'),
    more: '[[site.location]]\npath = "/"\nstatic = "public"\nindex = ["index.html"]\n',
  });
  for (const path of [
    '//evil.example',
    '/\\evil.example',
    '/%5Cevil.example',
    '//evil.example/',
    '/%2Fevil.example',
  ]) {
    const location = (await site.get(path)).header('location') ?? '';
    assert.doesNotMatch(location, /^(\/[\\/]|\/%5c|\/%2f)/i, `${path} leads to ${location}`);
  }
});

test('try_files finds pages without their ending, and one page for all addresses of an app in the browser', async (t) => {
  const site = await serveSite(t, {
    app: 'plain/send_files',
    keys: 'try_files = ["$uri", "$uri.html", "/index.html"]',
    files: { 'index.html': '<main>', 'about.html': 'about', 'app.js': 'run()' },
  });
  assert.equal((await site.get('/static/about')).text, 'about');
  assert.equal((await site.get('/static/app.js')).text, 'run()');
  for (const path of ['/static/users/7', '/static/deep/er/still', '/static/nothing.js']) {
    const answer = await site.get(path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.text, '<main>');
    assert.equal(answer.header('content-type'), 'text/html; charset=utf-8');
  }
  for (const path of ['/static/..%2f..%2fsecret', '/static/a%00b'])
    assert.notEqual((await site.get(path)).status, 500);
});

test('try_files ends with the application or a status', async (t) => {
  const site = await serveSite(t, {
    app: 'plain/send_files',
    keys: 'try_files = ["$uri", "@app"]',
    files: { 'a.txt': 'a' },
    more: '[[site.location]]\npath = "/strict/"\nstatic = "public"\ntry_files = ["$uri", "=410"]\n',
  });
  assert.equal((await site.get('/static/a.txt')).text, 'a');
  assert.equal((await site.get('/static/b.txt')).text, 'from the application');
  await site.waitForLog(/called for \/static\/b\.txt/);
  assert.equal(
    (await site.get('/static/form', { 'Content-Length': '0' }, 'POST')).text,
    'from the application',
  );
  assert.equal((await site.get('/strict/a.txt')).text, 'a');
  assert.equal((await site.get('/strict/b.txt')).status, 410);
});

test('a listing shows a folder, escaped and sorted, to people and to programs', async (t) => {
  const site = await serveSite(t, {
    keys: 'listing = true',
    files: {
      'b.txt': 'x'.repeat(2_000),
      'a.txt': 'x',
      'sub/c.txt': 'c',
      '.hidden': 'x',
      '<script>alert(1)<': 'x',
      'per%cent & "quotes".txt': 'odd',
      'a:b.txt': 'colon',
    },
    prepare: (folder) => {
      put(folder, 'secret.txt', 'secret');
      symlinkSync('../secret.txt', join(folder, 'public', 'outside.txt'));
    },
  });
  const page = await site.get('/static/', { Accept: 'text/html' });
  assert.equal(page.status, 200);
  assert.equal(page.header('content-type'), 'text/html; charset=utf-8');
  assert.ok(!page.text.includes('<script>alert'));
  assert.ok(!page.text.includes('.hidden'));
  assert.ok(!page.text.includes('outside.txt'));
  assert.ok(!page.text.includes(site.folder));
  assert.ok(page.text.indexOf('>a.txt<') < page.text.indexOf('>b.txt<'));
  const larger = await site.get('/static/?sort=size&order=desc');
  assert.ok(larger.text.indexOf('>b.txt<') < larger.text.indexOf('>a.txt<'));
  // Every link leads to what it says.
  const links = [...page.text.matchAll(/href="([^"?#]+)"/g)].map(([, link = '']) =>
    link.replaceAll('&amp;', '&'),
  );
  for (const link of links) {
    const url = new URL(link, `${site.url}/static/`);
    assert.equal(url.origin, site.url, link);
    if (url.pathname.startsWith('/static/')) assert.equal((await site.get(url.pathname)).status, 200, link);
  }
  assert.ok(links.length >= 6);
  const json = await site.get('/static/', { Accept: 'application/json' });
  assert.match(json.header('content-type') ?? '', /^application\/json/);
  assert.match(json.text, /"a\.txt"/);
  assert.doesNotMatch(json.text, /hidden/);
  JSON.parse(json.text);
  assert.equal((await site.get('/static/sub')).header('location'), '/static/sub/');
  assert.match((await site.get('/static/sub/')).text, /c\.txt/);
});

test('there is no listing unasked', async (t) => {
  const site = await serveSite(t, { files: { 'a.txt': 'a', 'sub/b.txt': 'b' } });
  for (const path of ['/static/', '/static/sub/']) assert.equal((await site.get(path)).status, 404);
});

test('pages of the site stand in the place of our own errors, not of the application’s', async (t) => {
  const site = await serveSite(t, {
    app: 'plain/send_files',
    site: 'error_pages = { 404 = "404.html", 4xx = "4xx.html", 5xx = "5xx.html" }',
    prepare: (folder) => {
      put(folder, '404.html', '<h1>lost</h1>');
      put(folder, '4xx.html', '<h1>your fault</h1>');
      put(folder, '5xx.html', '<h1>our fault</h1>');
    },
  });
  const lost = await site.get('/static/nothing');
  assert.equal(lost.status, 404);
  assert.equal(lost.text, '<h1>lost</h1>');
  assert.equal(lost.header('content-type'), 'text/html; charset=utf-8');
  assert.equal((await site.get('/static/nothing', { 'If-None-Match': '*', Range: 'bytes=0-1' })).status, 404);
  const head = await site.get('/static/nothing', {}, 'HEAD');
  assert.equal(head.status, 404);
  const wrong = await site.get('/static/a', { 'Content-Length': '0' }, 'POST');
  assert.equal(wrong.status, 405);
  assert.equal(wrong.text, '<h1>your fault</h1>');
  assert.ok(wrong.header('allow'));
  const own = await site.get('/?status=404%20Not%20Found');
  assert.equal(own.status, 404);
  assert.equal(own.text, 'from the application');
  // Pages are there when nothing else is.
  rmSync(join(site.folder, '404.html'));
  assert.equal((await site.get('/static/nothing')).text, '<h1>lost</h1>');
});

test('an error page is shown when the application fails', async (t) => {
  const site = await serveSite(t, {
    app: 'plain/raise_before',
    site: 'error_pages = { 500 = "500.html" }',
    prepare: (folder) => put(folder, '500.html', '<h1>sorry</h1>'),
  });
  const answer = await site.get('/');
  assert.equal(answer.status, 500);
  assert.equal(answer.text, '<h1>sorry</h1>');
});

test('headers of a location are added to every answer of it, and to no other', async (t) => {
  const site = await serveSite(t, {
    keys: 'headers = { "X-Frame-Options" = "DENY", "Access-Control-Allow-Origin" = "*", "Cache-Control" = "private" }',
    files: { 'a.txt': 'a' },
  });
  for (const [path, more, status] of [
    ['/static/a.txt', {}, 200],
    ['/static/a.txt', { 'If-None-Match': '*' }, 304],
    ['/static/a.txt', { Range: 'bytes=0-0' }, 206],
    ['/static/missing', {}, 404],
  ] as const) {
    const answer = await site.get(path, more);
    assert.equal(answer.status, status);
    assert.equal(answer.header('x-frame-options'), 'DENY', `${status}`);
    assert.equal(answer.header('access-control-allow-origin'), '*');
    // An error must not stay as long as a file may.
    const life = status === 404 ? 'no-store' : 'private';
    assert.deepEqual(answer.headers('cache-control'), [life], 'in the place of our own');
  }
  assert.equal((await site.get('/')).header('x-frame-options'), undefined);
});

test('headers of a location are added to what its application answers', async (t) => {
  const site = await serveSite(t, {
    more: '[[site.location]]\npath = "/api/"\napp = "app"\nheaders = { "X-Api" = "1" }\n',
  });
  assert.equal((await site.get('/api/x')).header('x-api'), '1');
  assert.equal((await site.get('/')).header('x-api'), undefined);
});

test('how long a file may be kept is said by its name or by the location', async (t) => {
  const files = {
    'a.css': 'a',
    'app.0123abcd4567.css': 'django',
    'index-BqT4x9Zk.js': 'vite',
    'main.8f3a1c2b9d0e4f567890.js': 'webpack',
    'jquery-20231201.js': 'a date',
    'report-2024.pdf': 'a year',
    'bootstrap-datepick.js': 'a word',
    'invoice-INV00042.pdf': 'a number',
    'photo-DSC01234.jpg': 'a number',
    'cv-JSmith24.pdf': 'a name',
    'team-Q3FY2024.xlsx': 'a time',
  };
  const year = 'public, max-age=31536000, immutable';
  const site = await serveSite(t, {
    files,
    more: ['expires = "1d"', 'expires = 0', 'expires = "off"', 'immutable = false']
      .map((keys, i) => `[[site.location]]\npath = "/${i}/"\nstatic = "public"\n${keys}\n`)
      .join(''),
  });
  const control = async (path: string) => (await site.get(path)).header('cache-control');
  for (const name of ['app.0123abcd4567.css', 'index-BqT4x9Zk.js', 'main.8f3a1c2b9d0e4f567890.js'])
    assert.equal(await control(`/static/${name}`), year, name);
  for (const name of ['a.css', 'jquery-20231201.js', ...Object.keys(files).slice(5)])
    assert.match((await control(`/static/${name}`)) ?? '', /^max-age=60\b/, name);
  assert.match((await control('/0/a.css')) ?? '', /^max-age=86400\b/);
  assert.match((await control('/0/app.0123abcd4567.css')) ?? '', /^max-age=86400\b/, 'it was said so');
  assert.equal(await control('/1/a.css'), 'no-cache');
  assert.equal(await control('/2/a.css'), undefined);
  assert.match((await control('/3/app.0123abcd4567.css')) ?? '', /max-age=60/);
  // What may be kept for a year is still answered 304 when somebody asks.
  const hashed = await site.get('/static/app.0123abcd4567.css');
  const again = await site.get('/static/app.0123abcd4567.css', {
    'If-None-Match': hashed.header('etag') ?? '',
  });
  assert.equal(again.status, 304);
  assert.equal(again.header('cache-control'), year);
});

test('uploads cannot run in the name of the site', async (t) => {
  const site = await serveSite(t, {
    keys: 'media = true',
    files: {
      'a.html': '<script>',
      'a.svg': '<svg/>',
      'a.xml': '<x/>',
      'a.xhtml': '<html/>',
      'a.png': 'x',
      'a.pdf': 'x',
      odd: '<script>',
    },
  });
  for (const name of ['a.html', 'a.svg', 'a.xml', 'a.xhtml', 'a.png', 'a.pdf', 'odd']) {
    const answer = await site.get(`/static/${name}`);
    assert.equal(answer.header('x-content-type-options'), 'nosniff', name);
    assert.match(answer.header('content-security-policy') ?? '', /sandbox/, name);
  }
  for (const name of ['a.html', 'a.svg', 'a.xml', 'a.xhtml'])
    assert.match(
      (await site.get(`/static/${name}`)).header('content-disposition') ?? '',
      /^attachment/,
      name,
    );
  assert.doesNotMatch((await site.get('/static/a.png')).header('content-disposition') ?? '', /^attachment/);
});

test('several folders are looked through in their order, such as the release before', async (t) => {
  const site = await serveSite(t, {
    prepare: (folder) => {
      put(folder, 'new/app.js', 'new');
      put(folder, 'old/app.js', 'old');
      put(folder, 'old/app.0123abcd4567.js', 'still asked for by open pages');
      // A link from one of the folders into another is no way out.
      symlinkSync('../old/app.js', join(folder, 'new', 'linked.js'));
    },
    more: '[[site.location]]\npath = "/both/"\nstatic = ["new", "old"]\n',
  });
  assert.equal((await site.get('/both/app.js')).text, 'new');
  assert.equal((await site.get('/both/app.0123abcd4567.js')).text, 'still asked for by open pages');
  assert.equal((await site.get('/both/linked.js')).text, 'old');
  assert.equal((await site.get('/both/none.js')).status, 404);
});

test('a folder that is not there yet is a warning, and served when it comes', async (t) => {
  const site = await serveSite(t, { more: '[[site.location]]\npath = "/later/"\nstatic = "later"\n' });
  assert.match(site.output.stderr + site.output.stdout, /later/);
  assert.equal((await site.get('/later/a.txt')).status, 404);
  put(site.folder, 'later/a.txt', 'here');
  await eventually(2_000, async () => assert.equal((await site.get('/later/a.txt')).text, 'here'));
});
