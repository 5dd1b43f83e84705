// Compressed files: those that lie beside the file, those made on the way, and what applications answer.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import zlib, { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { Answer } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { noise, request, type Site, serveSite } from './static-site.ts';

const STYLE = '.card { display: grid; color: #123456 }\n'.repeat(400);
const PICTURE = noise(20_000);
const hasZstd = 'createZstdCompress' in zlib;

/** What the client reads in the end. */
function content(answer: Answer): Buffer {
  const coding = answer.header('content-encoding');
  if (coding === 'gzip') return gunzipSync(answer.body);
  if (coding === 'br') return brotliDecompressSync(answer.body);
  assert.equal(coding, undefined);
  return answer.body;
}

/** app.css has all three siblings (the .zst is only a mark: its bytes are sent as they are), old.css one older than itself, plain.css none. */
function serve(t: TestContext, keys = ''): Promise<Site> {
  return serveSite(t, {
    keys,
    files: {
      'app.css': STYLE,
      'app.css.gz': gzipSync(STYLE),
      'app.css.br': brotliCompressSync(STYLE),
      'app.css.zst': 'not really zstd',
      'old.css': STYLE,
      'old.css.gz': gzipSync('an old style'),
      'plain.css': STYLE,
      'small.css': '.a{}',
      'picture.png': PICTURE,
      'letters.png': 'x'.repeat(20_000),
      'download.gz': gzipSync('a download'),
    },
    prepare: (folder) => {
      const old = new Date('2020-01-01');
      utimesSync(join(folder, 'public', 'old.css.gz'), old, old);
    },
  });
}

const NEGOTIATION: [accepted: string | null, coding: string | undefined][] = [
  [null, undefined],
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['gzip;q=0', undefined],
  ['br;q=0.001', 'br'],
  ['gzip;q=0, *;q=0', undefined],
  ['identity;q=1, gzip;q=0.5', undefined],
  ['deflate', undefined],
  ['gzip ; q=0.8 , br ; q=0.2', 'gzip'],
];

test('of the files beside a file the client gets the one it likes best', async (t) => {
  const site = await serve(t);
  for (const [accepted, coding] of NEGOTIATION) {
    const answer = await site.get(
      '/static/app.css',
      accepted === null ? {} : { 'Accept-Encoding': accepted },
    );
    if (accepted === 'gzip;q=0, *;q=0') {
      assert.ok(answer.status === 200 || answer.status === 406, `${answer.status}`);
      continue;
    }
    assert.equal(answer.status, 200, `${accepted}`);
    assert.equal(answer.header('content-encoding'), coding, `${accepted}`);
    assert.equal(content(answer).toString(), STYLE);
    assert.equal(answer.header('content-type'), 'text/css; charset=utf-8');
    assert.equal(answer.header('content-length'), String(answer.body.length));
    assert.match(answer.header('vary') ?? '', /^Accept-Encoding$/i);
  }
  const zstd = await site.get('/static/app.css', { 'Accept-Encoding': 'zstd' });
  assert.equal(zstd.header('content-encoding'), 'zstd');
  assert.equal(zstd.text, 'not really zstd');
});

test('each form of a file has an ETag of its own, which conditions and ranges go by', async (t) => {
  const site = await serve(t);
  for (const path of ['/static/app.css', '/static/plain.css']) {
    const etags = new Map<string, string>();
    for (const coding of ['identity', 'gzip', 'br']) {
      const answer = await site.get(path, { 'Accept-Encoding': coding });
      const etag = answer.header('etag') ?? '';
      assert.match(etag, /^"[!#-~]+"$/, 'it is strong');
      etags.set(coding, etag);
      const again = await site.get(path, { 'Accept-Encoding': coding, 'If-None-Match': etag });
      assert.equal(again.status, 304);
      assert.equal(again.header('etag'), etag);
      assert.match(again.header('vary') ?? '', /Accept-Encoding/i);
    }
    assert.equal(new Set(etags.values()).size, 3);
  }
  const sibling = gzipSync(STYLE);
  const part = await site.get('/static/app.css', { 'Accept-Encoding': 'gzip', Range: 'bytes=5-14' });
  if (part.header('content-encoding') === 'gzip') {
    assert.equal(part.header('content-range'), `bytes 5-14/${sibling.length}`);
    assert.ok(part.body.equals(sibling.subarray(5, 15)));
  } else {
    assert.equal(part.header('content-range'), `bytes 5-14/${STYLE.length}`);
    assert.equal(part.text, STYLE.slice(5, 15));
  }
});

test('a resumed download continues the form that it began with, or begins again', async (t) => {
  const site = await serve(t);
  for (const path of ['/static/app.css', '/static/plain.css']) {
    const headers = { 'Accept-Encoding': 'gzip' };
    const whole = await site.get(path, headers);
    const etag = whole.header('etag') ?? '';
    const rest = await site.get(path, { ...headers, Range: 'bytes=20-', 'If-Range': etag });
    if (rest.status === 206) {
      assert.equal(rest.header('etag'), etag);
      assert.equal(gunzipSync(Buffer.concat([whole.body.subarray(0, 20), rest.body])).toString(), STYLE);
    } else {
      assert.equal(rest.status, 200);
      assert.equal(content(rest).toString(), STYLE);
    }
  }
});

test('a compressed file older than its original is not used', async (t) => {
  const site = await serve(t);
  const answer = await site.get('/static/old.css', { 'Accept-Encoding': 'gzip' });
  assert.equal(content(answer).toString(), STYLE);
});

test('a compressed file that is asked for by its own name is sent as it is', async (t) => {
  const site = await serve(t);
  const answer = await site.get('/static/download.gz', { 'Accept-Encoding': 'gzip, br' });
  assert.equal(answer.header('content-encoding'), undefined);
  assert.equal(gunzipSync(answer.body).toString(), 'a download');
});

test('a file of text without siblings is compressed on the way, a picture is not', async (t) => {
  const site = await serve(t);
  for (const coding of ['gzip', 'br']) {
    const answer = await site.get('/static/plain.css', { 'Accept-Encoding': coding });
    assert.equal(answer.header('content-encoding'), coding);
    assert.ok(answer.body.length < STYLE.length / 5);
    assert.equal(content(answer).toString(), STYLE);
  }
  const plain = await site.get('/static/plain.css');
  assert.equal(plain.header('content-encoding'), undefined);
  assert.match(plain.header('vary') ?? '', /Accept-Encoding/i);
  for (const name of ['picture.png', 'letters.png']) {
    const picture = await site.get(`/static/${name}`, { 'Accept-Encoding': 'gzip, br' });
    assert.equal(picture.header('content-encoding'), undefined);
    assert.equal(picture.header('vary'), undefined);
  }
  const small = await site.get('/static/small.css', { 'Accept-Encoding': 'gzip' });
  assert.equal(small.header('content-encoding'), undefined);
});

test('zstd is made where the runtime has it', {
  skip: hasZstd ? false : 'this Node has no zstd',
}, async (t) => {
  const site = await serve(t);
  const answer = await site.get('/static/plain.css', { 'Accept-Encoding': 'zstd' });
  assert.equal(answer.header('content-encoding'), 'zstd');
});

test('a HEAD request is told of the compressed form as GET is', async (t) => {
  const site = await serve(t);
  const headers = { 'Accept-Encoding': 'br' };
  for (const path of ['/static/app.css', '/static/plain.css']) {
    await site.get(path, headers);
    const names = ['content-encoding', 'content-length', 'etag', 'vary', 'content-type'];
    const get = await site.get(path, headers);
    const head = await site.get(path, headers, 'HEAD');
    const told = (answer: Answer) => names.map((name) => answer.header(name));
    assert.deepEqual(told(head), told(get), path);
  }
});

test('precompressed = false and compress = false do what they say', async (t) => {
  const site = await serve(t, 'precompressed = false\ncompress = false');
  for (const name of ['app.css', 'plain.css']) {
    const answer = await site.get(`/static/${name}`, { 'Accept-Encoding': 'gzip, br, zstd' });
    assert.equal(answer.header('content-encoding'), undefined);
    assert.equal(answer.text, STYLE);
  }
});

test('many clients that ask for the same new file at once all get it', async (t) => {
  const site = await serve(t);
  const codings = ['gzip', 'br', 'identity', 'gzip;q=0.5, br'];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      site.get('/static/plain.css', { 'Accept-Encoding': codings[i % codings.length] ?? '' }),
    ),
  );
  for (const answer of answers) assert.equal(content(answer).toString(), STYLE);
});

test('curl --compressed reads every file', {
  skip: spawnSync('curl', ['--version']).error ? 'curl is not there' : false,
}, async (t) => {
  const site = await serve(t);
  for (const [name, wanted] of [
    ['app.css', STYLE],
    ['plain.css', STYLE],
    ['picture.png', PICTURE],
  ] as const) {
    // Only what every build of curl can decode; the .zst beside app.css is not real.
    const encodings = ['-H', 'Accept-Encoding: gzip, deflate'];
    const args = ['-s', '--compressed', ...encodings, `${site.url}/static/${name}`];
    const read = execFileSync('curl', args, { maxBuffer: 1e8 });
    assert.ok(read.equals(Buffer.from(wanted)), name);
  }
});

const APP_TEXT = { 'Accept-Encoding': 'gzip' };

test('what an application answers is not compressed unasked', async (t) => {
  const server = await servePlain(t, 'download');
  const answer = await request(server, '/?bytes=100000', APP_TEXT);
  assert.equal(answer.header('content-encoding'), undefined);
  assert.equal(answer.header('vary'), undefined);
});

test('compress = safe leaves requests with a cookie or credentials alone', async (t) => {
  const server = await servePlain(t, 'generator', ['--compress', 'safe', '--compress-bytes-min', '1']);
  const open = await request(server, '/', APP_TEXT);
  assert.equal(open.header('content-encoding'), 'gzip');
  assert.match(open.header('vary') ?? '', /Accept-Encoding/i);
  const plain = await request(server, '/', {});
  assert.equal(plain.header('content-encoding'), undefined);
  assert.match(plain.header('vary') ?? '', /Accept-Encoding/i);
  assert.equal(content(open).toString(), plain.text);
  for (const [name, value] of [
    ['Cookie', 'sessionid=1'],
    ['Authorization', 'Basic YTpi'],
  ] as const) {
    const answer = await request(server, '/', { ...APP_TEXT, [name]: value });
    assert.equal(answer.header('content-encoding'), undefined, name);
    assert.equal(answer.text, plain.text);
  }
});

test('compress = on compresses for everybody, but nothing that is encoded, partial or not to be transformed', async (t) => {
  const server = await servePlain(t, 'send_files', ['--compress', 'on', '--compress-bytes-min', '1']);
  const ask = (query: string, headers: Record<string, string> = {}) =>
    request(server, `/?header=Content-Type:text/plain&${query}`, { ...APP_TEXT, ...headers });
  const answer = await ask('header=ETag:"v1"', { Cookie: 'a=b' });
  assert.equal(answer.header('content-encoding'), 'gzip');
  assert.equal(content(answer).toString(), 'from the application');
  assert.equal(answer.header('etag'), 'W/"v1"');
  for (const query of [
    'header=Content-Encoding:deflate',
    'header=Cache-Control:public,%20no-transform',
    'header=Content-Range:bytes%200-19/99&status=206%20Partial%20Content',
  ]) {
    const untouched = await ask(query);
    assert.equal(untouched.text, 'from the application', query);
    assert.notEqual(untouched.header('content-encoding'), 'gzip', query);
  }
  const picture = await request(server, '/?header=Content-Type:image/png', APP_TEXT);
  assert.equal(picture.header('content-encoding'), undefined);
});
