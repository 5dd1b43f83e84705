// Responses of servers behind that HTTP/2 cannot say as they are: each client gets an answer, and nobody else hears of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { ask, openSession } from './http2-client.ts';
import { locationTo, serveProxy, startScript } from './proxy-site.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\n';

const ANSWERS: Readonly<Record<string, string>> = {
  settings: `HTTP/1.1 103 Early Hints\r\nHTTP2-Settings: abc\r\n\r\n${OK}`,
  repeated: `HTTP/1.1 103 Early Hints\r\nETag: a\r\nETag: b\r\n__proto__: c\r\n\r\n${OK}`,
  hop: OK.replace(
    '\r\n',
    '\r\nHTTP2-Settings: abc\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nUpgrade: h2c\r\n',
  ),
  odd: OK.replace('200 OK', '700 Odd'),
  reset: OK.replace('200 OK', '205 Reset Content'),
  trailers: `${CHUNKED}HTTP2-Settings: abc\r\n\r\n`,
  many: `${CHUNKED}X: 1\r\nX: 2\r\n__proto__: 3\r\n\r\n`,
};

async function serve(t: TestContext) {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    const [, name = ''] = /^GET \/p\/(\w+)/.exec(connection.received) ?? [];
    const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(connection.received) ?? [];
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const opened =
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      'X-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\nconstructor: 1\r\nHTTP2-Settings: abc\r\n\r\n';
    connection.socket.end(Buffer.from(ANSWERS[name] ?? opened, 'latin1'));
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`, { args: ['--h2c'] });
  return { server, session: await openSession(t, server) };
}

test('what HTTP/2 has no words for is left out, and the rest of the response arrives', async (t) => {
  const { server, session } = await serve(t);
  const get = (name: string) => ask(session, { ':path': `/p/${name}`, te: 'trailers' });
  for (const name of ['settings', 'repeated', 'hop']) {
    const { status, body, headers } = await get(name);
    assert.deepEqual([status, body.toString(), headers['http2-settings']], [200, 'ok', undefined], name);
  }
  assert.deepEqual((await get('repeated')).informed[0]?.etag, 'a');
  const reset = await get('reset');
  assert.deepEqual([reset.status, reset.headers['content-length'], reset.body.length], [205, '0', 0]);
  const trailers = await get('trailers');
  assert.deepEqual([trailers.status, trailers.body.toString()], [200, 'ok']);
  assert.equal((await get('many')).trailers?.['x'], '1, 2');
  const odd = await get('odd');
  assert.equal(odd.status, 500);
  await server.waitForLog(/GET \/p\/odd is wrong: Invalid status code: 700/);
  assert.doesNotMatch(server.output.stderr, /exited/);
});

test('a WebSocket opens whatever its server says besides', async (t) => {
  const { session } = await serve(t);
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/p/ws',
    'sec-websocket-version': '13',
  });
  stream.on('error', () => undefined);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  assert.deepEqual(
    [headers[':status'], headers['x-content-type-options'], headers['constructor']],
    [200, 'nosniff', '1'],
  );
});
