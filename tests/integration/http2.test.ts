// HTTP/2 with prior knowledge: what an application and its clients see of it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { workersOf } from '../helpers/processes.ts';
import { until } from '../helpers/until.ts';
import { answerOf, ask, openSession } from './http2-client.ts';
import { serveAsgi } from './websocket-client.ts';

const H2C = ['--h2c'];

test('an application sees a request of HTTP/2 as one of HTTP', async (t) => {
  const server = await servePlain(t, 'environ', [...H2C, '--access-log', '-']);
  const session = await openSession(t, server);
  const { status, headers, body } = await ask(session, {
    ':path': '/a%20b?c=d',
    'x-a': '1',
    cookie: ['a=1', 'b=2'],
  });
  assert.equal(status, 200);
  assert.equal(headers['server'], 'licorne');
  assert.equal(Number(headers['content-length']), body.length);
  const environ = JSON.parse(body.toString()) as Record<string, string>;
  assert.equal(environ['SERVER_PROTOCOL'], 'HTTP/2.0');
  assert.equal(environ['PATH_INFO'], '/a b');
  assert.equal(environ['QUERY_STRING'], 'c=d');
  assert.equal(environ['HTTP_HOST'], `127.0.0.1:${server.port}`);
  assert.equal(environ['HTTP_X_A'], '1');
  assert.equal(environ['HTTP_COOKIE'], 'a=1; b=2');
  assert.equal(environ['HTTP_TRANSFER_ENCODING'], undefined);
  await server.waitForLog(/"GET \/a%20b\?c=d HTTP\/2\.0" 200 /);
});

test('clients that begin with HTTP/1.1 are served on the same port', async (t) => {
  const server = await servePlain(t, 'hello', H2C);
  const { status } = await rawRequest({ port: server.port }, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(status, 200);
  const session = await openSession(t, server);
  assert.equal((await ask(session, { ':path': '/' })).status, 200);
});

test('without the option the preface of HTTP/2 is refused', async (t) => {
  const server = await servePlain(t, 'hello');
  const { status, body } = await rawRequest({ port: server.port }, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  assert.equal(status, 400);
  assert.match(body.toString(), /HTTP\/2 preface/);
});

test('bodies come whole, with and without a length, many at once', async (t) => {
  const server = await servePlain(t, 'upload_hash', H2C);
  const session = await openSession(t, server);
  const upload = async (bytes: number, length: boolean): Promise<void> => {
    const data = randomBytes(bytes);
    const headers = {
      ':method': 'POST',
      ':path': '/',
      ...(length ? { 'content-length': String(bytes) } : {}),
    };
    const { status, body } = await ask(session, headers, data);
    assert.equal(status, 200);
    const said = JSON.parse(body.toString()) as { size: number; sha256: string };
    assert.deepEqual(said, { ...said, size: bytes, sha256: createHash('sha256').update(data).digest('hex') });
  };
  const sizes = [1, 1000, 100_000, 3_000_000];
  await Promise.all(sizes.flatMap((bytes) => [upload(bytes, true), upload(bytes, false)]));
});

test('a body above the limit is refused, and the other requests of the connection go on', async (t) => {
  const server = await servePlain(t, 'upload_hash', [...H2C, '--body-bytes-max', '1000']);
  const session = await openSession(t, server);
  const announced = ask(session, { ':method': 'POST', 'content-length': '2000' }, Buffer.alloc(2000));
  assert.equal((await announced).status, 413);
  const unannounced = session.request({ ':method': 'POST' }, { endStream: false });
  unannounced.write(Buffer.alloc(2000));
  assert.equal((await answerOf(unannounced)).status, 413);
  assert.equal((await ask(session, { ':method': 'POST' }, 'x')).status, 200);
});

test('a large answer waits for a slow client, and others do not wait for it', async (t) => {
  const server = await servePlain(t, 'download', [...H2C, '--threads', '4']);
  const session = await openSession(t, server);
  const slow = session.request({ ':path': '/?bytes=5000000' });
  await once(slow, 'response');
  const { body } = await ask(session, { ':path': '/?bytes=2000000&length=' });
  assert.equal(body.length, 2_000_000);
  let bytes = 0;
  for await (const chunk of slow) bytes += (chunk as Buffer).length;
  assert.equal(bytes, 5_000_000);
});

test('HEAD has the headers and no body', async (t) => {
  const server = await servePlain(t, 'hello', H2C);
  const session = await openSession(t, server);
  const { status, headers, body } = await ask(session, { ':method': 'HEAD' });
  assert.deepEqual([status, headers['content-length'], body.length], [200, '14', 0]);
});

test('early hints and trailers are passed on', async (t) => {
  const hinting = await servePlain(t, 'early_hints', H2C);
  const { informed, body } = await ask(await openSession(t, hinting), { ':path': '/' });
  assert.deepEqual(
    informed.map((head) => [head[':status'], head['link']]),
    [
      [103, '</style.css>; rel=preload; as=style'],
      [103, '</app.js>; rel=preload; as=script'],
    ],
  );
  assert.equal(body.toString(), 'hinted');
  const trailing = await serveAsgi(t, 'trailers', H2C);
  const { trailers } = await ask(await openSession(t, trailing), { te: 'trailers' });
  assert.deepEqual([trailers?.['x-sum'], trailers?.['x-more']], ['4', '5']);
});

test('an application that breaks in the middle resets its stream only', async (t) => {
  const server = await servePlain(t, 'raise_mid_body', H2C);
  const session = await openSession(t, server);
  await assert.rejects(ask(session, { ':path': '/' }), /reset with 2/);
  await assert.rejects(ask(session, { ':path': '/' }), /reset with 2/);
});

test('a client that resets a stream has left: the application is told', async (t) => {
  const server = await servePlain(t, 'close_tracking', [...H2C, '--threads', '2']);
  const session = await openSession(t, server);
  const stream = session.request({ ':path': '/left?100000' });
  stream.on('error', () => undefined);
  await once(stream, 'response');
  stream.close(8);
  await until(
    async () => (await ask(session, { ':path': '/seen' })).body.toString().includes('"label": "left"'),
    'the end of the body',
  );
});

test('requests that run when the server stops are finished, and the client is told to go elsewhere', async (t) => {
  const server = await servePlain(t, 'slow', [...H2C]);
  const session = await openSession(t, server);
  const goaway = once(session, 'goaway');
  const slow = ask(session, { ':path': '/?seconds=1' });
  await until(() => workersOf(server.pid).length > 0, 'a worker');
  await ask(session, { ':path': '/?seconds=0' });
  const stopped = server.stop();
  const [code] = (await goaway) as [number];
  assert.equal(code, 0);
  assert.equal((await slow).status, 200);
  assert.equal((await stopped).code, 0);
});

test('an idle connection is closed after its time', async (t) => {
  const server = await servePlain(t, 'hello', [...H2C, '--keepalive-timeout', '0.3']);
  const session = await openSession(t, server);
  const closed = once(session, 'close');
  assert.equal((await ask(session, { ':path': '/' })).status, 200);
  await closed;
});

test('more streams than allowed are refused to be sent again', async (t) => {
  const server = await servePlain(t, 'slow', [...H2C, '--http2-streams-max', '2']);
  const session = await openSession(t, server);
  assert.equal(session.remoteSettings.maxConcurrentStreams, 2);
});
