// Many files, large files, slow readers: what they may cost.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import { gatewayMebibytes, procSkip, put, request, serveSite } from './static-site.ts';

/** A file with holes: as long as it says, and nearly nothing on the disk. */
function sparse(path: string, bytes: number, tail = ''): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  if (tail) writeSync(file, tail, bytes - tail.length);
  closeSync(file);
}

test('the end of a file of 5 GB can be asked for, and its download resumed', async (t) => {
  const size = 5_000_000_000;
  const site = await serveSite(t, {
    prepare: (folder) => sparse(join(folder, 'public', 'huge.bin'), size, 'the very end'),
  });
  const head = await site.get('/static/huge.bin', {}, 'HEAD');
  assert.equal(head.header('content-length'), String(size));
  const etag = head.header('etag') ?? '';
  const tail = await site.get('/static/huge.bin', { Range: 'bytes=-12' });
  assert.equal(tail.status, 206);
  assert.equal(tail.header('content-range'), `bytes ${size - 12}-${size - 1}/${size}`);
  assert.equal(tail.text, 'the very end');
  const rest = await site.get('/static/huge.bin', { Range: `bytes=${size - 1_000_000}-`, 'If-Range': etag });
  assert.equal(rest.status, 206);
  assert.equal(rest.body.length, 1_000_000);
  assert.ok(rest.text.endsWith('the very end'));
  const middle = await site.get('/static/huge.bin', { Range: `bytes=${2 ** 32 - 5}-${2 ** 32 + 4}` });
  assert.equal(middle.body.length, 10);
  const several = await site.get('/static/huge.bin', { Range: `bytes=0-9,${size - 12}-` });
  assert.equal(several.status, 206);
  assert.match(several.text, /the very end/);
  // A download that is broken off at its beginning leaves the server at its ease.
  const client = new RawClient(site);
  client.send('GET /static/huge.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.readSome();
  client.close();
  assert.equal((await site.get('/static/huge.bin', { Range: 'bytes=0-0' })).status, 206);
});

test('slow readers of large files cost little memory and hold up nobody', { skip: procSkip }, async (t) => {
  const site = await serveSite(t, {
    files: { 'small.css': 'a{}' },
    prepare: (folder) => {
      for (let i = 0; i < 10; i++) sparse(join(folder, 'public', `large${i}.bin`), 1_000_000_000);
    },
  });
  await site.get('/static/small.css');
  const before = gatewayMebibytes(site);
  const slow = Array.from({ length: 40 }, () => new RawClient(site));
  for (const [i, client] of slow.entries()) {
    client.send(`GET /static/large${i % 10}.bin HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.readSome();
    client.socket.pause();
  }
  for (let i = 0; i < 50; i++) assert.equal((await site.get('/static/small.css')).text, 'a{}');
  const grown = gatewayMebibytes(site) - before;
  assert.ok(grown < 60, `the gateway grew by ${grown.toFixed(0)} MiB`);
  for (const client of slow) client.close();
});

test('a quick reader of a large file leaves room for the others', async (t) => {
  const site = await serveSite(t, {
    files: { 'small.css': 'a{}' },
    prepare: (folder) => sparse(join(folder, 'public', 'large.bin'), 1_500_000_000),
  });
  const received = { bytes: 0 };
  const client = new RawClient(site);
  client.socket.removeAllListeners('data');
  client.socket.on('data', (chunk: Buffer) => {
    received.bytes += chunk.length;
  });
  client.send('GET /static/large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  const times: number[] = [];
  const deadline = Date.now() + 30_000;
  while (received.bytes < 1_500_000_000 && Date.now() < deadline) {
    const began = performance.now();
    assert.equal((await site.get('/static/small.css')).text, 'a{}');
    times.push(performance.now() - began);
  }
  client.close();
  assert.ok(received.bytes > 1_500_000_000, `${received.bytes} bytes came`);
  times.sort((a, b) => a - b);
  const middle = times[Math.floor(times.length / 2)] ?? 0;
  assert.ok(times.length >= 10, `only ${times.length} small files were answered meanwhile`);
  assert.ok(middle < 150, `a small file took ${middle.toFixed(0)} ms`);
});

test('100,000 files make neither the start nor memory grow', { skip: procSkip }, async (t) => {
  const count = 100_000;
  const site = await serveSite(t, {
    args: ['--static-cache-bytes', '8m'],
    prepare: (folder) => {
      for (let i = 0; i < count; i += 1000) mkdirSync(join(folder, 'public', `${i / 1000}`));
      for (let i = 0; i < count; i++)
        writeFileSync(join(folder, 'public', `${Math.floor(i / 1000)}`, `${i}.txt`), `${i}`);
    },
  });
  await site.get('/static/0/0.txt');
  const start = gatewayMebibytes(site);
  const client = new RawClient(site);
  // A quarter of the files, and as many names that are not there; then another quarter.
  const ask = async (offset: number) => {
    for (let first = offset; first < count; first += 800) {
      const numbers = Array.from({ length: 200 }, (_, i) => first + 4 * i);
      const paths = numbers.flatMap((i) => [`${Math.floor(i / 1000)}/${i}.txt`, `none/${i}.txt`]);
      client.send(paths.map((path) => `GET /static/${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
      for (const i of numbers) {
        assert.equal((await client.read()).text, `${i}`);
        assert.equal((await client.read()).status, 404);
      }
    }
  };
  await ask(0);
  const half = gatewayMebibytes(site);
  assert.ok(half - start < 120, `the gateway grew by ${(half - start).toFixed(0)} MiB`);
  await ask(1);
  const grown = gatewayMebibytes(site) - half;
  client.close();
  assert.ok(grown < 25, `the gateway went on to grow, by ${grown.toFixed(0)} MiB`);
});

test('a file is sent whatever its length, memory or not', async (t) => {
  const sizes = [0, 1, 255, 256, 16_383, 65_535, 65_536, 65_537, 262_145, 1_048_576, 1_048_577, 3_000_001];
  const site = await serveSite(t, {
    args: ['--static-cache-bytes', '2m', '--static-file-bytes-max', '1m'],
    prepare: (folder) => {
      for (const size of sizes) put(folder, `public/${size}.bin`, Buffer.alloc(size, `${size}`));
    },
  });
  for (let round = 0; round < 3; round++) {
    for (const size of sizes) {
      const answer = await site.get(`/static/${size}.bin`);
      assert.ok(answer.body.equals(Buffer.alloc(size, `${size}`)), `${size} in round ${round}`);
    }
  }
});

test('with no memory for files they are served all the same', async (t) => {
  const site = await serveSite(t, {
    args: ['--static-cache-bytes', '0'],
    files: { 'a.css': 'a'.repeat(5_000), 'b.bin': Buffer.alloc(400_000, 'b') },
  });
  for (let round = 0; round < 3; round++) {
    assert.equal((await site.get('/static/a.css')).body.length, 5_000);
    assert.equal((await site.get('/static/a.css', { 'Accept-Encoding': 'gzip' })).status, 200);
    assert.equal((await site.get('/static/b.bin', { Range: 'bytes=5-9' })).text, 'bbbbb');
  }
});

test('hundreds of clients at once get what they asked for', async (t) => {
  const names = Array.from({ length: 100 }, (_, i) => `${i}.txt`);
  const site = await serveSite(t, {
    files: Object.fromEntries(names.map((name, i) => [name, name.repeat(i * 50)])),
  });
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, i) => request(site, `/static/${names[i % 100]}`)),
  );
  for (const [i, answer] of answers.entries())
    assert.equal(answer.text, (names[i % 100] ?? '').repeat((i % 100) * 50));
});
