// Files that change while the server runs, and while they are being sent.
import assert from 'node:assert/strict';
import {
  closeSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import { eventually, gatewayOf, procSkip, put, serveSite } from './static-site.ts';

/** A change is seen within a second; the rest is for a busy machine. */
const SEEN_MS = 1_900;

test('a file that is replaced, rewritten, removed or made is seen within a second', async (t) => {
  const site = await serveSite(t, { files: { 'a.css': 'first' } });
  const path = join(site.files, 'a.css');
  const becomes = (status: number, text: string) =>
    eventually(SEEN_MS, async () => {
      const answer = await site.get('/static/a.css');
      assert.equal(answer.status, status);
      if (status === 200) assert.equal(answer.text, text);
      return answer;
    });
  const first = await becomes(200, 'first');
  put(site.folder, 'next', 'second');
  renameSync(join(site.folder, 'next'), path); // as a deploy does it
  const second = await becomes(200, 'second');
  assert.notEqual(second.header('etag'), first.header('etag'));
  writeFileSync(path, 'third, in place');
  await becomes(200, 'third, in place');
  rmSync(path);
  await becomes(404, '');
  writeFileSync(path, 'fourth');
  await becomes(200, 'fourth');
  // Same length, same time to the second: only what lies below the second tells.
  const now = Math.floor(Date.now() / 1000) - 10;
  writeFileSync(path, 'aaaaaa');
  utimesSync(path, now, now);
  await becomes(200, 'aaaaaa');
  put(site.folder, 'next', 'bbbbbb');
  utimesSync(join(site.folder, 'next'), now, now + 0.5);
  renameSync(join(site.folder, 'next'), path);
  await becomes(200, 'bbbbbb');
});

test('a file that is asked for all the time is seen to change as well', async (t) => {
  const site = await serveSite(t, { files: { 'hot.css': 'x'.repeat(5_000) } });
  const client = new RawClient(site);
  let changedAt = 0;
  for (const started = Date.now(); ; ) {
    client.send('GET /static/hot.css HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await client.read();
    const content = new Set(answer.text);
    assert.equal(content.size, 1, 'an answer is of one version');
    if (changedAt === 0 && Date.now() - started > 300) {
      put(site.folder, 'next', 'y'.repeat(6_000));
      renameSync(join(site.folder, 'next'), join(site.files, 'hot.css'));
      changedAt = Date.now();
    }
    if (content.has('y')) break;
    assert.ok(changedAt === 0 || Date.now() - changedAt < SEEN_MS, 'the old file is still served');
  }
  client.close();
});

test('the compressed form of a file that changes is made anew', async (t) => {
  const site = await serveSite(t, { files: { 'a.css': 'x'.repeat(5_000) } });
  const headers = { 'Accept-Encoding': 'gzip' };
  const first = await site.get('/static/a.css', headers);
  assert.equal(first.header('content-encoding'), 'gzip');
  put(site.files, 'a.css', 'y'.repeat(5_000));
  await eventually(SEEN_MS, async () => {
    const answer = await site.get('/static/a.css', headers);
    assert.notEqual(answer.header('etag'), first.header('etag'));
    assert.ok(!answer.body.equals(first.body));
  });
});

test('a release that is switched by a link is seen within a second', async (t) => {
  const site = await serveSite(t, {
    prepare: (folder) => {
      put(folder, 'releases/1/a.txt', 'release 1');
      put(folder, 'releases/2/a.txt', 'release 2');
      symlinkSync('releases/1', join(folder, 'current'));
    },
    more: '[[site.location]]\npath = "/current/"\nstatic = "current"\n',
  });
  assert.equal((await site.get('/current/a.txt')).text, 'release 1');
  symlinkSync('releases/2', join(site.folder, 'next'));
  renameSync(join(site.folder, 'next'), join(site.folder, 'current'));
  await eventually(SEEN_MS, async () => assert.equal((await site.get('/current/a.txt')).text, 'release 2'));
});

test('a file cut off while it is sent ends the connection, and nothing else is sent in its place', async (t) => {
  const size = 60_000_000;
  const site = await serveSite(t, {
    prepare: (folder) => put(folder, 'public/big.bin', Buffer.alloc(size, 'x')),
  });
  const client = new RawClient(site);
  client.send(
    'GET /static/big.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /static/big.bin HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  const received = [await client.readSome()];
  client.socket.pause();
  truncateSync(join(site.files, 'big.bin'), 1_000_000);
  client.socket.resume();
  received.push(await client.readToEnd(20_000));
  const all = Buffer.concat(received);
  const body = all.subarray(all.indexOf('\r\n\r\n') + 4);
  assert.match(all.toString('latin1', 0, 300), /^Content-Length: 60000000\r$/im);
  assert.ok(body.length < size, `${body.length} bytes came`);
  assert.equal(
    body.findIndex((byte) => byte !== 0x78),
    -1,
    'only bytes of the file came',
  );
  await site.waitForLog(/big\.bin/);
});

test('a file that grows while it is sent is sent as long as it was', async (t) => {
  const size = 30_000_000;
  const site = await serveSite(t, {
    prepare: (folder) => put(folder, 'public/log.bin', Buffer.alloc(size, 'x')),
  });
  const client = new RawClient(site);
  client.send('GET /static/log.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  client.socket.pause();
  const file = openSync(join(site.files, 'log.bin'), 'a');
  writeSync(file, 'y'.repeat(100_000));
  closeSync(file);
  client.socket.resume();
  const answer = await client.read({ withinMs: 30_000 });
  assert.ok([size, size + 100_000].includes(answer.body.length), `${answer.body.length}`);
  client.send('GET /static/log.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await client.read({ withinMs: 30_000 })).status, 200, 'the connection goes on');
  client.close();
});

test('a file that is replaced while it is sent is sent to its end as it was', async (t) => {
  const size = 30_000_000;
  const site = await serveSite(t, {
    prepare: (folder) => put(folder, 'public/big.bin', Buffer.alloc(size, 'x')),
  });
  const client = new RawClient(site);
  client.send('GET /static/big.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  const some = await client.readSome();
  client.socket.pause();
  put(site.folder, 'next', Buffer.alloc(size, 'y'));
  renameSync(join(site.folder, 'next'), join(site.files, 'big.bin'));
  client.socket.resume();
  let count = some.length;
  let last = some;
  const headLength = some.indexOf('\r\n\r\n') + 4;
  while (count < headLength + size) {
    last = await client.readSome();
    assert.ok(!last.includes('y'));
    count += last.length;
  }
  client.close();
});

test('clients that leave in the middle of a file leave no descriptor open', { skip: procSkip }, async (t) => {
  const site = await serveSite(t, {
    prepare: (folder) => put(folder, 'public/big.bin', Buffer.alloc(40_000_000)),
  });
  const gateway = gatewayOf(site);
  const open = () =>
    readdirSync(`/proc/${gateway}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${gateway}/fd/${fd}`).startsWith(site.files);
      } catch {
        return false;
      }
    }).length;
  for (let i = 0; i < 60; i++) {
    const client = new RawClient(site);
    client.send('GET /static/big.bin HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.readSome();
    client.close();
  }
  await eventually(5_000, async () => assert.ok(open() <= 1, `${open()} descriptors are open`));
  rmSync(join(site.files, 'big.bin'));
  // A file that was removed does not occupy the disk for ever.
  await eventually(15_000, async () => {
    // Without its bytes: to read them takes longer than all the rest.
    await site.get('/static/big.bin', {}, 'HEAD');
    assert.equal(open(), 0);
  });
});
