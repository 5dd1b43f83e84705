// Files that an application names: X-Accel-Redirect, X-Sendfile, wsgi.file_wrapper, pathsend, and what frameworks make of them.
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { serveFramework } from '../helpers/frameworks.ts';
import { RawClient } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { servePlain } from '../helpers/plain.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { noise, put, request, type Site, serveSite } from './static-site.ts';

const BYTES = noise(300_000);
const query = (fields: Record<string, string>) =>
  `/?${Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

function serveInternal(t: TestContext): Promise<Site> {
  return serveSite(t, {
    app: 'plain/send_files',
    prepare: (folder) => {
      put(folder, 'protected/report.pdf', BYTES);
      put(folder, 'protected/two words+é.txt', 'odd name');
      put(folder, 'protected/100%.txt', 'percent');
      put(folder, 'protected/.hidden', 'hidden');
      put(folder, 'secret.txt', 'the secret');
      symlinkSync('../secret.txt', join(folder, 'protected', 'link.txt'));
    },
    more: '[[site.location]]\npath = "/protected/"\nstatic = "protected"\ninternal = true\n',
  });
}

test('X-Accel-Redirect sends the file of an internal location with the application’s headers', async (t) => {
  const site = await serveInternal(t);
  const answer = await site.get(
    query({ accel: '/protected/report.pdf', header: 'Content-Disposition:attachment; filename="r.pdf"' }),
  );
  assert.equal(answer.status, 200);
  assert.ok(answer.body.equals(BYTES));
  assert.equal(answer.header('content-type'), 'application/pdf');
  assert.equal(answer.header('content-disposition'), 'attachment; filename="r.pdf"');
  assert.equal(answer.header('content-length'), '300000');
  assert.equal(answer.header('x-accel-redirect'), undefined);
  assert.equal(answer.headers('content-length').length, 1);
  assert.equal(answer.header('accept-ranges'), 'bytes');
  const typed = await site.get(
    query({ accel: '/protected/report.pdf', header: 'Content-Type:application/x-own' }),
  );
  assert.equal(typed.header('content-type'), 'application/x-own');
  const cookie = await site.get(query({ accel: '/protected/report.pdf', header: 'Set-Cookie:a=b' }));
  assert.equal(cookie.header('set-cookie'), 'a=b');
});

test('a file that X-Accel-Redirect names is compressed as others are', async (t) => {
  const text = 'one line of many\n'.repeat(200);
  const site = await serveSite(t, {
    app: 'plain/send_files',
    prepare: (folder) => {
      put(folder, 'protected/a.txt', text);
      put(folder, 'protected/b.css', 'a { color: red }');
      put(folder, 'protected/b.css.gz', gzipSync('a{}', { level: 0 }).subarray(0, 14));
      put(folder, 'protected/photo.jpg', text);
      put(folder, 'plain/a.txt', text);
    },
    more:
      '[[site.location]]\npath = "/protected/"\nstatic = "protected"\ninternal = true\n' +
      '[[site.location]]\npath = "/plain/"\nstatic = "plain"\ninternal = true\ncompress = false\nprecompressed = false\n',
  });
  const gzip = { 'Accept-Encoding': 'gzip' };
  const ask = (accel: string, more: Record<string, string> = {}, header = '') =>
    site.get(query(header === '' ? { accel } : { accel, header }), { ...gzip, ...more });
  const small = await ask('/protected/a.txt');
  assert.equal(small.status, 200);
  assert.equal(small.header('content-encoding'), 'gzip');
  assert.equal(small.header('vary'), 'Accept-Encoding');
  assert.equal(gunzipSync(small.body).toString(), text);
  const again = await ask('/protected/a.txt', { 'If-None-Match': small.header('etag') ?? '' });
  assert.equal(again.status, 304);
  const whole = await site.get(query({ accel: '/protected/a.txt' }));
  assert.equal(whole.header('content-encoding'), undefined);
  assert.equal(whole.header('vary'), 'Accept-Encoding');
  assert.notEqual(whole.header('etag'), small.header('etag'));
  const part = await ask('/protected/a.txt', { Range: 'bytes=0-2' });
  assert.deepEqual([part.status, part.text, part.header('content-encoding')], [206, 'one', undefined]);
  assert.equal(
    (await ask('/protected/a.txt', {}, 'Cache-Control:no-transform')).header('content-encoding'),
    undefined,
  );
  assert.equal((await ask('/protected/b.css')).header('content-encoding'), 'gzip', 'what lies beside it');
  assert.equal((await ask('/protected/photo.jpg')).header('vary'), undefined);
  assert.equal((await ask('/plain/a.txt')).header('content-encoding'), undefined);
  const head = await site.get(query({ accel: '/protected/a.txt' }), gzip, 'HEAD');
  assert.deepEqual([head.header('content-encoding'), head.body.length], ['gzip', 0]);
});

test('for a client that asks for it itself an internal location is not there', async (t) => {
  const site = await serveInternal(t);
  for (const path of ['/protected/report.pdf', '/protected/', '/%70rotected/report.pdf'])
    assert.equal((await site.get(path)).status, 404, path);
});

test('X-Accel-Redirect answers ranges and conditions', async (t) => {
  const site = await serveInternal(t);
  const path = query({ accel: '/protected/report.pdf' });
  const part = await site.get(path, { Range: 'bytes=1000-1999' });
  assert.equal(part.status, 206);
  assert.equal(part.header('content-range'), 'bytes 1000-1999/300000');
  assert.ok(part.body.equals(BYTES.subarray(1000, 2000)));
  const etag = part.header('etag') ?? '';
  assert.notEqual(etag, '');
  assert.equal((await site.get(path, { 'If-None-Match': etag })).status, 304);
  assert.equal((await site.get(path, { Range: 'bytes=900000-' })).status, 416);
  const head = await site.get(path, {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.header('content-length'), '300000');
});

test('X-Accel-Redirect may be quoted or raw, and names the file either way', async (t) => {
  const site = await serveInternal(t);
  for (const value of ['/protected/two%20words%2B%C3%A9.txt', '/protected/two%20words+%c3%a9.txt']) {
    assert.equal((await site.get(query({ accel: value }))).text, 'odd name', value);
  }
  // As Django writes it when it is given text, UTF-8 bytes as latin-1; they travel as they are.
  const raw = `/?accel=${encodeURIComponent('/protected/two words+').replaceAll('%2B', '%2B')}%C3%A9.txt`;
  assert.equal((await site.get(raw)).text, 'odd name');
  assert.equal((await site.get(query({ accel: '/protected/100%.txt' }))).text, 'percent');
  assert.equal((await site.get(query({ accel: '/protected/100%25.txt' }))).text, 'percent');
});

test('X-Accel-Redirect reaches no file outside its location', async (t) => {
  const site = await serveInternal(t);
  for (const value of [
    '/protected/../secret.txt',
    '/protected/..%2fsecret.txt',
    '/protected/%2e%2e/secret.txt',
    '/protected/link.txt',
    '/protected/.hidden',
    '/protected/nothing',
    '/etc/passwd',
    'http://other.test/protected/report.pdf',
  ]) {
    const answer = await site.get(query({ accel: value }));
    assert.ok(answer.status >= 400, `${value}: ${answer.status}`);
    assert.ok(!/secret|hidden|root:/.test(answer.text), value);
    assert.ok(!answer.text.includes(site.folder));
  }
});

test('a file that X-Accel-Redirect names and that is not there is in the log with its path', async (t) => {
  const site = await serveInternal(t);
  await site.get(query({ accel: '/protected/nothing.pdf' }));
  await site.waitForLog(/\/protected\/nothing\.pdf/);
  await site.waitForLog(new RegExp(join(site.folder, 'protected', 'nothing.pdf')));
});

test('X-Sendfile sends files of the allowed folders only', async (t) => {
  const site = await serveInternal(t);
  const server = await servePlain(t, 'send_files', ['--sendfile-roots', join(site.folder, 'protected')]);
  const answer = await request(server, query({ sendfile: join(site.folder, 'protected', 'report.pdf') }));
  assert.equal(answer.status, 200);
  assert.ok(answer.body.equals(BYTES));
  assert.equal(answer.header('x-sendfile'), undefined);
  for (const path of [
    join(site.folder, 'secret.txt'),
    `${site.folder}/protected/../secret.txt`,
    join(site.folder, 'protected', 'link.txt'),
    '/etc/passwd',
    'report.pdf',
    `${join(site.folder, 'protected')}-not/x`,
  ]) {
    const refused = await request(server, query({ sendfile: path }));
    assert.ok(refused.status >= 400, `${path}: ${refused.status}`);
    assert.ok(!/secret|root:/.test(refused.text));
  }
  await server.waitForLog(/\/etc\/passwd/);
});

test('without such a location or folder the headers belong to the application', async (t) => {
  const server = await servePlain(t, 'send_files');
  const answer = await request(server, query({ accel: '/x', sendfile: '/y' }));
  assert.equal(answer.header('x-accel-redirect'), '/x');
  assert.equal(answer.header('x-sendfile'), '/y');
  assert.equal(answer.text, 'from the application');
});

test('wsgi.file_wrapper answers ranges and conditions, and so does a part of a file', async (t) => {
  const server = await servePlain(t, 'file_wrapper', ['--pythonpath', apps]);
  const whole = await request(server, '/');
  const part = await request(server, '/', { Range: 'bytes=10-19' });
  assert.equal(part.status, 206);
  assert.ok(part.body.equals(whole.body.subarray(10, 20)));
  const etag = whole.header('etag');
  assert.ok(etag);
  assert.equal((await request(server, '/', { 'If-None-Match': etag })).status, 304);
  const tail = await request(server, '/part');
  assert.ok(tail.body.equals(whole.body.subarray(1000)));
  const memory = await request(server, '/memory');
  assert.ok(memory.body.equals(whole.body));
});

for (const [name, folder, target] of [
  ['Django', 'django', 'site_project.wsgi'],
  ['Flask', 'flask', 'app:app'],
  ['Starlette', 'starlette', 'app:app'],
  ['FastAPI', 'fastapi', 'app:app'],
] as const) {
  test(`a file that ${name} sends can be resumed`, async (t) => {
    const framework = { name, folder, target, venv: 'main' } as const;
    const server = await serveFramework(t, framework);
    const whole = await request(server, '/file');
    assert.equal(whole.body.length, 300_000);
    const part = await request(server, '/file', { Range: 'bytes=100000-100099' });
    assert.equal(part.status, 206);
    assert.equal(part.header('content-range'), 'bytes 100000-100099/300000');
    assert.ok(part.body.equals(whole.body.subarray(100_000, 100_100)));
    const etag = whole.header('etag');
    if (etag) {
      const rest = await request(server, '/file', { Range: 'bytes=299990-', 'If-Range': etag });
      assert.ok(rest.status === 206 || etag.startsWith('W/'), `${rest.status}`);
      assert.equal((await request(server, '/file', { 'If-None-Match': etag })).status, 304);
    }
  });
}

/** One thread, and clients that read nothing: were the worker still busy with their files, nobody else would be answered. */
async function assertWorkerIsFree(server: Server, path: string): Promise<void> {
  const slow = Array.from({ length: 4 }, () => new RawClient(server));
  for (const client of slow) {
    client.socket.pause();
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  }
  for (let i = 0; i < 5; i++) assert.equal((await request(server, '/')).status, 200);
  for (const client of slow) {
    client.socket.resume();
    assert.equal((await client.read({ withinMs: 30_000 })).body.length, 30_000_000);
    client.close();
  }
}

test('the only thread of an application is free while its file is sent', async (t) => {
  const site = await serveInternal(t);
  writeFileSync(join(site.folder, 'protected', 'large.bin'), Buffer.alloc(30_000_000));
  await assertWorkerIsFree(site, query({ accel: '/protected/large.bin' }));
  put(
    site.folder,
    'app/app.py',
    `def application(environ, start_response):
    if environ["PATH_INFO"] == "/":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return environ["wsgi.file_wrapper"](open(${JSON.stringify(join(site.folder, 'protected/large.bin'))}, "rb"))
`,
  );
  const args = ['app:application', '-b', '127.0.0.1:0', '--chdir', join(site.folder, 'app')];
  const server = await startLicorne(t, [...args, '--python', venvPython('main')]);
  await assertWorkerIsFree(server, '/file');
});

test('apps that send files keep the contract of PEP 3333', async (t) => {
  const server = await startLicorne(
    t,
    [
      'validated:application',
      '-b',
      '127.0.0.1:0',
      '--pythonpath',
      apps,
      '--python',
      venvPython('main'),
    ].concat(['--chdir', join(apps, 'plain', 'file_wrapper')]),
    { env: { LICORNE_TEST_APP: 'app:application' } },
  );
  assert.equal((await request(server, '/')).status, 200);
});
