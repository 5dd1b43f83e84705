// Clients of HTTP/2 that mean no good, frame by frame: what each may cost, and that nobody else pays for it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { peakMebibytes } from '../helpers/gigabyte.ts';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  FrameClient,
  get,
  headers,
  HEADERS,
  INITIAL_WINDOW,
  PING,
  post,
  remembered,
  block,
  reset,
  SETTINGS,
  settings,
  windowUpdate,
} from '../helpers/http2-frames.ts';
import { servePlain } from '../helpers/plain.ts';
import type { Server } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const H2C = ['--h2c'];
const ENDED_STREAM_CLOSED = 5;
const CANCEL = 8;
const ENHANCE_YOUR_CALM = 11;

/** Of a flood: far more than what is put up with. */
const ROUNDS = 2_000;

const times = (count: number, one: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => one(i)));

async function assertServes(t: TestContext, server: Server): Promise<void> {
  const client = new FrameClient(t, server);
  client.send(headers(1, get('/')));
  assert.equal((await client.answer(1)).status, 200);
  client.socket.destroy();
}

/** What is sent `ROUNDS` times; `stream` is a number that was not used before. */
const FLOODS: Record<string, (stream: number, first: boolean) => Buffer> = {
  pings: () => times(10, () => frame(PING, 0, 0, '12345678')),
  settings: () => times(10, () => settings([[INITIAL_WINDOW, 65_535]])),
  'settings without content': () => times(10, () => settings([])),
  'acknowledgements of settings that were not sent': () => times(10, () => frame(SETTINGS, ACK, 0)),
  'headers that go on and on': (_, first) =>
    first ? headers(1, get('/'), 0) : frame(CONTINUATION, 0, 1, block([['x-a', 'b'.repeat(16_000)]])),
  'continuations without content': (_, first) =>
    first ? headers(1, get('/'), 0) : times(10, () => frame(CONTINUATION, 0, 1)),
  'data without content': (_, first) =>
    first ? headers(1, post('/'), END_HEADERS) : times(10, () => frame(DATA, 0, 1)),
  'requests that are taken back': (stream) => Buffer.concat([headers(stream, get('/')), reset(stream)]),
  'requests with a window that overflows': (stream) =>
    Buffer.concat([headers(stream, get('/')), windowUpdate(stream, 0x7fff_ffff)]),
  'requests with a window of nothing': (stream) =>
    Buffer.concat([headers(stream, get('/')), windowUpdate(stream, 0)]),
  'requests with more body than they said': (stream) =>
    Buffer.concat([
      headers(stream, post('/', [['content-length', '1']]), END_HEADERS),
      frame(DATA, END_STREAM, stream, 'abc'),
    ]),
  'malformed requests': (stream) => headers(stream, get('/', [['X-Upper', '1']])),
  'requests that are refused': (stream) => headers(stream, get('/', [['host', 'b']])),
  'requests that are too large': (stream) =>
    headers(stream, post('/', [['content-length', '99999999999']]), END_HEADERS),
  'more requests than may run': (stream) =>
    times(10, (i) => headers(stream * 10 + 2 * i + 1, post('/'), END_HEADERS)),
};

test('no flood goes on for long, costs memory, or stops others from being served', async (t) => {
  const server = await servePlain(t, 'hello', H2C);
  await assertServes(t, server);
  const before = peakMebibytes(server.pid);
  const other = new FrameClient(t, server);
  let asked = -1;
  for (const [name, piece] of Object.entries(FLOODS)) {
    const client = new FrameClient(t, server);
    await client.find(({ type }) => type === SETTINGS);
    let round = 0;
    while (round < ROUNDS && (await client.press(piece(2 * round + 1, round === 0)))) round += 1;
    await client.goneWith().catch(() => assert.fail(`${name}: the connection goes on`));
    asked += 2;
    other.send(headers(asked, get('/')));
    assert.notEqual((await other.answer(asked)).text, '', `${name}: another connection goes on`);
  }
  for (const what of ['pings', 'settings', 'streams that were reset or refused'])
    await server.waitForLog(new RegExp(`Closed an HTTP/2 connection from 127\\.0\\.0\\.1: too many ${what}`));
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 60, `grew by ${grown} MiB`);
});

test('headers that grow a thousandfold, and a hundred thousand of them, are dropped and nobody holds them', async (t) => {
  const server = await servePlain(t, 'hello', H2C);
  await assertServes(t, server);
  const before = peakMebibytes(server.pid);
  const client = new FrameClient(t, server);
  const big = Buffer.concat([block(get('/')), remembered('x', 'y'.repeat(3_900))]);
  client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, big));
  const [NEWEST, EMPTY_ACCEPT] = [0x80 | 62, 0x80 | 19];
  const bomb = Buffer.concat([block(get('/')), Buffer.alloc(16_000, NEWEST)]);
  for (let stream = 3; stream < 103; stream += 2)
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, bomb));
  const many = Buffer.alloc(16_384, EMPTY_ACCEPT);
  for (let stream = 103; stream < 203; stream += 2) {
    client.send(headers(stream, get('/'), END_STREAM));
    for (let part = 0; part < 7; part += 1)
      client.send(frame(CONTINUATION, part === 6 ? END_HEADERS : 0, stream, many));
  }
  for (let stream = 3; stream < 203; stream += 2)
    assert.equal((await client.answer(stream)).ended, ENHANCE_YOUR_CALM);
  // What was held of them is given back a moment later.
  let stream = 201;
  await until(async () => {
    stream += 2;
    client.send(headers(stream, get('/')));
    return (await client.answer(stream)).status === 200;
  }, 'an answer to a proper request');
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 40, `grew by ${grown} MiB`);
});

test('a client that never opens its window holds little, and not for long', async (t) => {
  const server = await servePlain(t, 'download', [...H2C, '--threads', '4', '--write-timeout', '1']);
  await assertServes(t, server);
  const before = peakMebibytes(server.pid);
  const client = new FrameClient(t, server, [[INITIAL_WINDOW, 0]]);
  const streams = Array.from({ length: 12 }, (_, i) => 2 * i + 1);
  for (const stream of streams) client.send(headers(stream, get('/?bytes=5000000')));
  for (const stream of streams) {
    const { status, text, ended } = await client.answer(stream, 30_000);
    assert.deepEqual([status, text, ended], [200, '', CANCEL]);
  }
  const grown = peakMebibytes(server.pid) - before;
  assert.ok(grown < 40, `grew by ${grown} MiB`);
  client.send(
    windowUpdate(0, 1_000_000),
    settings([[INITIAL_WINDOW, 1_000_000]]),
    headers(99, get('/?bytes=3')),
  );
  assert.equal((await client.answer(99)).text.length, 3);
});

test('a window that opens by one byte at a time is served byte by byte', async (t) => {
  const server = await servePlain(t, 'download', [...H2C, '--write-timeout', '1']);
  const client = new FrameClient(t, server, [[INITIAL_WINDOW, 1]]);
  client.send(headers(1, get('/?bytes=3000')));
  for (let i = 1; i < 3000; i += 1) await client.press(windowUpdate(1, 1));
  assert.equal((await client.answer(1)).text.length, 3000);
});

test('a client that reads slowly but steadily gets all of it', async (t) => {
  const server = await servePlain(t, 'download', [...H2C, '--write-timeout', '2']);
  const client = new FrameClient(t, server, [[INITIAL_WINDOW, 1]]);
  client.send(windowUpdate(0, 1_000_000), headers(1, get('/?bytes=350000')));
  const bytesPerMs = 50;
  const begun = performance.now();
  let opened = 0;
  const reading = setInterval(() => {
    const bytes = Math.floor((performance.now() - begun) * bytesPerMs) - opened;
    opened += bytes;
    client.send(windowUpdate(1, bytes));
  }, 50);
  t.after(() => clearInterval(reading));
  const { text, ended } = await client.answer(1, 30_000);
  assert.deepEqual([Buffer.byteLength(text, 'latin1') > 0, ended], [true, null]);
});

test('a refusal that is not taken does not stay', async (t) => {
  const server = await servePlain(t, 'hello', [...H2C, '--write-timeout', '1', '--keepalive-timeout', '1']);
  const client = new FrameClient(t, server, [[INITIAL_WINDOW, 0]]);
  client.send(headers(1, get('/', [['host', 'b']])));
  assert.equal((await client.answer(1)).ended, CANCEL);
  await client.goneWith();
});

test('a client that reads nothing at all is cut off', async (t) => {
  const server = await servePlain(t, 'download', [...H2C, '--write-timeout', '1', '--threads', '2']);
  await assertServes(t, server);
  const client = new FrameClient(t, server, [[INITIAL_WINDOW, 0x7fff_ffff]]);
  client.send(windowUpdate(0, 0x7fff_0000));
  await client.find(({ type, flags }) => type === SETTINGS && flags === ACK);
  client.socket.pause();
  for (const stream of [1, 3, 5]) client.send(headers(stream, get('/?bytes=50000000')));
  await server.waitForLog(/it took nothing of its response/);
  // Its end stands behind what it does not read; what is sent to it now is answered with a reset.
  const gone = new Promise((resolve) => client.socket.on('error', resolve).on('close', resolve));
  const press = setInterval(() => client.send(windowUpdate(0, 1)), 100);
  t.after(() => clearInterval(press));
  await gone;
});

test('a connection that was given up ends, though requests ran on it', async (t) => {
  const server = await servePlain(t, 'slow', [...H2C, '--write-timeout', '1', '--keepalive-timeout', '1']);
  const client = new FrameClient(t, server);
  client.send(headers(1, get('/?seconds=0.5')), frame(DATA, 0, 1, 'more than it said'));
  assert.equal(await client.goneWith(20_000), ENDED_STREAM_CLOSED);
});

test('headers that are never complete, and bodies that never come, are waited for as in HTTP/1.1', async (t) => {
  const limits = ['--header-timeout', '1', '--keepalive-timeout', '1', '--body-timeout', '1'];
  const server = await servePlain(t, 'hello', [...H2C, ...limits]);
  const unfinished = new FrameClient(t, server);
  await unfinished.find(({ type, flags }) => type === SETTINGS && flags === ACK);
  unfinished.send(headers(1, get('/'), 0));
  await unfinished.goneWith();
  const bodiless = new FrameClient(t, server);
  bodiless.send(headers(1, post('/'), END_HEADERS));
  assert.match((await bodiless.answer(1)).text, /408 Request Timeout.*too slowly/);
  await bodiless.goneWith();
});

test('trailers with pseudo-headers make a request malformed', async (t) => {
  const server = await servePlain(t, 'upload_hash', H2C);
  const client = new FrameClient(t, server);
  client.send(headers(1, post('/'), END_HEADERS), frame(DATA, 0, 1, 'abc'));
  client.send(headers(1, [[':path', '/other']]));
  const { status, ended } = await client.answer(1);
  assert.deepEqual([status, ended], [0, 1]);
  client.send(headers(3, post('/'), END_HEADERS), frame(DATA, 0, 3, 'abc'), headers(3, [['x-sum', '1']]));
  assert.match((await client.answer(3)).text, /"size": 3/);
});
