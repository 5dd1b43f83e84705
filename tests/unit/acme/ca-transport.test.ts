import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { AcmeError, oneLine, problemText, readProblem } from '../../../src/acme/acme-error.ts';
import { CaTransport, retryAfterMs } from '../../../src/acme/ca-transport.ts';

const { signal } = new AbortController();

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const transport = (directory: string, requestMs = 5_000): CaTransport =>
  new CaTransport({ directory, ca: '', agentName: 'licorne/test', requestMs });

test('an authority sends nobody to other schemes, other machines without TLS, or with passwords', async () => {
  const secure = transport('https://ca.example/directory');
  const local = transport('http://127.0.0.1:1/directory');
  for (const [one, url] of [
    [secure, 'http://ca.example/order'],
    [secure, 'file:///etc/passwd'],
    [secure, 'https://a:b@ca.example/'],
    [secure, 'nonsense'],
    [secure, `https://ca.example/${'x'.repeat(2_100)}`],
    [local, 'http://192.0.2.1/order'],
    [local, 'https://ca.example/order'],
  ] as const)
    await assert.rejects(one.request({ method: 'GET', url }, signal), /not fit for use/, url.slice(0, 60));
});

test('an authority that does not answer is given up in time, and says who it was', async (t) => {
  const url = await serve(t, () => undefined);
  await assert.rejects(
    transport(url, 100).request({ method: 'GET', url }, signal),
    (error) =>
      error instanceof AcmeError &&
      /127\.0\.0\.1:\d+ cannot be reached: no answer within 0\.1 s/.test(error.message),
  );
});

test('a redirect is an answer like any other', async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(302, { Location: '/other' }).end());
  const { status } = await transport(url).request({ method: 'GET', url }, signal);
  assert.equal(status, 302);
});

test('who is stopped stops at once', async (t) => {
  const url = await serve(t, () => undefined);
  const stop = new AbortController();
  const asked = transport(url).request({ method: 'GET', url }, stop.signal);
  stop.abort();
  await assert.rejects(asked, /the server is stopping/);
});

test('Retry-After is seconds or a date; nonsense is nothing', () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(retryAfterMs('120', now), 120_000);
  assert.equal(retryAfterMs('Thu, 01 Jan 2026 01:00:00 GMT', now), 3_600_000);
  assert.equal(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  for (const text of [undefined, '', '-5', 'soon', '9'.repeat(100)])
    assert.equal(retryAfterMs(text, now), null, text);
});

test('a problem is told in one line, with the first of its parts', () => {
  const one = (value: string) => ({
    type: 'urn:ietf:params:acme:error:dns',
    detail: 'no\r\nrecord \u001b[31m',
    identifier: { type: 'dns', value },
  });
  const body = {
    type: 'urn:ietf:params:acme:error:compound',
    detail: 'several',
    subproblems: Array.from({ length: 9 }, (_, at) => one(`h${at}.example`)),
  };
  const text = problemText(readProblem(body, 400));
  assert.match(text, /^several \(compound\); h0\.example: no record {1,2}\[31m \(dns\); h1/);
  assert.match(text, /; 4 more$/);
  assert.equal(problemText(readProblem('nonsense', 502)), 'it answered with status 502');
  assert.equal(
    problemText(readProblem({ type: 7, detail: {}, subproblems: 'x' }, 400)),
    'it answered with status 400',
  );
});

test('text of strangers is cut and kept on its line', () => {
  assert.equal(oneLine('a\u2028b\u202ec', 100), 'a b c');
  assert.equal(oneLine('abcdef', 4), 'abc…');
});
