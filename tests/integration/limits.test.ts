// Slow, greedy and vanishing clients: what each may hold, and for how long.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { download, GIGABYTE, peakMebibytes, upload } from '../helpers/gigabyte.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a request head that takes too long gets 408', async (t) => {
  const server = await servePlain(t, 'hello', ['--header-timeout', '1']);
  const client = new RawClient(server);
  client.send('GET / HTTP/1.1\r\n');
  const drip = setInterval(() => client.send('X: y\r\n'), 100);
  t.after(() => clearInterval(drip));
  assert.equal((await client.read()).status, 408);
  clearInterval(drip);
  assert.ok(await client.closed());
});

test('a connection on which nothing is ever sent is closed', async (t) => {
  const server = await servePlain(t, 'hello', ['--header-timeout', '1']);
  assert.ok(await new RawClient(server).closed(5_000));
});

test('an idle keep-alive connection is closed after keepalive_timeout', async (t) => {
  const server = await servePlain(t, 'hello', ['--keepalive-timeout', '1']);
  const client = new RawClient(server);
  client.send(GET);
  assert.equal((await client.read()).status, 200);
  assert.ok(await client.closed(5_000));
});

test('a request body that pauses too long gets 408 and no worker ever sees it', async (t) => {
  const server = await servePlain(t, 'slow', ['--body-timeout', '1', '--access-log', '-']);
  const client = new RawClient(server);
  client.send('POST /?seconds=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
  assert.equal((await client.read()).status, 408);
  assert.ok(await client.closed());
  assert.doesNotMatch(server.output.stderr, /begins to sleep/);
  await server.waitForLog(/"POST \/\?seconds=1 HTTP\/1\.1" 408/);
});

test('a request body below the minimum rate gets 408', async (t) => {
  const server = await servePlain(t, 'upload_hash', ['--body-rate-min', '1000', '--body-rate-grace', '1']);
  const client = new RawClient(server);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
  const drip = setInterval(() => client.send('x'), 50);
  t.after(() => clearInterval(drip));
  assert.equal((await client.read()).status, 408);
  clearInterval(drip);
});

test('slow uploads occupy no worker', async (t) => {
  const server = await servePlain(t, 'upload_hash');
  const slow = Array.from({ length: 50 }, () => new RawClient(server));
  for (const client of slow) client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
  assert.equal((await rawRequest(server, GET)).status, 200);
  for (const client of slow) client.send('def');
  for (const client of slow) assert.match((await client.read()).text, /"size": 6/);
  for (const client of slow) client.close();
});

test('a body above body_bytes_max gets 413, by its Content-Length before a byte of it is read', async (t) => {
  const server = await servePlain(t, 'upload_hash', ['--body-bytes-max', '1k']);
  const early = new RawClient(server);
  early.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1025\r\n\r\n');
  const informational: never[] = [];
  assert.equal((await early.read({ informational })).status, 413);
  assert.equal(informational.length, 0);
  const chunked = new RawClient(server);
  chunked.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  chunked.send(`300\r\n${'x'.repeat(0x300)}\r\n300\r\n${'x'.repeat(0x300)}\r\n0\r\n\r\n`);
  assert.equal((await chunked.read()).status, 413);
  assert.ok(await chunked.closed());
  const fits = await fetch(server.url, { method: 'POST', body: 'x'.repeat(1024) });
  assert.equal(fits.status, 200);
});

test('100 Continue is sent when the body is wanted, and other expectations get 417', async (t) => {
  const server = await servePlain(t, 'upload_hash');
  const client = new RawClient(server);
  client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  assert.equal((await client.readSome()).toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  client.send('abc');
  assert.match((await client.read()).text, /"size": 3/);
  const other = await rawRequest(
    server,
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 3\r\n\r\n',
  );
  assert.equal(other.status, 417);
});

test('a client that takes nothing of its response is closed after write_timeout, and its worker is free', async (t) => {
  const server = await servePlain(t, 'download', ['--write-timeout', '1']);
  const client = new RawClient(server);
  client.socket.pause();
  client.send('GET /?bytes=200000000 HTTP/1.1\r\nHost: a\r\n\r\n');
  await server.waitForLog(/it took nothing of its response/, 20_000);
  const next = await fetch(`${server.url}/?bytes=10`);
  assert.equal((await next.arrayBuffer()).byteLength, 10);
  client.close();
});

/** More than the sockets of both sides hold. */
const LARGE = 30_000_000;

for (const [what, more] of [
  ['a length', '&length'],
  ['no length', ''],
] as const)
  test(`slow readers of responses with ${what} occupy no thread, and get all of it`, async (t) => {
    const server = await servePlain(t, 'download', ['--workers', '1', '--threads', '1']);
    const slow = Array.from({ length: 3 }, () => new RawClient(server));
    for (const client of slow) {
      client.socket.pause();
      client.send(`GET /?bytes=${LARGE}${more} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      // Each is answered by the one thread.
      assert.equal((await rawRequest(server, GET.replace('/ ', '/?bytes=6&length '))).status, 200);
    }
    const block = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, i) => i % 256));
    const whole = Buffer.concat(
      Array.from({ length: Math.ceil(LARGE / block.length) }, () => block),
      LARGE,
    );
    for (const client of slow) {
      client.socket.resume();
      const { status, body } = await client.read();
      assert.equal(status, 200);
      assert.ok(body.equals(whole), `${body.length} bytes`);
    }
  });

for (const [what, args, more] of [
  ['without response_spool_bytes', ['--response-spool-bytes', '0'], ''],
  ['that reads a stream of events', [], '&events'],
] as const)
  test(`the app waits for a slow reader ${what}`, async (t) => {
    const one = ['--workers', '1', '--threads', '1', '--queue-timeout', '1'];
    const server = await servePlain(t, 'download', [...args, ...one]);
    const slow = new RawClient(server);
    slow.send(`GET /?bytes=${2 * LARGE}${more} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await slow.readSome();
    slow.socket.pause();
    assert.equal((await rawRequest(server, GET)).status, 503);
    slow.close();
  });

test('a slow reader that takes something now and then is not closed', async (t) => {
  const server = await servePlain(t, 'download', ['--write-timeout', '3']);
  const client = new RawClient(server);
  let received = 0;
  const total = 30_000_000;
  const done = new Promise<void>((resolve, reject) => {
    client.socket.on('data', (chunk) => {
      received += chunk.length;
      client.socket.pause();
      setTimeout(() => client.socket.resume(), received < 2_000_000 ? 40 : 0);
      if (received >= total) resolve();
    });
    client.socket.on('close', () => reject(new Error(`closed after ${received} bytes`)));
  });
  client.send(`GET /?bytes=${total}&length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await done;
});

test('beyond queue_max requests get 503 with Retry-After, beyond queue_timeout as well', async (t) => {
  const server = await servePlain(t, 'slow', ['--queue-max', '2', '--queue-timeout', '1']);
  const running = fetch(`${server.url}/?seconds=2.5`);
  await server.waitForLog(/begins to sleep/);
  const waiting = [fetch(server.url), fetch(server.url)];
  // The two are in the queue once the third is turned away; it may itself be one of the first two.
  const third = await Promise.race([fetch(server.url), ...waiting]);
  assert.equal(third.status, 503);
  assert.equal(third.headers.get('retry-after'), '1');
  const statuses = (await Promise.all(waiting)).map((response) => response.status);
  assert.ok(
    statuses.every((status) => status === 503),
    statuses.join(' '),
  );
  assert.equal((await running).status, 200);
  await server.waitForLog(/waited too long/);
  assert.equal((await fetch(server.url)).status, 200);
});

test('a request whose client left while it waited is never started', async (t) => {
  const server = await servePlain(t, 'slow', ['--access-log', '-']);
  const running = fetch(`${server.url}/?seconds=1`);
  await server.waitForLog(/begins to sleep/);
  const leaver = new RawClient(server);
  await new Promise((sent) => leaver.socket.write('GET /?seconds=9 HTTP/1.1\r\nHost: a\r\n\r\n', sent));
  const behind = fetch(server.url);
  leaver.close();
  await server.waitForLog(/GET \/\?seconds=9 HTTP\/1\.1" 499/);
  assert.equal((await running).status, 200);
  assert.equal((await behind).status, 200);
  assert.equal(server.output.stderr.match(/begins to sleep/g)?.length, 1);
});

test('1,000 idle connections stay open while others are served', async (t) => {
  const server = await servePlain(t, 'hello');
  const idle = Array.from({ length: 1000 }, () => new RawClient(server));
  for (const client of idle) client.send(GET);
  for (const client of idle) assert.equal((await client.read()).status, 200);
  for (let i = 0; i < 100; i += 1) assert.equal((await fetch(server.url)).status, 200);
  for (const client of idle) client.send(GET);
  for (const client of idle) {
    assert.equal((await client.read()).status, 200);
    client.close();
  }
});

test('beyond connections_max the longest idle connection makes room, and without one there is 503', async (t) => {
  const server = await servePlain(t, 'slow', ['--connections-max', '2', '--threads', '2']);
  const first = new RawClient(server);
  first.send(GET);
  assert.equal((await first.read()).status, 200);
  const busy = [new RawClient(server), new RawClient(server)];
  for (const client of busy) client.send('GET /?seconds=1 HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.ok(await first.closed());
  await server.waitForLog(/begins to sleep[^]*begins to sleep/);
  assert.equal((await rawRequest(server, GET)).status, 503);
  for (const client of busy) assert.equal((await client.read()).status, 200);
  for (const client of busy) client.close();
});

test('beyond connections_max whoever has taken longest over a request head makes room', async (t) => {
  const server = await servePlain(t, 'hello', ['--connections-max', '3', '--gateways', '1']);
  const slow: RawClient[] = [];
  // On a new connection, on one that has asked before, and nothing at all.
  for (const begun of ['GET / HT', `${GET}GET / HT`, '']) {
    const client = new RawClient(server);
    await once(client.socket, 'connect');
    client.send(begun);
    if (begun.startsWith(GET)) assert.equal((await client.read()).status, 200);
    slow.push(client);
  }
  assert.equal((await rawRequest(server, GET)).status, 200);
  assert.ok(await slow[0]?.closed());
  slow[1]?.send('TP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await slow[1]?.read())?.status, 200);
  for (const client of slow) client.close();
});

test('a download of 1 GB keeps the memory of gateway and worker flat', async (t) => {
  const server = await servePlain(t, 'download');
  await (await fetch(`${server.url}/?bytes=1000`)).arrayBuffer();
  const before = peakMebibytes(server.pid);
  assert.equal(await download(server), GIGABYTE);
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 150, `grew by ${grown} MiB`);
});

for (const [name, args] of [
  ['through the disk', []],
  ['streamed when the disk quota is used up', ['--spool-bytes-max', '1m']],
] as const) {
  test(`an upload of 1 GB keeps the memory of gateway and worker flat, ${name}`, async (t) => {
    const server = await servePlain(t, 'upload_hash', args);
    await fetch(server.url, { method: 'POST', body: 'warm' });
    const before = peakMebibytes(server.pid);
    assert.match(await upload(server), new RegExp(`"size": ${GIGABYTE}`));
    const grown = peakMebibytes(server.pid) - before;
    assert.ok(grown < 150, `grew by ${grown} MiB`);
  });
}
