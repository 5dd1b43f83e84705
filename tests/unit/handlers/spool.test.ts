import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Spool, type SpoolFile } from '../../../src/handlers/spool.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

const open = (spool: Spool): Promise<SpoolFile | Error> => new Promise((resolve) => spool.open(resolve));
const append = (file: SpoolFile, text: string): Promise<Error | null> =>
  new Promise((resolve) => file.append(Buffer.from(text), resolve));
const readAt = (file: SpoolFile, position: number, max: number): Promise<Buffer | Error> =>
  new Promise((resolve) => file.readAt(position, max, resolve));

async function opened(spool: Spool): Promise<SpoolFile> {
  const file = await open(spool);
  if (file instanceof Error) throw file;
  return file;
}

test('what was appended is read back, from a file without a name', async (t) => {
  const folder = temporaryFolder(t);
  const file = await opened(new Spool(folder, 100));
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(await append(file, 'hello '), null);
  assert.equal(await append(file, 'world'), null);
  assert.equal(file.size, 11);
  assert.equal(String(await readAt(file, 3, 5)), 'lo wo');
  assert.equal(String(await readAt(file, 6, 1000)), 'world');
  file.close();
});

test('the quota is shared, refuses without writing, and comes back when files close', async (t) => {
  const spool = new Spool(temporaryFolder(t), 10);
  const [one, two] = [await opened(spool), await opened(spool)];
  assert.equal(await append(one, '123456'), null);
  assert.match((await append(two, '12345'))?.message ?? '', /quota/);
  assert.equal(two.size, 0);
  assert.equal(await append(two, '1234'), null);
  assert.equal(spool.bytes, 10);
  one.close();
  assert.equal(spool.bytes, 4);
  two.close();
  assert.equal(spool.bytes, 0);
});

test('a file that is closed while it is written gives its quota back once', async (t) => {
  const spool = new Spool(temporaryFolder(t), 10);
  const file = await opened(spool);
  const writing = append(file, '1234567890');
  file.close();
  assert.equal(spool.bytes, 10);
  await writing;
  assert.equal(spool.bytes, 0);
});

test('a folder that is gone is an error, not an exception', async (t) => {
  assert.ok((await open(new Spool(join(temporaryFolder(t), 'gone'), 10))) instanceof Error);
});
