// Files as RFC 9110 has them, over a socket: methods, types, validators, conditions, ranges.
import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import { noise, type Site, serveSite } from './static-site.ts';

const TEXT = 'The quick brown unicorn.\n';
const BYTES = noise(300_000);
const EARLIER = 'Mon, 05 Oct 2020 10:00:00 GMT';
const MODIFIED = 'Tue, 06 Oct 2020 10:00:00 GMT';
const LATER = 'Wed, 07 Oct 2020 10:00:00 GMT';

/** Both with the same time; 300 kB come from memory or from a descriptor, whatever the server thinks best. */
async function serve(t: TestContext): Promise<Site> {
  return serveSite(t, {
    files: { 'a.txt': TEXT, 'b.bin': BYTES, 'empty.txt': '' },
    prepare: (folder) => {
      for (const name of ['a.txt', 'b.bin', 'empty.txt'])
        utimesSync(join(folder, 'public', name), Date.parse(MODIFIED) / 1000, Date.parse(MODIFIED) / 1000);
    },
  });
}

test('a file is answered with its type, length, validators and nothing of the application', async (t) => {
  const site = await serve(t);
  const answer = await site.get('/static/a.txt');
  assert.equal(answer.status, 200);
  assert.equal(answer.text, TEXT);
  assert.equal(answer.header('content-type'), 'text/plain; charset=utf-8');
  assert.equal(answer.header('content-length'), String(TEXT.length));
  assert.equal(answer.header('last-modified'), MODIFIED);
  assert.match(answer.header('etag') ?? '', /^"[!#-~]+"$/);
  assert.equal(answer.header('accept-ranges'), 'bytes');
  assert.match(answer.header('cache-control') ?? '', /max-age=60/);
  assert.ok(answer.header('date'));
  assert.equal(answer.header('server'), 'licorne');
  for (const [name] of answer.fields) assert.equal(answer.headers(name.toLowerCase()).length, 1, name);
  const large = await site.get('/static/b.bin');
  assert.ok(large.body.equals(BYTES));
  assert.equal(large.header('content-type'), 'application/octet-stream');
  const empty = await site.get('/static/empty.txt');
  assert.equal(empty.status, 200);
  assert.equal(empty.header('content-length'), '0');
});

test('files of the web have the types that browsers want', async (t) => {
  const types = {
    'a.html': 'text/html; charset=utf-8',
    'a.css': 'text/css; charset=utf-8',
    'a.js': 'text/javascript; charset=utf-8',
    'a.mjs': 'text/javascript; charset=utf-8',
    'a.svg': /^image\/svg\+xml/,
    'a.json': /^application\/json/,
    'a.map': /^application\/json/,
    'a.webmanifest': /^application\/manifest\+json/,
    'a.wasm': 'application/wasm',
    'a.woff2': 'font/woff2',
    'a.png': 'image/png',
    'a.avif': 'image/avif',
    'a.webp': 'image/webp',
    'a.ico': /^image\/(x-icon|vnd\.microsoft\.icon)$/,
    'a.pdf': 'application/pdf',
    'a.mp4': 'video/mp4',
    'a.webm': 'video/webm',
    'A.CSS': 'text/css; charset=utf-8',
    'archive.tar.gz': 'application/gzip',
    noextension: 'application/octet-stream',
    'a.unknown-thing': 'application/octet-stream',
  };
  const files = Object.fromEntries(Object.keys(types).map((name) => [name, 'x']));
  const site = await serveSite(t, { files });
  for (const [name, wanted] of Object.entries(types)) {
    const type = (await site.get(`/static/${name}`)).header('content-type') ?? '';
    if (typeof wanted === 'string') assert.equal(type, wanted, name);
    else assert.match(type, wanted, name);
  }
});

test('HEAD says what GET says, without a body', async (t) => {
  const site = await serve(t);
  for (const [path, headers] of [
    ['/static/a.txt', {}],
    ['/static/b.bin', {}],
    ['/static/b.bin', { 'If-None-Match': '*' }],
    ['/static/b.bin', { 'If-Match': '"other"' }],
    ['/static/missing', {}],
  ] as const) {
    const get = await site.get(path, headers);
    const head = await site.get(path, headers, 'HEAD');
    const told = ({ status, fields }: typeof get) => [status, ...fields.filter(([name]) => name !== 'Date')];
    assert.deepEqual(told(head), told(get), path);
  }
});

test('a HEAD request is followed by the next answer at once', async (t) => {
  const site = await serve(t);
  const client = new RawClient(site);
  client.send('HEAD /static/b.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /static/a.txt HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await client.read({ method: 'HEAD' })).header('content-length'), '300000');
  assert.equal((await client.read()).text, TEXT);
  client.close();
});

test('other methods are told what is allowed', async (t) => {
  const site = await serve(t);
  const options = await site.get('/static/a.txt', {}, 'OPTIONS');
  assert.ok(options.status === 200 || options.status === 204, `${options.status}`);
  assert.equal(options.header('allow'), 'GET, HEAD, OPTIONS');
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
    const answer = await site.get('/static/a.txt', { 'Content-Length': '0' }, method);
    assert.equal(answer.status, 405, method);
    assert.equal(answer.header('allow'), 'GET, HEAD, OPTIONS', method);
  }
});

test('a body that is sent along is never taken for the next request', async (t) => {
  const site = await serve(t);
  const hidden = 'GET /static/b.bin HTTP/1.1\r\nHost: a\r\n\r\n';
  for (const [method, status] of [
    ['POST', 405],
    ['GET', 200],
  ] as const) {
    const client = new RawClient(site);
    const head = `${method} /static/a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n`;
    client.send(`${head}${hidden}GET /static/empty.txt HTTP/1.1\r\nHost: a\r\n\r\n`);
    const first = await client.read();
    assert.equal(first.status, status);
    // The connection goes on behind the body, or it ends there and says so.
    if (first.header('connection') === 'close') assert.ok(await client.closed());
    else assert.equal((await client.read()).header('content-length'), '0');
    client.close();
  }
});

test('HTTP/1.0 gets the file and the end of the connection', async (t) => {
  const site = await serve(t);
  const client = new RawClient(site);
  client.send('GET /static/b.bin HTTP/1.0\r\n\r\n');
  assert.ok((await client.read()).body.equals(BYTES));
  assert.ok(await client.closed());
});

test('conditions are answered in the order of RFC 9110', async (t) => {
  const site = await serve(t);
  const etag = (await site.get('/static/a.txt')).header('etag') ?? '';
  const cases: [headers: Record<string, string>, status: number][] = [
    [{ 'If-None-Match': etag }, 304],
    [{ 'If-None-Match': `W/${etag}` }, 304],
    [{ 'If-None-Match': `"x", ${etag} , "y"` }, 304],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"x"' }, 200],
    [{ 'If-None-Match': etag.replaceAll('"', '') }, 200],
    [{ 'If-Modified-Since': MODIFIED }, 304],
    [{ 'If-Modified-Since': LATER }, 304],
    [{ 'If-Modified-Since': EARLIER }, 200],
    [{ 'If-Modified-Since': 'Tuesday, 06-Oct-20 10:00:00 GMT' }, 304],
    [{ 'If-Modified-Since': 'Tue Oct  6 10:00:00 2020' }, 304],
    [{ 'If-Modified-Since': 'yesterday' }, 200],
    // If-None-Match decides alone when it is there.
    [{ 'If-None-Match': '"x"', 'If-Modified-Since': LATER }, 200],
    [{ 'If-None-Match': etag, 'If-Modified-Since': EARLIER }, 304],
    [{ 'If-Match': etag }, 200],
    [{ 'If-Match': '*' }, 200],
    [{ 'If-Match': `W/${etag}` }, 412],
    [{ 'If-Match': '"x"' }, 412],
    [{ 'If-Unmodified-Since': MODIFIED }, 200],
    [{ 'If-Unmodified-Since': EARLIER }, 412],
    [{ 'If-Match': etag, 'If-Unmodified-Since': EARLIER }, 200],
    [{ 'If-Match': '"x"', 'If-Unmodified-Since': LATER }, 412],
    [{ 'If-Match': '"x"', 'If-None-Match': etag }, 412],
    [{ 'If-Match': etag, 'If-None-Match': etag }, 304],
  ];
  for (const [headers, status] of cases) {
    const answer = await site.get('/static/a.txt', headers);
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 304) {
      assert.equal(answer.header('etag'), etag);
      assert.ok(answer.header('cache-control'));
      assert.equal(answer.header('content-type'), undefined);
    }
  }
  assert.equal((await site.get('/static/a.txt', { 'If-None-Match': etag }, 'HEAD')).status, 304);
});

test('a 304 has no body and the connection goes on', async (t) => {
  const site = await serve(t);
  const client = new RawClient(site);
  const ask = (more: string) => `GET /static/a.txt HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  client.send(ask('If-None-Match: *\r\n') + ask(''));
  assert.equal((await client.read()).status, 304);
  assert.equal((await client.read()).text, TEXT);
  client.close();
});

const SINGLE: [range: string, first: number, last: number][] = [
  ['bytes=0-0', 0, 0],
  ['bytes=0-', 0, 299_999],
  ['bytes=100-199', 100, 199],
  ['bytes=299999-', 299_999, 299_999],
  ['bytes=299999-999999999999999999999', 299_999, 299_999],
  ['bytes=-1', 299_999, 299_999],
  ['bytes=-400000', 0, 299_999],
  ['Bytes=5-6', 5, 6],
];

test('a single range is sent as 206', async (t) => {
  const site = await serve(t);
  const etag = (await site.get('/static/b.bin')).header('etag');
  for (const [range, first, last] of SINGLE) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await site.get('/static/b.bin', { Range: range }, method);
      if (method === 'HEAD') {
        assert.equal(answer.status, 200, 'RFC 9110 section 14.2: Range is for GET only');
        continue;
      }
      assert.equal(answer.status, 206, range);
      assert.equal(answer.header('content-range'), `bytes ${first}-${last}/300000`, range);
      assert.equal(answer.header('content-length'), String(last - first + 1), range);
      assert.equal(answer.header('etag'), etag);
      assert.ok(answer.body.equals(BYTES.subarray(first, last + 1)), range);
    }
  }
});

test('many ranges of some KB each are sent to the end, to a client that takes them at once', async (t) => {
  const site = await serve(t);
  const ranges = Array.from({ length: 14 }, (_, index) => `${index * 20_000}-${index * 20_000 + 9_999}`);
  const answer = await site.get('/static/b.bin', { Range: `bytes=${ranges.join(',')}` });
  assert.equal(answer.status, 206);
  assert.equal(String(answer.body.length), answer.header('content-length'));
  for (let at = 0; at < 280_000; at += 20_000)
    assert.ok(answer.body.includes(BYTES.subarray(at, at + 10_000)), `from ${at} on`);
});

test('a range that cannot be is 416, one that is not understood is ignored', async (t) => {
  const site = await serve(t);
  for (const range of ['bytes=300000-', 'bytes=300000-400000', 'bytes=-0']) {
    const answer = await site.get('/static/b.bin', { Range: range });
    assert.equal(answer.status, 416, range);
    assert.equal(answer.header('content-range'), 'bytes */300000', range);
  }
  assert.equal((await site.get('/static/empty.txt', { Range: 'bytes=0-' })).status, 416);
  for (const range of [
    'lines=1-2',
    'bytes=5-2',
    'bytes=a-b',
    'bytes',
    'bytes=',
    'bytes=--1',
    'bytes=1-2-3',
  ]) {
    const answer = await site.get('/static/b.bin', { Range: range });
    assert.equal(answer.status, 200, range);
    assert.equal(answer.body.length, 300_000, range);
  }
});

test('several ranges come as multipart/byteranges in the order they were asked for', async (t) => {
  const site = await serve(t);
  const answer = await site.get('/static/b.bin', { Range: 'bytes=200000-200099, 0-9 ,-5' });
  assert.equal(answer.status, 206);
  assert.equal(answer.header('content-range'), undefined);
  assert.equal(answer.header('content-length'), String(answer.body.length));
  const boundary = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(
    answer.header('content-type') ?? '',
  )?.[1];
  assert.ok(boundary);
  const parts = answer.body.toString('latin1').split(`--${boundary}`);
  assert.match(parts.at(-1) ?? '', /^--(\r\n)?$/);
  const found = parts.slice(1, -1).map((part) => {
    const [, head = '', body = ''] = /^\r\n([\s\S]*?)\r\n\r\n([\s\S]*)\r\n$/.exec(part) ?? [];
    assert.match(head, /^Content-Type: application\/octet-stream$/im);
    return [/^Content-Range: (.*)$/im.exec(head)?.[1]?.trim(), body];
  });
  const bytes = (first: number, last: number) => BYTES.subarray(first, last + 1).toString('latin1');
  assert.deepEqual(found, [
    ['bytes 200000-200099/300000', bytes(200_000, 200_099)],
    ['bytes 0-9/300000', bytes(0, 9)],
    ['bytes 299995-299999/300000', bytes(299_995, 299_999)],
  ]);
});

test('of several ranges those that cannot be are left out', async (t) => {
  const site = await serve(t);
  const one = await site.get('/static/b.bin', { Range: 'bytes=400000-, 10-19' });
  assert.equal(one.status, 206);
  assert.equal(one.header('content-range'), 'bytes 10-19/300000');
  assert.ok(one.body.equals(BYTES.subarray(10, 20)));
  assert.equal((await site.get('/static/b.bin', { Range: 'bytes=400000-,500000-' })).status, 416);
});

test('a request for very many or overlapping ranges costs no more than the file', async (t) => {
  const site = await serve(t);
  const many = `bytes=${Array.from({ length: 1_000 }, (_, i) => `${i * 2}-${i * 2}`).join(',')}`;
  const overlapping = `bytes=${Array.from({ length: 15 }, (_, i) => `${i}-`).join(',')}`;
  for (const range of [many, overlapping]) {
    const answer = await site.get('/static/b.bin', { Range: range });
    assert.ok(answer.status === 200 || answer.status === 206);
    assert.ok(answer.body.length <= 310_000, `${answer.body.length} bytes were sent`);
  }
});

test('If-Range sends the part of the same file and the whole of another', async (t) => {
  const site = await serve(t);
  const etag = (await site.get('/static/b.bin')).header('etag') ?? '';
  for (const [condition, status] of [
    [etag, 206],
    [`W/${etag}`, 200],
    ['"other"', 200],
    [MODIFIED, 206],
    [EARLIER, 200],
    [LATER, 200],
    ['nonsense', 200],
  ] as const) {
    const answer = await site.get('/static/b.bin', { Range: 'bytes=10-19', 'If-Range': condition });
    assert.equal(answer.status, status, condition);
    assert.equal(answer.body.length, status === 206 ? 10 : 300_000);
  }
  // What the conditions say comes first.
  const both = await site.get('/static/b.bin', { Range: 'bytes=0-9', 'If-None-Match': etag });
  assert.equal(both.status, 304);
  // A range that cannot be is no fault when the file is another one by now.
  const stale = await site.get('/static/b.bin', { Range: 'bytes=900000-', 'If-Range': '"other"' });
  assert.equal(stale.status, 200);
});

test('requests that were sent together are answered in their order', async (t) => {
  const site = await serve(t);
  const client = new RawClient(site);
  const paths = ['/static/b.bin', '/', '/static/a.txt', '/static/nothing', '/static/b.bin', '/static/a.txt'];
  client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  const sizes: string[] = [];
  for (const path of paths) {
    const answer = await client.read();
    sizes.push(`${path} ${answer.status} ${path === '/' ? '' : answer.body.length}`);
  }
  assert.deepEqual(
    sizes.filter((line) => !line.includes('nothing')),
    [
      '/static/b.bin 200 300000',
      '/ 200 ',
      '/static/a.txt 200 25',
      '/static/b.bin 200 300000',
      '/static/a.txt 200 25',
    ],
  );
  client.close();
});
