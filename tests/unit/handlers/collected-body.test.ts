import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CollectedBody } from '../../../src/handlers/collected-body.ts';
import { Spool } from '../../../src/handlers/spool.ts';
import { temporaryFolder } from '../../helpers/examples.ts';
import { FakeBody } from './fake-exchange.ts';

const BACKLOG = 262_144;

function collecting(
  t: TestContext,
  { memoryBytesMax = 100, quota = 1_000_000, folder = temporaryFolder(t) } = {},
) {
  const told: string[] = [];
  const source = new FakeBody();
  const spool = new Spool(folder, quota);
  const body = new CollectedBody(source, {
    spool,
    memoryBytesMax,
    ready: () => told.push('ready'),
    aborted: () => told.push('aborted'),
  });
  source.start(body);
  return { told, source, spool, body };
}

const read = (body: CollectedBody, max = 1_000_000): Promise<Buffer | null | Error> =>
  new Promise((resolve) => body.read(max, resolve));

async function readAll(body: CollectedBody, max = 1_000_000): Promise<string> {
  let text = '';
  for (;;) {
    const part = await read(body, max);
    if (part === null) return text;
    if (part instanceof Error) throw part;
    assert.ok(part.length <= max);
    text += part.toString('latin1');
  }
}

/** The disk takes its time; bounded by the test's own time limit. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i += 1) await setTimeout(1);
  assert.ok(condition());
}

test('a small body stays in memory, and is ready when it is complete', (t) => {
  const { told, source, body, spool } = collecting(t);
  source.give('abc');
  assert.deepEqual(told, []);
  assert.equal(body.whole(65_536), null);
  assert.equal(body.length, -1);
  source.give('def');
  body.end();
  assert.deepEqual(told, ['ready']);
  assert.equal(String(body.whole(65_536)), 'abcdef');
  assert.equal(body.length, 6);
  assert.equal(spool.bytes, 0);
});

test('what is given is copied: the read buffer is used again', (t) => {
  const { source, body } = collecting(t);
  const chunk = Buffer.from('abc');
  source.consumer?.data(chunk, 0, 3);
  chunk.fill('x');
  body.end();
  assert.equal(String(body.whole(65_536)), 'abc');
});

test('a larger body goes to disk and is read back whole', async (t) => {
  const { told, source, body, spool } = collecting(t);
  const parts = Array.from({ length: 50 }, (_, i) => String(i).padStart(1000, '.'));
  for (const part of parts) source.give(part);
  body.end();
  await until(() => told.length > 0);
  assert.deepEqual(told, ['ready']);
  assert.equal(body.whole(65_536), null);
  assert.equal(body.length, 50_000);
  assert.equal(await readAll(body, 777), parts.join(''));
  assert.ok(spool.bytes > 0);
  body.close();
  assert.equal(spool.bytes, 0);
});

test('beyond the quota the rest is streamed, after what is on disk', async (t) => {
  const { told, source, body } = collecting(t, { quota: 1500 });
  source.give('a'.repeat(1000));
  await until(() => body.length === -1 && told.length === 0);
  source.give('b'.repeat(1000));
  await until(() => told.length > 0);
  assert.deepEqual(told, ['ready']);
  assert.equal(body.length, -1);
  const all = readAll(body);
  source.give('c'.repeat(500));
  body.end();
  assert.equal(await all, 'a'.repeat(1000) + 'b'.repeat(1000) + 'c'.repeat(500));
});

test('without a disk the body is streamed', async (t) => {
  const { told, source, body } = collecting(t, { folder: '/no/such/folder' });
  source.give('x'.repeat(200));
  await until(() => told.length > 0);
  const all = readAll(body, 150);
  source.give('y');
  body.end();
  assert.equal(await all, `${'x'.repeat(200)}y`);
});

test('the client is paused while disk or worker do not keep up, and resumed', async (t) => {
  const { told, source, body } = collecting(t, { quota: 0 });
  source.give('x'.repeat(BACKLOG));
  assert.ok(!source.paused);
  source.give('y');
  assert.ok(source.paused);
  await until(() => told.length > 0);
  assert.ok(source.paused, 'nobody has read yet');
  await read(body, BACKLOG / 2);
  assert.ok(source.paused);
  await read(body, BACKLOG / 2);
  assert.ok(!source.paused);
});

test('a write that is done resumes the client', async (t) => {
  const { source, body } = collecting(t);
  source.give('x');
  source.give('y'.repeat(BACKLOG + 1));
  assert.ok(source.paused);
  await until(() => !source.paused);
  body.close();
});

test('a client that leaves while the body is collected ends it, wherever the bytes are', async (t) => {
  for (const bytes of [3, 1000]) {
    const { told, source, body, spool } = collecting(t);
    source.give('x'.repeat(bytes));
    body.abort();
    assert.deepEqual(told, ['aborted']);
    assert.ok((await read(body)) instanceof Error);
    await setTimeout(20);
    assert.deepEqual(told, ['aborted']);
    assert.equal(spool.bytes, 0);
  }
});

test('a client that leaves while a worker waits for more is an error for the worker', async (t) => {
  const { told, source, body } = collecting(t, { quota: 0 });
  source.give('x'.repeat(200));
  await until(() => told.length > 0);
  await read(body);
  const waiting = read(body);
  body.abort();
  assert.ok((await waiting) instanceof Error);
  assert.deepEqual(told, ['ready', 'aborted']);
});

test('a body nobody wants any more is dropped, and the client may send its rest', async (t) => {
  const { told, source, body } = collecting(t, { quota: 0 });
  source.give('x'.repeat(BACKLOG + 1));
  await until(() => told.length > 0);
  assert.ok(source.paused);
  body.close();
  assert.ok(!source.paused);
  source.give('y'.repeat(BACKLOG * 2));
  assert.ok(!source.paused);
  assert.deepEqual(told, ['ready']);
});
