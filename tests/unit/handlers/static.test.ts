import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FileStore } from '../../../src/files/file-store.ts';
import { heldMemory } from '../../../src/files/held-memory.ts';
import type { Miss } from '../../../src/files/miss.ts';
import { ErrorPages } from '../../../src/handlers/error-pages.ts';
import { Complaints } from '../../../src/handlers/static-complaints.ts';
import { staticHandler } from '../../../src/handlers/static.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

const lines: string[] = [];
const log = new Log({ level: 'debug', format: 'text', write: (line) => lines.push(line) });

function folderWith(context: TestContext, files: Readonly<Record<string, Buffer | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-static-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  return folder;
}

function handlerOf(folder: string, files: FileStore, tryFiles = ['$uri', '$uri/', '=404']): Handler {
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

async function ask(handler: Handler, target: string): Promise<{ sink: KeepingSink; exchange: FakeExchange }> {
  const sink = new KeepingSink();
  const exchange = new FakeExchange(`GET ${target} HTTP/1.1\r\nHost: h`);
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
