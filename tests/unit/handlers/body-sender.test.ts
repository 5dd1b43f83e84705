import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FileBody } from '../../../src/files/file-entry.ts';
import { type BodyPart, BodySender } from '../../../src/handlers/body-sender.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

/** A client that takes nothing until it is told to. */
class SlowSink extends FakeSink {
  readonly pieces: number[] = [];
  readonly bytes: Buffer[] = [];
  override writeShared(chunk: Buffer, start: number, end: number): void {
    this.pieces.push(end - start);
    this.bytes.push(Buffer.from(chunk.subarray(start, end)));
    this.pending += end - start;
  }
  take(): void {
    this.pending = 0;
    this.onDrain?.();
  }
}

class DiskFile implements FileBody {
  readonly bytes = null;
  readonly size: number;
  readonly fd: number;
  users = 0;
  constructor(context: TestContext, contents: Buffer) {
    const folder = mkdtempSync(join(tmpdir(), 'licorne-sender-'));
    const path = join(folder, 'file');
    writeFileSync(path, contents);
    this.fd = openSync(path, 'r+');
    this.size = contents.length;
    context.after(() => {
      closeSync(this.fd);
      rmSync(folder, { recursive: true });
    });
  }
  retain(): number {
    this.users += 1;
    return this.fd;
  }
  release(): void {
    this.users -= 1;
  }
}

function contentsOf(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 255));
}

function begin(
  file: FileBody,
  sink: FakeSink,
  parts?: readonly BodyPart[],
): { exchange: FakeExchange; failures: string[] } {
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: h');
  const failures: string[] = [];
  const all = parts ?? [{ text: null, first: 0, last: file.size - 1 }];
  new BodySender(exchange, sink, { file, parts: all, failed: (reason) => failures.push(reason) }).start();
  return { exchange, failures };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('a file is sent whole, whatever the pace of its client', async (context) => {
  const contents = contentsOf(1_000_003);
  const file = new DiskFile(context, contents);
  const sink = new SlowSink();
  begin(file, sink);
  while (sink.ended === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    if (sink.pending > 0) sink.take();
  }
  assert.ok(Buffer.concat(sink.bytes).equals(contents));
  assert.equal(file.users, 0);
});

test('a client that takes nothing is given one piece, and one more is read', async (context) => {
  const file = new DiskFile(context, contentsOf(2_000_000));
  const sink = new SlowSink();
  const { exchange } = begin(file, sink);
  await until(() => sink.pieces.length > 0);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(sink.pieces, [131_072]);
  exchange.onGone?.();
  await until(() => file.users === 0);
  assert.equal(sink.onDrain, null);
});

test('from memory a slow client is given half a megabyte at a time', () => {
  const bytes = contentsOf(1_200_000);
  const sink = new SlowSink();
  begin(
    { size: bytes.length, bytes, retain: () => assert.fail('it is in memory'), release: () => undefined },
    sink,
  );
  assert.deepEqual(sink.pieces, [524_288]);
  sink.take();
  sink.take();
  assert.deepEqual(sink.pieces, [524_288, 524_288, 151_424]);
  assert.equal(sink.ended, undefined);
  sink.take();
  assert.equal(sink.ended, null);
  assert.ok(Buffer.concat(sink.bytes).equals(bytes));
});

test('texts and parts of the file come in their order', async (context) => {
  const contents = contentsOf(300_000);
  const file = new DiskFile(context, contents);
  const sink = new SlowSink();
  begin(file, sink, [
    { text: Buffer.from('one') },
    { text: null, first: 10, last: 19 },
    { text: Buffer.from('two') },
    { text: null, first: 0, last: 299_999 },
    { text: Buffer.from('end') },
  ]);
  while (sink.ended === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    if (sink.pending > 0) sink.take();
  }
  const wanted = [
    Buffer.from('one'),
    contents.subarray(10, 20),
    Buffer.from('two'),
    contents,
    Buffer.from('end'),
  ];
  assert.ok(Buffer.concat(sink.bytes).equals(Buffer.concat(wanted)));
});

test('a file that shrinks under way cuts the response instead of ending it', async (context) => {
  const file = new DiskFile(context, contentsOf(1_000_000));
  const sink = new SlowSink();
  const { failures } = begin(file, sink);
  await until(() => sink.pieces.length > 0);
  ftruncateSync(file.fd, 200_000);
  while (sink.aborted === '') {
    await new Promise((resolve) => setImmediate(resolve));
    if (sink.pending > 0) sink.take();
  }
  assert.equal(sink.ended, undefined);
  assert.deepEqual(failures, ['it became shorter while it was being sent']);
  assert.equal(file.users, 0);
});
