// What every framework's application under tests/apps answers (see its README), as tests against one running server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RawClient, rawRequest } from './http.ts';
import { apps } from './paths.ts';
import { type Server, startLicorne } from './server.ts';
import { type VenvName, venvPython } from './venv.ts';

export interface Framework {
  /** As it calls itself in its greeting. */
  name: string;
  folder: string;
  target: string;
  venv: VenvName;
}

/** The frameworks whose applications keep the common contract. */
export const frameworks: readonly Framework[] = [
  { name: 'Flask', folder: 'flask', target: 'app:app', venv: 'main' },
  { name: 'Bottle', folder: 'bottle', target: 'app:app', venv: 'main' },
  { name: 'Falcon', folder: 'falcon', target: 'app:app', venv: 'main' },
  { name: 'Pyramid', folder: 'pyramid', target: 'app:app', venv: 'main' },
];

/** Django's project, once for each version that must work. */
export const djangos: readonly Framework[] = [
  { name: 'Django', folder: 'django', target: 'site_project.wsgi', venv: 'django-lts' },
  { name: 'Django', folder: 'django', target: 'site_project.wsgi', venv: 'django-newest' },
];

/** An ASGI application also answers `/events`, `/background`, and as far as its framework can, `/state` and `/ws`. */
export interface AsyncFramework extends Framework {
  /** Whether it has start-up and shutdown events. */
  lifespan: boolean;
  /** What its WebSocket does: `binary` messages come back too, the `code` that the client closed with is known to it. */
  webSocket: readonly ('binary' | 'code')[] | null;
  /** Whether it lets what a view raises out to the server, which then logs it with the request's id, or logs it itself. */
  raises: 'server' | 'framework';
}

const ofMain = (name: string, folder = name.toLowerCase()): Framework => ({
  name,
  folder,
  target: 'app:app',
  venv: 'main',
});

/** The frameworks whose ASGI applications keep the common contract. */
export const asyncFrameworks: readonly AsyncFramework[] = [
  { ...ofMain('Starlette'), lifespan: true, webSocket: ['binary', 'code'], raises: 'server' },
  { ...ofMain('FastAPI'), lifespan: true, webSocket: ['code'], raises: 'server' },
  { ...ofMain('Quart'), lifespan: true, webSocket: ['binary'], raises: 'framework' },
  { ...ofMain('Litestar'), lifespan: true, webSocket: ['binary', 'code'], raises: 'framework' },
];

/** The project of `djangos`, through its asgi.py. */
export const asyncDjangos: readonly AsyncFramework[] = djangos.map((django) => ({
  ...django,
  target: 'site_project.asgi',
  lifespan: false,
  webSocket: null,
  raises: 'framework',
}));

/** Serves a framework's application, behind wsgiref.validate if so asked. */
export function serveFramework(
  t: TestContext,
  framework: Framework,
  { validated = false, args = [] as readonly string[] } = {},
): Promise<Server> {
  const target = framework.target.includes(':') ? framework.target : `${framework.target}:application`;
  return startLicorne(
    t,
    [
      ...(validated ? ['validated:application'] : [framework.target]),
      ...['-b', '127.0.0.1:0', '--chdir', join(apps, framework.folder), '--pythonpath', apps],
      ...['--python', venvPython(framework.venv)],
      ...args,
    ],
    { env: { LICORNE_TEST_APP: target } },
  );
}

/** Asserts the whole contract. */
export async function assertContract(t: TestContext, framework: Framework, server: Server): Promise<void> {
  for (const [sentence, assertion] of contract) {
    await t.test(sentence, () => assertion(server, framework));
  }
}

type Assertion = (server: Server, framework: Framework) => Promise<void>;

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const noise = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 256));

async function json(response: Response): Promise<unknown> {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return response.json();
}

const post = (url: string, body: NonNullable<RequestInit['body']>, type?: string) =>
  fetch(url, { method: 'POST', body, ...(type ? { headers: { 'content-type': type } } : {}) });

const contract: [string, Assertion][] = [
  ['greets with a page', greets],
  ['routes a path that is not ASCII', routes],
  ['reads a query that is not ASCII', query],
  ['rebuilds the address that the client asked for', where],
  ['reads a form', form],
  ['reads and writes JSON', jsonBody],
  ['takes an uploaded file', upload],
  ['takes a body sent in chunks', chunkedBody],
  ['streams an answer', stream],
  ['sends a file', file],
  ['sets two cookies', cookies],
  ['redirects', redirects],
  ['answers 204 without a body', empty],
  ['answers HEAD without a body', head],
  ['answers 404 for an unknown path', missing],
  ['refuses a method with 405', wrongMethod],
  ['answers 500 when a view raises, and goes on', raises],
  ['answers requests that were sent together in their order', pipelined],
];

async function greets({ url }: Server, { name }: Framework) {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.ok(response.headers.get('date'));
  assert.match(await response.text(), new RegExp(`Hello from ${name}`));
}

async function routes({ url }: Server) {
  const response = await fetch(`${url}/hello/${encodeURIComponent('Zoë ✨')}`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'Hello, Zoë ✨!');
}

async function query({ url }: Server) {
  assert.deepEqual(await json(await fetch(`${url}/query?word=${encodeURIComponent('crème & sugar')}`)), {
    word: 'crème & sugar',
  });
}

async function where({ url, port }: Server) {
  assert.deepEqual(await json(await fetch(`${url}/where?a=b`)), {
    url: `${url}/where?a=b`,
    address: '127.0.0.1',
    scheme: 'http',
    secure: false,
  });
  const named = await rawRequest({ port }, 'GET /where HTTP/1.1\r\nHost: example.test\r\n\r\n');
  assert.equal((JSON.parse(named.text) as { url: string }).url, 'http://example.test/where');
}

async function form({ url }: Server) {
  const response = await post(`${url}/form`, new URLSearchParams({ name: 'Zoë' }));
  assert.equal(await response.text(), 'Hello, Zoë!');
}

async function jsonBody({ url }: Server) {
  const body = JSON.stringify({ numbers: [1, 2, 39] });
  assert.deepEqual(await json(await post(`${url}/json`, body, 'application/json')), { sum: 42 });
}

async function upload({ url }: Server) {
  const data = new FormData();
  data.append('file', new Blob([noise]), 'noise.bin');
  assert.deepEqual(await json(await post(`${url}/upload`, data)), {
    name: 'noise.bin',
    size: noise.length,
    sha256: sha256(noise),
  });
}

async function chunkedBody({ port }: Server) {
  const half = noise.length / 2;
  const client = new RawClient({ port });
  client.send(
    'POST /raw HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  for (const part of [noise.subarray(0, half), noise.subarray(half)]) {
    client.send(`${part.length.toString(16)}\r\n`);
    client.send(part);
    client.send('\r\n');
  }
  client.send('0\r\n\r\n');
  const answer = await client.read();
  client.close();
  assert.deepEqual(JSON.parse(answer.text), { size: noise.length, sha256: sha256(noise) });
}

async function stream({ url }: Server) {
  const response = await fetch(`${url}/stream`);
  assert.equal(response.headers.get('content-length'), null);
  assert.equal(await response.text(), '1\n2\n3\n4\n5\n');
}

async function file({ url }: Server) {
  const response = await fetch(`${url}/file`);
  assert.equal(response.headers.get('content-length'), '300000');
  const body = Buffer.from(await response.arrayBuffer());
  assert.equal(body.length, 300_000);
  assert.ok(body.every((byte, i) => byte === i % 250));
}

async function cookies({ url }: Server) {
  const response = await fetch(`${url}/cookies`);
  await response.text();
  const set = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  assert.deepEqual(new Set(set), new Set(['one=1', 'two=2']));
}

async function redirects({ url }: Server) {
  const response = await fetch(`${url}/redirect`, { redirect: 'manual' });
  await response.text();
  assert.equal(response.status, 302);
  assert.equal(new URL(response.headers.get('location') ?? '', url).href, `${url}/`);
}

async function empty({ url, port }: Server) {
  assert.equal((await fetch(`${url}/empty`)).status, 204);
  const answer = await rawRequest({ port }, 'GET /empty HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(answer.header('transfer-encoding'), undefined);
  assert.equal(answer.header('content-length'), undefined);
}

async function head({ port }: Server) {
  const client = new RawClient({ port });
  client.send('HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /query?word=next HTTP/1.1\r\nHost: x\r\n\r\n');
  const first = await client.read({ method: 'HEAD' });
  const second = await client.read();
  client.close();
  assert.ok([200, 405].includes(first.status), `status ${first.status}`); // Falcon and Pyramid route HEAD by itself
  assert.deepEqual(JSON.parse(second.text), { word: 'next' });
}

async function missing({ url }: Server) {
  const response = await fetch(`${url}/no/such/page`);
  assert.equal(response.status, 404);
  await response.text();
}

async function wrongMethod({ url }: Server, { name }: Framework) {
  const response = await fetch(`${url}/where`, { method: 'DELETE' });
  await response.text();
  // Django's plain views take any method, and Pyramid answers 404 where no view fits.
  assert.equal(response.status, { Django: 200, Pyramid: 404 }[name] ?? 405);
}

async function raises({ url, waitForLog }: Server) {
  const response = await fetch(`${url}/raise`);
  await response.text();
  assert.equal(response.status, 500);
  await waitForLog(/RuntimeError: raised on purpose/);
  assert.equal((await fetch(`${url}/query`)).status, 200);
}

async function pipelined({ port }: Server) {
  const client = new RawClient({ port });
  const words = Array.from({ length: 10 }, (_, i) => `word${i}`);
  client.send(words.map((word) => `GET /query?word=${word} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  const answers: unknown[] = [];
  for (const _ of words) answers.push(JSON.parse((await client.read()).text));
  client.close();
  assert.deepEqual(
    answers,
    words.map((word) => ({ word })),
  );
}
