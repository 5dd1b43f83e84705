// Opening a WebSocket: RFC 6455, section 4.2.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { frame, handshake, openClient, serveAsgi } from './websocket-client.ts';

/** What is not a handshake in the sense of section 4.2.1, and the status it gets. */
const REFUSED: [what: string, bytes: string, status: number][] = [
  ['another method', handshake('/echo', {}, 'POST /echo HTTP/1.1'), 400],
  ['no key', handshake('/echo', { 'Sec-WebSocket-Key': null }), 400],
  ['an empty key', handshake('/echo', { 'Sec-WebSocket-Key': '' }), 400],
  ['a key of fifteen bytes', handshake('/echo', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }), 400],
  ['a key of seventeen bytes', handshake('/echo', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAA=' }), 400],
  ['a key that is not base64', handshake('/echo', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZ!==' }), 400],
  ['no version', handshake('/echo', { 'Sec-WebSocket-Version': null }), 426],
  ['version 8', handshake('/echo', { 'Sec-WebSocket-Version': '8' }), 426],
  ['version 013', handshake('/echo', { 'Sec-WebSocket-Version': '013' }), 426],
  ['a subprotocol that is no token', handshake('/echo', { 'Sec-WebSocket-Protocol': 'a, b c' }), 400],
  ['two keys', handshake('/echo', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }), 400],
  ['two versions', handshake('/echo', { 'sec-websocket-version': '13' }), 400],
  ['no Host', handshake('/echo', { Host: null }), 400],
];

test('handshakes that break RFC 6455', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  for (const [what, bytes, status] of REFUSED) {
    await t.test(`${what} gets ${status}`, async () => {
      const answer = await rawRequest(server, bytes);
      assert.equal(answer.status, status);
      assert.equal(answer.header('sec-websocket-version'), status === 426 ? '13' : undefined);
      assert.equal(answer.header('sec-websocket-accept'), undefined);
    });
  }
  for (const byte of ['\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\x85']) {
    for (const name of ['Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol'] as const) {
      const code = byte.charCodeAt(0).toString(16);
      await t.test(`the byte 0x${code} in ${name} is refused`, async () => {
        const good = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
        const value = name === 'Sec-WebSocket-Protocol' ? 'chat' : good[name];
        for (const bad of [byte + value, value + byte]) {
          const answer = await rawRequest(server, handshake('/echo', { [name]: bad }));
          assert.equal(answer.status, 400);
        }
      });
    }
  }
  await t.test('what does not ask for an upgrade is a request like any other', async () => {
    for (const fields of [
      { Upgrade: null },
      { Connection: null },
      { Upgrade: 'h2c' },
      { Connection: 'close' },
    ]) {
      const answer = await rawRequest(server, handshake('/pid', fields));
      assert.equal(answer.status, 200);
      assert.match(answer.text, /^[0-9]+$/);
    }
    const old = await rawRequest(server, handshake('/pid', {}, 'GET /pid HTTP/1.0'));
    assert.equal(old.status, 200);
  });
  await t.test('names and tokens of the handshake are of any case', async () => {
    const client = new RawClient(server);
    client.send(handshake('/echo', { Upgrade: 'h2c, WebSocket', Connection: 'keep-alive, uPGRADE' }));
    const answer = await client.read();
    assert.equal(answer.status, 101);
    assert.equal(answer.header('sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(answer.header('upgrade')?.toLowerCase(), 'websocket');
    assert.equal(answer.header('connection')?.toLowerCase(), 'upgrade');
    client.close();
  });
});

test('what an application says to a handshake', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await t.test('chooses one of the subprotocols', async () => {
    const client = await openClient(server, '/echo', ['first', 'second']);
    assert.equal(client.socket.protocol, 'second');
    await client.end();
    const none = await openClient(server, '/echo');
    assert.equal(none.socket.protocol, '');
    await none.end();
  });
  await t.test('sends headers of its own, but none that is the handshake itself', async () => {
    const client = await openClient(server, '/headers');
    assert.equal(client.headers['x-one'], '1');
    assert.deepEqual(client.headers['set-cookie'], ['a=1', 'b=2']);
    assert.notEqual(client.headers['sec-websocket-accept'], 'ours');
    assert.equal(client.headers['server'], 'licorne');
    assert.ok(client.headers['date']);
    await client.end();
  });
  for (const path of ['/injects', '/strange_subprotocol']) {
    await t.test(`cannot add a header by a line break: ${path}`, async () => {
      const answer = await rawRequest(server, handshake(path));
      assert.equal(answer.status, 500);
      assert.equal(answer.header('x-injected'), undefined);
    });
  }
  await t.test('may answer with a response of its own', async () => {
    const client = new RawClient(server);
    client.send(handshake('/denies'));
    const answer = await client.read();
    assert.equal(answer.status, 401);
    assert.equal(answer.header('www-authenticate'), 'Basic');
    assert.equal(answer.text, 'not you');
    client.send('GET /pid HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal((await client.read()).status, 200, 'the connection goes on');
    client.close();
  });
  await t.test('refuses with 403 by closing before it accepts', async () => {
    assert.equal((await rawRequest(server, handshake('/refuses'))).status, 403);
  });
  for (const path of ['/raises_early', '/returns_early']) {
    await t.test(`gets 500 sent when it does neither: ${path}`, async () => {
      assert.equal((await rawRequest(server, handshake(path))).status, 500);
    });
  }
  await t.test('hears that the client left before it was answered', async () => {
    const client = new RawClient(server);
    client.send(handshake('/waits?mark=left'));
    await server.waitForLog(/left: asked/);
    client.close();
    await server.waitForLog(/left: websocket\.disconnect/);
  });
  await t.test('is sent what the client sent along with its handshake', async () => {
    const client = new RawClient(server);
    client.send(Buffer.concat([Buffer.from(handshake('/echo')), frame(1, 'early')]));
    assert.equal((await client.read()).status, 101);
    assert.match((await client.readSome()).toString('latin1'), /early$/);
    client.close();
  });
});

test('a WSGI application that is asked for an upgrade just answers', async (t) => {
  const server = await servePlain(t, 'hello');
  const answer = await rawRequest(server, handshake('/'));
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'Hello, world!\n');
  assert.equal(answer.header('upgrade'), undefined);
});

test('beyond ws_connections_max a handshake gets 503', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--ws-connections-max', '1']);
  const first = await openClient(server, '/echo');
  const answer = await rawRequest(server, handshake('/echo'));
  assert.equal(answer.status, 503);
  assert.equal((await fetch(`${server.url}/pid`)).status, 200);
  await first.end();
  assert.equal(await (await openClient(server, '/echo')).ask('again'), 'again');
});
