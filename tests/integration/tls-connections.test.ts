// Connections over TLS that are more than a request and its answer: those that there is no room for, and WebSockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2, constants } from 'node:http2';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { testAuthority } from '../helpers/certificates.ts';
import { servePlain } from '../helpers/plain.ts';
import { secureGet } from '../helpers/tls-client.ts';
import { serveAsgi } from './websocket-client.ts';

const LOCAL = ['localhost', '127.0.0.1'];

test('clients for whom there is no room over TLS are told so in what they speak', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const certificate = ['--certificate', pair.certificatePath, '--certificate-key', pair.keyPath];
  const server = await servePlain(t, 'slow', [...certificate, '--connections-max', '1', '--gateways', '1']);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const busy = secureGet(server.port, '/?seconds=2', trusted);
  await server.waitForLog(/begins to sleep/);
  const full = await secureGet(server.port, '/', trusted);
  assert.equal(full.status, 503);
  assert.equal(full.headers['retry-after'], '1');
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, trusted);
  t.after(() => session.destroy());
  const errors: Error[] = [];
  session.on('error', (error) => errors.push(error));
  const request = session.request({ ':path': '/' });
  request.on('error', () => undefined);
  const [code, lastStream] = (await once(session, 'goaway')) as [number, number];
  assert.deepEqual([code, lastStream], [constants.NGHTTP2_NO_ERROR, 0]);
  await once(session, 'close');
  assert.deepEqual(errors, []);
  assert.equal((await busy).status, 200);
});

test('a WebSocket over TLS carries large messages both ways and closes in order', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: LOCAL });
  const certificate = ['--certificate', pair.certificatePath, '--certificate-key', pair.keyPath];
  const server = await serveAsgi(t, 'websockets', certificate);
  const socket = new WebSocket(`wss://localhost:${server.port}/echo`, { ca: readFileSync(ca) });
  await once(socket, 'open');
  const bytes = Buffer.alloc(300_000, 'licorne ');
  const text = 'ü'.repeat(150_000);
  for (const message of [bytes, text]) {
    socket.send(message);
    const [data, binary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.equal(binary, message === bytes);
    assert.ok(data.equals(Buffer.from(message)));
  }
  socket.close(1000, 'done');
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  assert.deepEqual([code, reason.toString()], [1000, 'done']);
});
