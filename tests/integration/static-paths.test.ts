// What a path may reach, and what it may not however it is written.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rawRequest } from '../helpers/http.ts';
import { put, type Site, serveSite } from './static-site.ts';

const SECRET = 'the secret that nobody may read';

/** `public` has a file at its top and one in a folder; the secret lies beside `public` and in a folder whose name begins like it. */
function serve(t: TestContext, keys = '', prepare: (folder: string) => void = () => {}): Promise<Site> {
  return serveSite(t, {
    keys,
    files: { 'a.txt': 'a', 'sub/b.txt': 'b', '%2e%2e/odd.txt': 'odd' },
    prepare: (folder) => {
      put(folder, 'secret.txt', SECRET);
      put(folder, 'public-not/secret.txt', SECRET);
      put(folder, 'public/.env', SECRET);
      put(folder, 'public/.git/config', SECRET);
      put(folder, 'public/sub/.htpasswd', SECRET);
      prepare(folder);
    },
  });
}

const TRAVERSALS = [
  '/static/../secret.txt',
  '/static/sub/../../secret.txt',
  '/static/./../secret.txt',
  '/static/..%2fsecret.txt',
  '/static/..%2Fsecret.txt',
  '/static/%2e%2e/secret.txt',
  '/static/%2E%2E/secret.txt',
  '/static/%2e./secret.txt',
  '/static/.%2e/secret.txt',
  '/static/%2e%2e%2fsecret.txt',
  '/static/%252e%252e/secret.txt',
  '/static/%252e%252e%252fsecret.txt',
  '/static/..%252fsecret.txt',
  '/static/..%5csecret.txt',
  '/static/..\\secret.txt',
  '/static/%5c..%5c..%5csecret.txt',
  '/static/..%c0%afsecret.txt',
  '/static/%c0%ae%c0%ae/secret.txt',
  '/static/%c0%ae%c0%ae%c0%afsecret.txt',
  '/static/%e0%80%ae%e0%80%ae/secret.txt',
  '/static/%uff0e%uff0e/secret.txt',
  '/static/..;/secret.txt',
  '/static/..%3b/secret.txt',
  '/static/..%00/secret.txt',
  '/static/..%0a/secret.txt',
  '/static//../secret.txt',
  '/static/%2f../secret.txt',
  '/static../secret.txt',
  '/static..%2fsecret.txt',
  '/static-not/secret.txt',
  '/static/../public-not/secret.txt',
  '/static/..',
  '/static/../',
  '/static/sub/..%2f..%2fsecret.txt',
  '/static/FOLDER/secret.txt',
  '/static//FOLDER/secret.txt',
  '/static/%2fFOLDER%2fsecret.txt',
  '/static/a.txt/../../secret.txt',
  '/static/a.txt/..%2f..%2fsecret.txt',
  '/static/a.txt%00',
  '/static/%00a.txt',
  '/static/a.txt%00.css',
  'http://site.test/static/../secret.txt',
  'http://site.test/static/%2e%2e/secret.txt',
  'HTTP://site.test/static/..%2fsecret.txt',
  'file:///etc/passwd',
];

test('no way of writing a path leaves the folder', async (t) => {
  const site = await serve(t);
  for (const pattern of TRAVERSALS) {
    const path = pattern.replace('FOLDER', site.folder.replaceAll(' ', '%20'));
    const answer = await site.get(path);
    assert.ok(!answer.text.includes(SECRET), `${path} gives the secret away`);
    assert.ok(!answer.text.includes('root:'), path);
    assert.ok(!answer.text.includes(site.folder), `${path} names a folder of the machine`);
    const refused = [400, 403, 404].includes(answer.status);
    assert.ok(refused || answer.text === 'Hello, world!\n', `${path}: ${answer.status}`);
  }
  assert.equal((await site.get('/static/a.txt')).text, 'a');
});

test('a path is decoded once', async (t) => {
  const site = await serve(t);
  assert.equal((await site.get('/static/%252e%252e/odd.txt')).text, 'odd');
  assert.equal((await site.get('/static/%61.txt')).text, 'a');
  assert.equal((await site.get('/%73tatic/a.txt')).text, 'a');
  assert.equal((await site.get('http://site.test/static/a.txt')).text, 'a');
  assert.equal((await site.get('/static/a.txt?v=../../secret.txt')).text, 'a');
});

test('a location ends where a segment ends', async (t) => {
  const site = await serve(t);
  for (const path of ['/staticx/a.txt', '/static.txt', '/static-not/secret.txt', '/xstatic/a.txt']) {
    const answer = await site.get(path);
    assert.equal(answer.status, 200, path);
    assert.notEqual(answer.text, 'a');
    assert.match(answer.text, /\w/, 'the application has answered');
  }
});

test('a file is not a folder and a double slash is not a single one', async (t) => {
  const site = await serve(t);
  for (const path of ['/static/a.txt/', '/static/a.txt/b', '/static//a.txt', '/static/sub//b.txt'])
    assert.equal((await site.get(path)).status, 404, path);
});

test('names are bytes: spaces, accents, and what is no UTF-8', async (t) => {
  const odd = Buffer.from([0x63, 0xe9, 0x2e, 0x74, 0x78, 0x74]); // "cé.txt" in latin-1
  const site = await serve(t, '', (folder) => {
    put(folder, 'public/two words & more.txt', 'spaces');
    put(folder, 'public/crème ✨.txt', 'accents');
    put(folder, 'public/back\\slash.txt', 'backslash');
    put(folder, 'public/a+b%20c.txt', 'plus');
    writeFileSync(Buffer.concat([Buffer.from(join(folder, 'public/')), odd]), 'latin');
  });
  assert.equal((await site.get('/static/two%20words%20&%20more.txt')).text, 'spaces');
  assert.equal((await site.get(`/static/${encodeURIComponent('crème ✨.txt')}`)).text, 'accents');
  assert.equal((await site.get('/static/back%5Cslash.txt')).text, 'backslash');
  assert.equal((await site.get('/static/a+b%2520c.txt')).text, 'plus');
  assert.equal((await site.get('/static/c%E9.txt')).text, 'latin');
  assert.equal((await site.get(`/static/${'x'.repeat(256)}`)).status, 404);
  assert.equal((await site.get(`/static/${'x/'.repeat(2_500)}`)).status, 404);
});

test('names that begin with a dot are hidden unless asked for, .well-known never is', async (t) => {
  const files = (folder: string) => put(folder, 'public/.well-known/security.txt', 'Contact: us');
  const hidden = await serve(t, '', files);
  for (const path of ['.env', '.git/config', 'sub/.htpasswd', '%2eenv', '.git', '.git/', 'sub/%2ehtpasswd'])
    assert.equal((await hidden.get(`/static/${path}`)).status, 404, path);
  assert.equal((await hidden.get('/static/.well-known/security.txt')).text, 'Contact: us');
  const shown = await serve(t, 'dotfiles = true', files);
  assert.equal((await shown.get('/static/.env')).text, SECRET);
});

/** Links of every kind. */
function links(folder: string): void {
  const to = (target: string, name: string) => symlinkSync(target, join(folder, 'public', name));
  to('a.txt', 'inside.txt');
  to('../secret.txt', 'outside.txt');
  to(join(folder, 'secret.txt'), 'absolute.txt');
  to(join(folder, 'public-not'), 'folder');
  to('sub', 'inner');
  to('../public/a.txt', 'around.txt');
  to('nowhere', 'broken.txt');
  to('loop.txt', 'loop.txt');
  mkdirSync(join(folder, 'chain'));
  symlinkSync('../secret.txt', join(folder, 'chain', 'link'));
  to('../chain/link', 'twice.txt');
}

test('a link that leads out of the folder is refused, one within it is followed', async (t) => {
  const site = await serve(t, '', links);
  assert.equal((await site.get('/static/inside.txt')).text, 'a');
  assert.equal((await site.get('/static/around.txt')).text, 'a');
  assert.equal((await site.get('/static/inner/b.txt')).text, 'b');
  for (const name of ['outside.txt', 'absolute.txt', 'folder/secret.txt', 'twice.txt']) {
    const answer = await site.get(`/static/${name}`);
    assert.ok([403, 404].includes(answer.status), `${name}: ${answer.status}`);
    assert.ok(!answer.text.includes(SECRET), name);
    assert.ok(!answer.text.includes(site.folder), name);
  }
  for (const name of ['broken.txt', 'loop.txt'])
    assert.equal((await site.get(`/static/${name}`)).status, 404);
});

test('links are all followed, or all refused, when the location says so', async (t) => {
  const follow = await serve(t, 'symlinks = "follow"', links);
  assert.equal((await follow.get('/static/outside.txt')).text, SECRET);
  assert.equal((await follow.get('/static/folder/secret.txt')).text, SECRET);
  const refuse = await serve(t, 'symlinks = "refuse"', links);
  assert.equal((await refuse.get('/static/a.txt')).text, 'a');
  for (const name of ['inside.txt', 'outside.txt', 'inner/b.txt', 'around.txt'])
    assert.ok([403, 404].includes((await refuse.get(`/static/${name}`)).status), name);
});

test('the served folder itself may be a link', async (t) => {
  const site = await serveSite(t, {
    prepare: (folder) => {
      put(folder, 'releases/1/a.txt', 'first');
      symlinkSync('releases/1', join(folder, 'current'));
    },
    more: '[[site.location]]\npath = "/current/"\nstatic = "current"\n',
  });
  assert.equal((await site.get('/current/a.txt')).text, 'first');
});

test('what is not a regular file is refused at once', async (t) => {
  const site = await serve(t, '', (folder) => {
    execFileSync('mkfifo', [join(folder, 'public', 'fifo')]);
    symlinkSync('/dev/zero', join(folder, 'public', 'zero'));
  });
  const socket = createServer().listen(join(site.files, 'socket'));
  t.after(() => socket.close());
  for (const name of ['fifo', 'socket', 'zero']) {
    const answer = await site.get(`/static/${name}`);
    assert.ok([403, 404].includes(answer.status), `${name}: ${answer.status}`);
  }
  assert.equal((await site.get('/static/a.txt')).text, 'a');
});

test('a device is not sent even where links are followed', async (t) => {
  const site = await serve(t, 'symlinks = "follow"', (folder) =>
    symlinkSync('/dev/zero', join(folder, 'public', 'zero')),
  );
  assert.ok([403, 404].includes((await site.get('/static/zero')).status));
});

test('a file that may not be read is 403, and the log names it', {
  skip: process.getuid?.() === 0 ? 'the superuser may read everything' : false,
}, async (t) => {
  const site = await serve(t, '', (folder) => chmodSync(put(folder, 'public/locked.txt', SECRET), 0));
  const answer = await site.get('/static/locked.txt');
  assert.equal(answer.status, 403);
  assert.ok(!answer.text.includes(site.folder));
  await site.waitForLog(/locked\.txt/);
});

test('the application is not asked for what a location of files has not', async (t) => {
  const site = await serveSite(t, { app: 'plain/send_files' });
  assert.equal((await site.get('/static/nothing.txt')).status, 404);
  assert.equal((await rawRequest(site, 'GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n')).status, 200);
  await site.waitForLog(/called for \/elsewhere/);
  assert.doesNotMatch(site.output.stderr, /called for \/static/);
});
