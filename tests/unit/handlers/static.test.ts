import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { FileStore } from '../../../src/files/file-store.ts';
import { heldMemory } from '../../../src/files/held-memory.ts';
import type { Miss } from '../../../src/files/miss.ts';
import { ErrorPages } from '../../../src/handlers/error-pages.ts';
import { Complaints } from '../../../src/handlers/static-complaints.ts';
import { staticHandler } from '../../../src/handlers/static.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { Log } from '../../../src/telemetry/log.ts';
import type { StaticSpec } from '../../../src/wire/site-spec.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

const lines: string[] = [];
const log = new Log({ level: 'debug', format: 'text', write: (line) => lines.push(line) });

function folderWith(context: TestContext, files: Readonly<Record<string, Buffer | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-static-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
}

function handlerOf(
  folder: string,
  files: FileStore,
  tryFiles = ['$uri', '$uri/', '=404'],
  more: Partial<StaticSpec> = {},
): Handler {
  return staticHandler({
    path: '/static/',
    spec: {
      roots: [{ dir: folder, prefix: '' }],
      index: [],
      tryFiles,
      listing: true,
      symlinks: 'inside',
      dotfiles: false,
      precompressed: true,
      compress: true,
      expires: 60,
      immutable: true,
      manifest: '',
      media: false,
      debug: false,
      ...more,
    },
    files,
    app: (_exchange, sink) => sink.start({ status: 299, reason: 'App', fields: [], memo: null }, 0),
    errorPages: new ErrorPages({}, log),
    log,
  });
}

class KeepingSink extends FakeSink {
  readonly chunks: Buffer[] = [];
  override writeShared(chunk: Buffer, start: number, end: number): void {
    this.chunks.push(chunk);
    this.pending += end - start;
  }
}

async function ask(
  handler: Handler,
  target: string,
  fields = '',
): Promise<{ sink: KeepingSink; exchange: FakeExchange }> {
  const sink = new KeepingSink();
  const exchange = new FakeExchange(`GET ${target} HTTP/1.1\r\nHost: h${fields}`);
  handler(exchange, sink);
  while (!sink.started) await new Promise((resolve) => setImmediate(resolve));
  return { sink, exchange };
}

test('a file that cannot be opened at the moment is a 503, and not something the app is asked for', async () => {
  const miss: Miss = { miss: 'failed', path: '/srv/a.css', detail: 'EMFILE: too many open files' };
  const files = {
    root: () => ({}),
    peek: () => null,
    find: (_root: unknown, _name: string, done: (found: Miss) => void) => done(miss),
  } as unknown as FileStore;
  const { sink } = await ask(handlerOf('/srv', files, ['$uri', '@app']), '/static/a.css');
  assert.equal(sink.head?.status, 503);
  assert.ok(sink.head.fields.includes('Retry-After'));
});

test('a name with a line break in it stays within its line of the log', () => {
  lines.length = 0;
  const path = '/srv/x\n[2026-01-01] [1] [INFO] forged\r';
  new Complaints(log).refused({ miss: 'symlink', path, detail: 'it leads away' });
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.trimEnd().split(/[\r\n]/).length, 1);
});

function field(sink: FakeSink, name: string): string | undefined {
  const fields = sink.head?.fields ?? [];
  const index = fields.indexOf(name);
  return index === -1 ? undefined : fields[index + 1];
}

function storeFor(context: TestContext): FileStore {
  const files = new FileStore({ memoryBytesMax: 1e6, fileBytesMax: 1e6, entriesMax: 100 });
  context.after(() => files.close());
  return files;
}

test('an upload whose name looks like a hash may be another one tomorrow', async (context) => {
  const folder = folderWith(context, { 'a.1a2b3c4d5e6f.png': 'a' });
  const files = storeFor(context);
  const life = async (media: boolean): Promise<string | undefined> => {
    const handler = handlerOf(folder, files, undefined, { media });
    return field((await ask(handler, '/static/a.1a2b3c4d5e6f.png')).sink, 'Cache-Control');
  };
  assert.match((await life(false)) ?? '', /immutable/);
  assert.equal(await life(true), 'max-age=60, must-revalidate');
});

test('a file that was asked for before the manifest was read is told its long life soon', async (context) => {
  const manifest = JSON.stringify({ paths: { 'a.css': 'a.X1.css' } });
  const folder = folderWith(context, { 'a.X1.css': 'a', 'staticfiles.json': manifest });
  // The clock of the files stands still: the entry is the same all the time.
  const files = new FileStore({ memoryBytesMax: 1e6, fileBytesMax: 1e6, entriesMax: 100, now: () => 0 });
  context.after(() => files.close());
  const root = files.root({ dir: folder, symlinks: 'inside', dotfiles: false });
  await new Promise((done) => files.find(root, 'a.X1.css', done));
  const known = { root: () => root, peek: files.peek.bind(files) } as unknown as FileStore;
  const handler = handlerOf(folder, known, undefined, { manifest: join(folder, 'staticfiles.json') });
  const first = await ask(handler, '/static/a.X1.css');
  assert.equal(field(first.sink, 'Cache-Control'), 'max-age=60, must-revalidate');
  for (let turns = 0; ; turns += 1) {
    const { sink } = await ask(handler, '/static/a.X1.css');
    if (/immutable/.test(field(sink, 'Cache-Control') ?? '')) break;
    assert.ok(turns < 10_000, 'it keeps the short life');
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('who has the compressed form is told so even when it asks for a part', async (context) => {
  const folder = folderWith(context, { 'a.css': 'x'.repeat(5000) });
  const handler = handlerOf(folder, storeFor(context));
  const gzip = '\r\nAccept-Encoding: gzip';
  const first = await ask(handler, '/static/a.css', gzip);
  const etag = field(first.sink, 'ETag') ?? '';
  assert.equal(field(first.sink, 'Content-Encoding'), 'gzip');
  const range = `${gzip}\r\nRange: bytes=0-9`;
  const same = await ask(handler, '/static/a.css', `${range}\r\nIf-None-Match: ${etag}`);
  assert.equal(same.sink.head?.status, 304);
  assert.equal(field(same.sink, 'ETag'), etag);
  const other = await ask(handler, '/static/a.css', `${range}\r\nIf-None-Match: "other"`);
  assert.equal(other.sink.head?.status, 206);
  assert.equal(field(other.sink, 'Content-Encoding'), undefined);
});

test('all who ask for a listing within a second get one page, made once', async (context) => {
  const folder = folderWith(context, { 'a.txt': 'a', 'b.txt': 'b' });
  const files = new FileStore({ memoryBytesMax: 1e6, fileBytesMax: 1e6, entriesMax: 100, now: () => 0 });
  context.after(() => files.close());
  const handler = handlerOf(folder, files);
  const [first, second] = [await ask(handler, '/static/'), await ask(handler, '/static/')];
  const other = await ask(handler, '/static/?sort=size');
  assert.equal(first.sink.head?.status, 200);
  assert.equal(first.sink.chunks[0], second.sink.chunks[0]);
  assert.notEqual(first.sink.chunks[0], other.sink.chunks[0]);
});

test('a listing is compressed for who takes it, once', async (context) => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`file-${i}.txt`, 'x']));
  const handler = handlerOf(folderWith(context, files), storeFor(context));
  const plain = await ask(handler, '/static/');
  assert.equal(field(plain.sink, 'Content-Encoding'), undefined);
  assert.equal(field(plain.sink, 'Vary'), 'Accept, Accept-Encoding');
  for (const [accepted, coding, unpack] of [
    ['gzip', 'gzip', gunzipSync],
    ['gzip, br', 'br', brotliDecompressSync],
  ] as const) {
    const first = await ask(handler, '/static/', `\r\nAccept-Encoding: ${accepted}`);
    const second = await ask(handler, '/static/', `\r\nAccept-Encoding: ${accepted}`);
    assert.equal(field(first.sink, 'Content-Encoding'), coding);
    const [chunk = Buffer.alloc(0)] = first.sink.chunks;
    assert.equal(field(first.sink, 'Content-Length'), String(chunk.length));
    assert.deepEqual(unpack(chunk), plain.sink.chunks[0]);
    assert.equal(chunk, second.sink.chunks[0]);
  }
  const uncompressed = handlerOf(folderWith(context, files), storeFor(context), undefined, {
    compress: false,
  });
  const asItIs = await ask(uncompressed, '/static/', '\r\nAccept-Encoding: gzip');
  assert.equal(field(asItIs.sink, 'Content-Encoding'), undefined);
});

test('pages that there are not are one page, which is made once', async (context) => {
  const handler = handlerOf(folderWith(context, { 'a.txt': 'a' }), storeFor(context));
  const [one, two] = [await ask(handler, '/static/?page=7'), await ask(handler, '/static/?page=8')];
  assert.equal(one.sink.chunks[0], two.sink.chunks[0]);
});

test('a listing is JSON for who likes that better', async (context) => {
  const handler = handlerOf(folderWith(context, { 'a.txt': 'a' }), storeFor(context));
  const { sink } = await ask(handler, '/static/', '\r\nAccept: text/html;q=0.5, application/json');
  assert.equal(field(sink, 'Content-Type'), 'application/json');
  assert.equal(field(sink, 'X-Total-Count'), '1');
});

test('what is missing is told to a program as JSON', async (context) => {
  const handler = handlerOf(folderWith(context, {}), storeFor(context));
  const { sink } = await ask(handler, '/static/none', '\r\nAccept: application/json');
  assert.equal(sink.head?.status, 404);
  assert.equal(field(sink, 'Content-Type'), 'application/json');
  assert.deepEqual(JSON.parse(sink.text), {
    status: 404,
    error: 'Not Found',
    detail: 'There is no such file.',
    request_id: 'id-1',
  });
});

test('while it is developed, what is missing is told with the places, and a folder as what it is', async (context) => {
  const folder = folderWith(context, {});
  mkdirSync(join(folder, 'sub'));
  const files = storeFor(context);
  const handler = handlerOf(folder, files, ['$uri', '=404'], { debug: true, listing: false });
  const missing = await ask(handler, '/static/css/n%C3%A9.css');
  assert.ok(missing.sink.text.includes('There is no file css/né.css for /static/'));
  assert.ok(missing.sink.text.includes(`<li><code>${join(folder, 'css/né.css')}</code>`), missing.sink.text);
  for (const path of ['/static/sub', '/static/sub/']) {
    const { sink } = await ask(handler, path);
    assert.equal(sink.head?.status, 404);
    assert.match(sink.text, /sub is a folder, and folders are not listed here/, path);
  }
  const top = await ask(handler, '/static/');
  assert.match(top.sink.text, /This is a folder, and folders are not listed here/);
  const json = await ask(handler, '/static/none', '\r\nAccept: application/json');
  assert.deepEqual((JSON.parse(json.sink.text) as { looked_for: string[] }).looked_for, [
    join(folder, 'none'),
  ]);
});

test('where a missing file was looked for is in the log for who wants to see it', async (context) => {
  const folder = folderWith(context, {});
  const handler = handlerOf(folder, storeFor(context), ['$uri', '$uri.html', '=404']);
  lines.length = 0;
  await ask(handler, '/static/a/b');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /\[DEBUG\] No file for \/static\/a\/b: looked for /);
  assert.ok(
    lines[0]?.includes(`${join(folder, 'a/b')}, ${join(folder, 'a/b.html')} request_id=id-1`),
    lines[0],
  );
});

test('while slow clients hold as much as the cache may, large files are sent from the disk', async (context) => {
  const size = 3_000_000;
  const folder = folderWith(context, { 'a.bin': Buffer.alloc(size, 'a'), 'b.bin': Buffer.alloc(size, 'b') });
  const files = new FileStore({ memoryBytesMax: 8e6, fileBytesMax: 4e6, entriesMax: 100, now: () => 0 });
  context.after(() => files.close());
  const root = files.root({ dir: folder, symlinks: 'inside', dotfiles: false });
  const bytesOf = (name: string): Promise<Buffer | null> =>
    new Promise((resolve) =>
      files.find(root, name, (found) => resolve('miss' in found ? null : found.bytes), 0),
    );
  const inMemory = async (name: string): Promise<boolean> => {
    for (let use = 0; use < 5; use += 1) if ((await bytesOf(name)) !== null) return true;
    return false;
  };
  const held = Buffer.alloc(7_000_000);
  heldMemory.hold(held);
  assert.equal(await inMemory('a.bin'), false);
  heldMemory.release(held);
  assert.equal(heldMemory.bytes, 0);
  assert.equal(await inMemory('b.bin'), true);
});

test('what a client is being sent from memory is on the account until it has it or leaves', async (context) => {
  const folder = folderWith(context, { 'a.bin': Buffer.alloc(900_000, 'a') });
  const files = new FileStore({ memoryBytesMax: 8e6, fileBytesMax: 4e6, entriesMax: 100, now: () => 0 });
  context.after(() => files.close());
  const handler = handlerOf(folder, files);
  const [one, two] = [await ask(handler, '/static/a.bin'), await ask(handler, '/static/a.bin')];
  assert.equal(heldMemory.bytes, 900_000);
  one.exchange.onGone?.();
  two.sink.pending = 0;
  two.sink.onDrain?.();
  two.sink.pending = 0;
  two.sink.onDrain?.();
  assert.equal(two.sink.ended, null);
  assert.equal(heldMemory.bytes, 0);
});
