// Header blocks that are known, heads that are remembered, requests that are sent ahead and answers that leave together are only ways to be quick: what
// the application is told and what the client gets must be the same as for a request that comes alone, in pieces, with a header nobody sent before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../fuzz/random.ts';
import { type Answer, RawClient } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import type { Server } from '../helpers/server.ts';
import { serveAsgi } from './websocket-client.ts';

const KINDS_OF_REQUEST = 90;
const CONNECTIONS = 6;
const REQUESTS = 420;

interface Wanted {
  method: string;
  line: string;
  fields: string;
  body: string;
}

const PATHS = [
  '/',
  '/a',
  '/a/b.html',
  '/%41%c3%a9',
  '/a//b',
  '/a/./b/../c',
  '/;x=1',
  '/a%2Fb',
  '/~x',
  '/\xe9',
];
const FIELDS = [
  '',
  'Accept: */*\r\n',
  'User-Agent: a\r\nAccept: text/html\r\nCookie: a=b; c=d\r\nReferer: http://a/\r\n',
  'User-Agent: a\r\nAccept: text/html\r\nCookie: a=b; c=e\r\nReferer: http://a/\r\n',
  'X-Twice: 1\r\nX-Twice: 2\r\n',
  'X-Twice: 1, 2\r\n',
  'x-lower:no-space\r\n',
  'X-Spaces:  \t  in  between \t \r\n',
  'X-High: \xe9\xff\r\n',
  'X-Empty:\r\n',
  `Cookie: ${'c'.repeat(3000)}\r\n`,
  'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n',
  'Content-Type: text/plain\r\n',
  'Connection: keep-alive\r\n',
];
const SHAPES = ['list', 'list', 'list', 'tuple', 'pieces', 'generator', 'write'];
const STATUSES = ['200+OK', '200+OK', '404+Not+Found', '204+No+Content', '304+Not+Modified', '299+'];

function wanted(random: Random): Wanted {
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE']);
  const words = [`shape=${random.pick(SHAPES)}`, `status=${random.pick(STATUSES)}`];
  if (random.chance(50)) words.push('length=1');
  if (random.chance(40)) words.push(`set=${random.below(4)}`);
  if (random.chance(30)) words.push(`pad=${random.pick([1, 3000, 10_240, 16_384, 70_000, 300_000])}`);
  const line = `${method} ${random.pick(PATHS)}?${words.join('&')} HTTP/1.1\r\n`;
  const fields = `Host: example.test\r\n${random.pick(FIELDS)}`;
  if (!['POST', 'PUT'].includes(method)) return { method, line, fields, body: '' };
  const body = random.pick(['x', 'y'.repeat(3000), 'z'.repeat(70_000)]);
  if (random.chance(50)) return { method, line, fields: `${fields}Content-Length: ${body.length}\r\n`, body };
  const half = body.length >> 1;
  const [first, second] = [body.slice(0, half), body.slice(half)];
  const chunks = [first, second, ''].filter((piece, at) => piece !== '' || at === 2);
  const framed = chunks.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
  return { method, line, fields: `${fields}Transfer-Encoding: chunked\r\n`, body: framed };
}

/** All of an answer but what must differ: the time. */
function told({ status, reason, fields, trailers, body }: Answer): unknown {
  const kept = fields.filter(([name]) => !['date', 'x-only'].includes(name.toLowerCase()));
  return { status, reason, fields: kept, trailers, body: body.toString('latin1') };
}

/** Alone on its connection and in pieces, with a header that makes its block and the head of its answer new. */
async function alone(server: Server, request: Wanted, number: number, random: Random): Promise<unknown> {
  const client = new RawClient(server);
  const text = `${request.line}${request.fields}X-Only: ${number}\r\n\r\n${request.body}`;
  let sent = 0;
  while (sent < text.length) {
    const piece = text.slice(sent, sent + 1 + random.below(text.length));
    await new Promise((done) => client.socket.write(Buffer.from(piece, 'latin1'), done));
    sent += piece.length;
  }
  const answer = await client.read({ method: request.method });
  client.close();
  assert.equal(answer.header('x-only'), String(number));
  return told(answer);
}

/** A connection that asks again and again, several at a time. */
async function together(
  server: Server,
  requests: readonly Wanted[],
  expected: readonly unknown[],
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  const client = new RawClient(server);
  for (let asked = 0; asked < REQUESTS / CONNECTIONS; ) {
    const batch: number[] = [];
    const size = 1 + random.below(5);
    while (batch.length < size) {
      const at = random.below(requests.length);
      for (let again = random.below(3); again >= 0; again -= 1) batch.push(at);
    }
    const texts = batch.map((at) => requests[at]).map((it) => `${it?.line}${it?.fields}\r\n${it?.body}`);
    client.send(texts.join(''));
    for (const at of batch) {
      const answer = await client.read({ method: requests[at]?.method ?? '', withinMs: 30_000 });
      assert.deepEqual(told(answer), expected[at], requests[at]?.line);
    }
    asked += batch.length;
  }
  client.close();
}

async function compare(server: Server, seed: number): Promise<void> {
  const random = new Random(seed);
  const requests = Array.from({ length: KINDS_OF_REQUEST }, () => wanted(random));
  const expected: unknown[] = [];
  for (const [number, request] of requests.entries())
    expected.push(await alone(server, request, number, random));
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, number) =>
      together(server, requests, expected, seed + number + 1),
    ),
  );
}

test('quick ways mean the same as plain ones: WSGI, one thread', async (t) => {
  await compare(await servePlain(t, 'mirror'), 1);
});

test('quick ways mean the same as plain ones: WSGI, two workers of four threads', async (t) => {
  await compare(await servePlain(t, 'mirror', ['--workers', '2', '--threads', '4']), 2);
});

test('quick ways mean the same as plain ones: ASGI', async (t) => {
  await compare(await serveAsgi(t, 'mirror'), 3);
});
