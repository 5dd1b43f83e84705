// What an ASGI application is promised beyond single requests: its start and end, its loop, its limits, and flat memory.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { download, GIGABYTE, peakMebibytes, upload } from '../helpers/gigabyte.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const MODES = 'lifespan_modes';

function argumentsFor(name: string, args: readonly string[], target = 'app:application'): string[] {
  return [
    ...[target, '-b', '127.0.0.1:0', '--chdir', join(apps, 'asgi', name)],
    ...['--pythonpath', join(apps, 'asgi'), '--python', venvPython(), ...args],
  ];
}

function serve(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  target?: string,
): Promise<Server> {
  return startLicorne(t, argumentsFor(name, args, target), { env });
}

async function textOf(server: Server, path = '/'): Promise<string> {
  return (await fetch(server.url + path)).text();
}

test('the lifespan starts before the first request, gives its state to each, and ends after the last', async (t) => {
  const server = await serve(t, MODES, ['--loop', 'asyncio']);
  assert.match(server.output.stderr, /started up/);
  assert.equal(await textOf(server), "[('pool', 'open')] asyncio");
  const last = textOf(server, '/sleep?0.5');
  await server.waitForLog(/sleeping/);
  const stopped = server.stop();
  assert.match(await last, /pool/);
  assert.equal((await stopped).code, 0);
  assert.equal(server.output.stderr.match(/shut down/g)?.length, 1);
});

test('with lifespan auto an application that does not know it is served', async (t) => {
  const server = await serve(t, MODES, [], { LIFESPAN_HOW: 'unknown' });
  assert.match(await textOf(server), /^\[\]/);
  assert.doesNotMatch(server.output.stderr, /only http is known/);
});

test('with lifespan off it is not told', async (t) => {
  const server = await serve(t, MODES, ['--lifespan', 'off'], { LIFESPAN_HOW: 'fails' });
  assert.match(await textOf(server), /^\[\]/);
});

for (const [how, args, said] of [
  ['fails', [], /The application failed to start: the database is away/],
  ['unknown', ['--lifespan', 'on'], /AssertionError: only http is known here/],
  ['raises', ['--lifespan', 'on'], /RuntimeError: raised in startup/],
] as const) {
  test(`a lifespan that ${how} (${args.join(' ') || 'auto'}) is a failed start: exit code 3 and the reason`, async (t) => {
    const server = launchLicorne(t, argumentsFor(MODES, args), { env: { LIFESPAN_HOW: how } });
    await server.waitForLog(said);
    assert.equal((await server.ended).code, 3);
    assert.doesNotMatch(server.output.stdout + server.output.stderr, /Listening on/);
  });
}

test('a lifespan that hangs is a failed start after boot_timeout', async (t) => {
  const server = launchLicorne(t, argumentsFor(MODES, ['--boot-timeout', '1']), {
    env: { LIFESPAN_HOW: 'hangs' },
  });
  assert.notEqual((await server.ended).code, 0);
  // Where it awaits, though no thread is at work.
  assert.match(server.output.stderr, /\(boot_timeout\)[^]*The task [^]*app\.py", line \d+ in lifespan/);
});

test('a shutdown that hangs ends at the deadline', async (t) => {
  const server = await serve(t, MODES, ['--graceful-timeout', '1'], { LIFESPAN_HOW: 'hangs at the end' });
  const before = Date.now();
  await server.stop();
  assert.ok(Date.now() - before < 8_000);
  assert.doesNotMatch(server.output.stderr, /shut down/);
});

test('a request that is longer than the time to stop is cancelled, and the lifespan still ends', async (t) => {
  const server = await serve(t, MODES, ['--graceful-timeout', '1']);
  const asked = fetch(`${server.url}/sleep?60`).catch(() => null);
  await server.waitForLog(/sleeping/);
  const before = Date.now();
  await server.stop();
  await asked;
  assert.ok(Date.now() - before < 8_000);
  await server.waitForLog(/cancelled/);
  assert.match(server.output.stderr, /shut down/);
});

test('the loop is the one that is asked for, or the start fails', async (t) => {
  const server = await serve(t, MODES, ['--loop', 'asyncio']);
  assert.match(await textOf(server), / asyncio$/);
  const other = launchLicorne(t, argumentsFor(MODES, ['--loop', 'uvloop']));
  await other.waitForLog(/Listening on|The event loop uvloop cannot be imported/);
  if (other.output.stdout.includes('Listening')) {
    const url = /Listening on (\S+)/.exec(other.output.stdout)?.[1];
    assert.match(await (await fetch(String(url))).text(), / uvloop$/);
  } else assert.equal((await other.ended).code, 3);
});

test('factories and ASGI 2 applications are found for what they are', async (t) => {
  const made = await serve(t, 'asgi2', [], {}, 'app:make("made here")');
  assert.equal(await textOf(made), 'made here');
  const old = await serve(t, 'asgi2');
  assert.match(old.output.stdout, /\(ASGI\)/);
  assert.equal(await textOf(old, '/x'), 'ASGI 2 at /x');
});

test('beyond limit_concurrency requests get 503 with Retry-After, and soon after they are served again', async (t) => {
  const server = await serve(t, MODES, ['--limit-concurrency', '2']);
  const running = [textOf(server, '/sleep?0.7'), textOf(server, '/sleep?0.7')];
  await server.waitForLog(/sleeping[^]*sleeping/);
  const refused = await rawRequest(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(refused.status, 503);
  assert.equal(refused.header('retry-after'), '1');
  await Promise.all(running);
  assert.equal((await fetch(server.url)).status, 200);
});

test('hundreds of requests that wait keep nobody else waiting', async (t) => {
  const server = await serve(t, MODES);
  const waiting = Array.from({ length: 500 }, () => new RawClient(server));
  for (const client of waiting) client.send('GET /sleep?30 HTTP/1.1\r\nHost: a\r\n\r\n');
  // The worker reads them in their order, so that all have begun when the last of them has.
  const last = new RawClient(server);
  last.send('GET /sleep?0.1 HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match((await last.read()).text, /pool/);
  for (let i = 0; i < 20; i += 1) assert.match(await textOf(server), /pool/);
  for (const client of [...waiting, last]) client.close();
});

test('a download of 1 GB keeps the memory of gateway and worker flat', async (t) => {
  const server = await serve(t, 'download');
  await (await fetch(`${server.url}/?bytes=1000`)).arrayBuffer();
  const before = peakMebibytes(server.pid);
  assert.equal(await download(server), GIGABYTE);
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 100, `grew by ${grown} MiB`);
});

test('an upload of 1 GB keeps the memory of gateway and worker flat', async (t) => {
  const server = await serve(t, 'upload_hash');
  await fetch(server.url, { method: 'POST', body: 'warm' });
  const before = peakMebibytes(server.pid);
  assert.match(await upload(server), new RegExp(`"size": ${GIGABYTE}`));
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 100, `grew by ${grown} MiB`);
});

test('an app that does not read its body stops the client', async (t) => {
  const server = await serve(t, 'life');
  await fetch(`${server.url}/asks`, { method: 'POST', body: 'warm' });
  const before = peakMebibytes(server.pid);
  const client = new RawClient(server);
  client.send(`POST /streams?unread HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIGABYTE}\r\n\r\n`);
  const chunk = Buffer.alloc(1_000_000, 'x');
  let taken = true;
  for (let i = 0; i < 100 && taken; i += 1) taken = client.socket.write(chunk);
  assert.ok(!taken);
  assert.ok((await client.readSome()).length > 0, 'and it answers all the same');
  assert.ok(peakMebibytes(server.pid) - before < 50);
  client.close();
});
