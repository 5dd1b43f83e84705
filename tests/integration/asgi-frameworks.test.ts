import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import {
  assertContract,
  asyncDjangos,
  type AsyncFramework,
  asyncFrameworks,
  serveFramework,
} from '../helpers/frameworks.ts';
import { RawClient } from '../helpers/http.ts';
import type { Server } from '../helpers/server.ts';
import { venvSkip } from '../helpers/venv.ts';

for (const framework of [...asyncFrameworks, ...asyncDjangos]) {
  const title = framework.name === 'Django' ? framework.venv : framework.name;
  const skip = venvSkip(framework.venv);

  test(`${title} works over ASGI`, { skip }, async (t) => {
    const server = await serveFramework(t, framework, {
      args: ['--interface', 'auto', '--log-format', 'json'],
    });
    await assertContract(t, framework, server);
    for (const [sentence, assertion] of asyncContract) {
      await t.test(sentence, (sub) => assertion(sub, server, framework));
    }
  });

  test(`${title} works over ASGI with the event loop of asyncio and two workers`, { skip }, async (t) => {
    const server = await serveFramework(t, framework, { args: ['--loop', 'asyncio', '-w', '2'] });
    await assertContract(t, framework, server);
  });
}

type Assertion = (t: TestContext, server: Server, framework: AsyncFramework) => Promise<void>;

/** The last one stops the server. */
const asyncContract: [string, Assertion][] = [
  ['takes an upload of 5 MB', largeUpload],
  ['sends events as they are made, and stops when the client leaves', events],
  ['runs a background task after the answer', background],
  ['logs once what a view raised', raisedOnce],
  ['gives requests what the lifespan left for them', state],
  ['keeps a WebSocket', webSocket],
  ['ends open streams and WebSockets, runs the shutdown events and leaves with 0 when stopped', stops],
];

async function largeUpload(_t: TestContext, { url }: Server) {
  const bytes = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 7919) % 251));
  const data = new FormData();
  data.append('file', new Blob([bytes]), 'large.bin');
  const response = await fetch(`${url}/upload`, { method: 'POST', body: data });
  assert.deepEqual(await response.json(), {
    name: 'large.bin',
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
}

async function events(_t: TestContext, { port, waitForLog }: Server) {
  const client = await openEvents(port);
  client.close();
  await waitForLog(/the client of \/events has left/);
}

/** A client that has read the first three events. */
async function openEvents(port: number): Promise<RawClient> {
  const client = new RawClient({ port });
  client.send('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
  let text = '';
  while (!text.includes('data: 3\n\n')) {
    const some = await client.readSome();
    assert.notEqual(some.length, 0, text);
    text += some.toString('latin1');
  }
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /content-type: text\/event-stream/i);
  return client;
}

async function background(_t: TestContext, { url, waitForLog }: Server) {
  const response = await fetch(`${url}/background`, { method: 'POST' });
  await response.text();
  assert.equal(response.status, 202);
  await waitForLog(/background: a letter/);
}

async function raisedOnce(_t: TestContext, { port, output, waitForLog }: Server, { raises }: AsyncFramework) {
  const before = output.stderr.length; // the common contract has had it raised once, and a letter has been sent
  const client = new RawClient({ port });
  client.send('GET /raise?once HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await client.read()).status, 500);
  // An answer that was asked for later is logged later.
  client.send('POST /background HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  assert.equal((await client.read()).status, 202);
  client.close();
  await waitForLog(/(RuntimeError: raised on purpose[\s\S]*){2}background: a letter/);
  const log = output.stderr.slice(before);
  assert.equal(log.split('RuntimeError: raised on purpose').length - 1, 1, log);
  if (raises === 'server') {
    const entry = log.split('\n').find((line) => line.includes('raised on purpose')) ?? '';
    const { message, request_id } = JSON.parse(entry) as { message: string; request_id: string };
    assert.match(message, /GET \/raise\?once HTTP\/1\.1/);
    assert.match(request_id, /^\S{8,}$/);
  }
}

async function state(_t: TestContext, { url }: Server, { lifespan }: AsyncFramework) {
  if (!lifespan) return;
  assert.deepEqual(await (await fetch(`${url}/state`)).json(), { started: ['yes'] });
}

async function webSocket(_t: TestContext, server: Server, framework: AsyncFramework) {
  if (framework.webSocket === null) return refusesWebSocket(server);
  const socket = await openWebSocket(server);
  for (const text of ['hello', 'Zoë ✨', '', 'x'.repeat(100_000)]) {
    socket.send(text);
    const [data, binary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.deepEqual([data.toString('utf8'), binary], [text, false]);
  }
  if (framework.webSocket.includes('binary')) {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256));
    socket.send(bytes);
    const [data, binary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.equal(binary, true);
    assert.ok(bytes.equals(data));
  }
  socket.close(4321);
  assert.equal(((await once(socket, 'close')) as [number])[0], 4321);
  const known = framework.webSocket.includes('code');
  await server.waitForLog(known ? /the client of \/ws has left with 4321/ : /the client of \/ws has left/);
}

async function openWebSocket({ port }: Server): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(socket, 'open');
  return socket;
}

/** An application that knows no WebSockets ends the handshake, not the worker. */
async function refusesWebSocket({ url, port }: Server) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(error.message, /Unexpected server response: (403|500)/);
  assert.equal((await fetch(url)).status, 200);
}

async function stops(_t: TestContext, server: Server, framework: AsyncFramework) {
  const client = await openEvents(server.port);
  const socket = framework.webSocket === null ? null : await openWebSocket(server);
  const closed = socket === null ? null : once(socket, 'close');
  const begun = performance.now();
  const logged = server.output.stderr.length;
  const [stopped, rest] = await Promise.all([server.stop(), client.readToEnd()]);
  assert.deepEqual(stopped, { code: 0, signal: null });
  assert.ok(performance.now() - begun < 10_000, 'long before graceful_timeout, which is 30 s');
  assert.match(rest.toString('latin1'), /(^|\r\n)0\r\n\r\n$/, 'the stream of events has its last chunk');
  if (closed !== null) assert.equal(((await closed) as [number])[0], 1012);
  assert.doesNotMatch(server.output.stderr.slice(logged), /"level": ?"(error|warning)"/);
  assert.equal(/the application has shut down/.test(server.output.stderr), framework.lifespan);
}
