// What a client did, or an app made it able to do, that once went wrong.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { descendants } from '../helpers/processes.ts';

function gatewayOf(pid: number): number {
  const name = (child: number) => readFileSync(`/proc/${child}/comm`, 'utf8');
  const found = descendants(pid).find((child) => name(child).startsWith('licorne: gatewa'));
  assert.ok(found !== undefined, 'there is a gateway');
  return found;
}

/** Resident memory of the gateway, MiB. */
function gatewayMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${gatewayOf(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

test('a client that sends requests ahead and reads nothing is not answered without end', async (t) => {
  const server = await servePlain(t, 'download', ['--write-timeout', '1']);
  await (await fetch(`${server.url}/?bytes=250000`)).arrayBuffer();
  const before = gatewayMebibytes(server.pid);
  const client = new RawClient(server);
  client.socket.pause();
  client.send('GET /?bytes=250000&length HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000));
  await server.waitForLog(/took nothing of its response/, 20_000);
  const grown = gatewayMebibytes(server.pid) - before;
  assert.ok(grown < 60, `grew by ${grown} MiB`);
  client.close();
});

test('requests sent ahead are all answered when the client reads', async (t) => {
  const server = await servePlain(t, 'download');
  const client = new RawClient(server);
  client.send('GET /?bytes=250000&length HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50));
  for (let i = 0; i < 50; i += 1) assert.equal((await client.read()).body.length, 250_000);
  client.close();
});

test('a body in chunks of one byte costs about its bytes', async (t) => {
  const server = await servePlain(t, 'upload_hash');
  await fetch(server.url, { method: 'POST', body: 'warm' });
  const before = gatewayMebibytes(server.pid);
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const clients = Array.from({ length: 20 }, () => new RawClient(server));
  for (const client of clients) client.send(head + '1\r\nx\r\n'.repeat(60_000));
  // A request behind them on the same loop: what was sent before has been read by then.
  for (let i = 0; i < 5; i += 1) await fetch(server.url, { method: 'POST', body: 'x' });
  const grown = gatewayMebibytes(server.pid) - before;
  assert.ok(grown < 80, `grew by ${grown} MiB`);
  for (const client of clients) client.send('0\r\n\r\n');
  for (const client of clients) assert.match((await client.read()).text, /"size": 60000/);
  for (const client of clients) client.close();
});

test('bodies of every size arrive, whatever may be kept in memory', async (t) => {
  for (const memory of ['1k', '64k', '1m']) {
    const server = await servePlain(t, 'upload_hash', ['--body-memory-bytes', memory]);
    for (const size of [1, 1024, 65_537, 262_145, 400_000, 900_000, 2_000_000]) {
      const response = await fetch(server.url, { method: 'POST', body: 'x'.repeat(size) });
      assert.equal(((await response.json()) as { size: number }).size, size);
    }
    await server.stop();
  }
});

for (const [name, request] of [
  ['Connection: close', 'GET /?bytes=4000000&length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ['HTTP/1.0', 'GET /?bytes=4000000 HTTP/1.0\r\n\r\n'],
] as const) {
  test(`a slow reader gets all of its last response (${name})`, async (t) => {
    const server = await servePlain(t, 'download');
    const client = new RawClient(server);
    // About 600 kB a second: longer than the time to linger, so that what is owed must not count into it.
    client.socket.on('data', () => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 100);
    });
    client.send(request);
    const answer = await client.read({ withinMs: 60_000 });
    assert.equal(answer.body.length, 4_000_000);
    client.close();
  });
}

test('an app cannot end its response with an interim status', async (t) => {
  const server = await servePlain(t, 'status');
  for (const status of ['100', '101', '103', '199']) {
    const client = new RawClient(server);
    client.send(`GET /${status} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal((await client.read()).status, 500, status);
    client.close();
  }
});

test('a request head that grows beyond a frame on its way costs nobody else anything', async (t) => {
  const server = await servePlain(t, 'slow', ['--threads', '2', '--header-bytes-max', '1m']);
  const running = fetch(`${server.url}/?seconds=1`);
  await server.waitForLog(/begins to sleep/);
  const answer = await rawRequest(
    server,
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'\xff'.repeat(700_000)}\r\n\r\n`,
  );
  assert.equal(answer.status, 431);
  assert.equal((await running).status, 200);
  assert.equal((await fetch(server.url)).status, 200);
});

test('a run directory that holds other things keeps them, and its mode', async (t) => {
  const folder = join(temporaryFolder(t), 'run');
  mkdirSync(join(folder, 'spool'), { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, 'spool', 'letter'), 'mine');
  const first = await servePlain(t, 'hello', ['--run-dir', folder]);
  const second = await servePlain(t, 'slow', ['--run-dir', folder]);
  const greeting = await (await fetch(first.url)).text();
  // A new gateway links to its workers anew: in a shared folder it once found those of the other server.
  const gateway = gatewayOf(first.pid);
  process.kill(gateway, 'SIGKILL');
  await first.waitForLog(/Gateway 0 \(pid \d+\) was killed/);
  assert.notEqual(await (await fetch(second.url)).text(), greeting);
  assert.equal(await (await fetch(first.url)).text(), greeting);
  await second.stop();
  assert.equal((await fetch(first.url)).status, 200);
  await first.stop();
  assert.equal(readFileSync(join(folder, 'spool', 'letter'), 'utf8'), 'mine');
  assert.equal(statSync(folder).mode & 0o777, 0o755);
  assert.ok(existsSync(folder));
});
