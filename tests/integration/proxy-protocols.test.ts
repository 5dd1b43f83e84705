// What is not plain HTTP/1.1 over TCP: WebSockets and other upgrades, TLS, the uwsgi protocol; and application servers as they are.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { launch } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';
import { x509 } from '../unit/acme/issue.ts';
import { ask as askOver, openSession } from './http2-client.ts';
import { locationTo, serveProxy, startBack, startScript } from './proxy-site.ts';

test('a WebSocket goes through in both directions, large messages and the closing included', async (t) => {
  const back = await startBack(t, (_, response) => void response.end());
  const sockets = new WebSocketServer({
    server: back.server,
    handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
    maxPayload: 100_000_000,
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      if (!isBinary && (data as Buffer).toString() === 'close') socket.close(4001, 'as you wish');
      else socket.send(data, { binary: isBinary });
    });
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/p/chat`, ['chat', 'other']);
  t.after(() => client.terminate());
  await once(client, 'open');
  assert.equal(client.protocol, 'chat');
  const received: Buffer[] = [];
  client.on('message', (data: Buffer) => received.push(data));
  const large = Buffer.alloc(20_000_000, 'licorne');
  client.send(large);
  client.send('small');
  await until(() => received.length === 2, 'the answers');
  assert.ok(received[0]?.equals(large));
  assert.equal(received[1]?.toString(), 'small');
  client.send('close');
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  assert.deepEqual([code, reason.toString()], [4001, 'as you wish']);
  await until(
    () => server.accessLog().some(({ status, upstream_status: up }) => status === 101 && up === 101),
    'the access log',
  );
});

test('clients of HTTP/2 are answered by peers that speak HTTP/1.1, WebSockets included', async (t) => {
  const back = await startBack(t, (request, response) => {
    response.end(
      `${request.httpVersion} ${request.headers.via} ${request.headers.host} ${request.headers.cookie}`,
    );
  });
  const sockets = new WebSocketServer({ server: back.server });
  sockets.on('connection', (socket, request) => {
    socket.send(`hello ${request.url}`);
    socket.on('message', (data: Buffer) => socket.close(4002, data.toString()));
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`, { args: ['--h2c'] });
  const session = await openSession(t, server);
  const { body } = await askOver(session, { ':path': '/p/x', cookie: ['a=1', 'b=2'] });
  assert.equal(body.toString(), `1.1 2.0 licorne 127.0.0.1:${server.port} a=1; b=2`);
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/p/chat',
    'sec-websocket-version': '13',
  });
  const received: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => received.push(chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
  assert.equal(headers[':status'], 200);
  const text = (): string => Buffer.concat(received).toString('latin1');
  await until(() => text().includes('hello /p/chat'), 'the greeting');
  // A masked text frame, with a mask of zeros.
  stream.write(Buffer.from('\x81\x83\0\0\0\0bye', 'latin1'));
  await until(() => text().includes('\x0f\xa2bye'), 'the close frame');
  stream.close();
});

test('WebSockets are ended when the server stops, on both sides', async (t) => {
  const back = await startBack(t, (_, response) => void response.end());
  const sockets = new WebSocketServer({ server: back.server });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/p/`);
  await once(client, 'open');
  const [behind] = [...sockets.clients];
  assert.ok(behind);
  const ended = [once(client, 'close'), once(behind, 'close')];
  const stopped = await server.stop();
  assert.equal(stopped.code, 0);
  await Promise.all(ended);
});

test('any other protocol is passed on once both sides want it, with what was sent ahead', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    assert.match(connection.received, /\r\nConnection: upgrade\r\nUpgrade: shout\r\n/i);
    connection.socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nfirst;',
    );
    await connection.until(/ahead;now;/);
    connection.socket.end('last;');
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send('GET /p/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nahead;');
  const answer = await client.read();
  assert.deepEqual([answer.status, answer.header('upgrade')], [101, 'shout']);
  client.send('now;');
  assert.equal((await client.readToEnd()).toString(), 'first;last;');
});

test('a tunnel in which nothing is said for proxy_tunnel_timeout is ended', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port, 'proxy_tunnel_timeout = "300ms"')}`);
  const client = new RawClient(server);
  client.send('GET /p/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  assert.equal((await client.read()).status, 101);
  assert.equal((await client.readToEnd()).length, 0);
  await server.waitForLog(/was silent for 0\.3 s: the tunnel of GET \/p\/ was ended/);
});

test('HTTP in another form is no protocol to change to: requests in it would pass by all rules', async (t) => {
  const back = await startBack(t, (request, response) => {
    response.end(
      `${request.headers.upgrade} ${request.headers.connection} ${String(request.headers['http2-settings'])}`,
    );
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const head =
    'GET /p/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n';
  const answer = await rawRequest(server, head);
  assert.deepEqual([answer.status, answer.text], [200, 'undefined undefined undefined']);
});

test('an https peer is spoken to when its certificate is good for its name, and not otherwise', async (t) => {
  const { certificate, key } = await selfSigned('back.example');
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'ca.pem'), certificate);
  const back = createTlsServer(
    { cert: certificate, key, ALPNProtocols: ['http/1.1'] },
    (request, response) => {
      const { servername } = request.socket as unknown as { servername: string };
      response.end(`${servername} ${String(request.headers['x-forwarded-proto'])}`);
    },
  );
  back.listen(0, '127.0.0.1');
  await once(back, 'listening');
  t.after(() => {
    back.closeAllConnections();
    back.close();
  });
  const peer = `peers = ["https://127.0.0.1:${(back.address() as AddressInfo).port}"]`;
  const server = await serveProxy(
    t,
    `[upstreams.good]
${peer}
tls_name = "back.example"
tls_ca = "ca.pem"
[upstreams.unknown]
${peer}
tls_name = "back.example"
[upstreams.other]
${peer}
tls_name = "other.example"
tls_ca = "ca.pem"
[upstreams.unverified]
${peer}
tls_verify = false
[[site]]
${['good', 'unknown', 'other', 'unverified'].map((name) => `[[site.location]]\npath = "/${name}/"\nproxy = "${name}"\n`).join('')}`,
    { folder },
  );
  const ask = (path: string) => rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  for (let i = 0; i < 2; i++) assert.equal((await ask('/good/')).text, 'back.example http');
  for (const name of ['unknown', 'other']) {
    assert.equal((await ask(`/${name}/`)).status, 502);
    await server.waitForLog(new RegExp(`has a certificate that is not believed: [^\n]*GET /${name}/`));
  }
  assert.equal((await ask('/unverified/')).status, 200);
});

test('the uwsgi protocol has the request as variables, and the body after them', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/body$/);
    const [, variables, body] = uwsgi(connection.received);
    const said = JSON.stringify({ ...variables, body });
    connection.socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${said}`);
  });
  const server = await serveProxy(
    t,
    `[[site]]\n[[site.location]]\npath = "/u/"\nproxy = "uwsgi://127.0.0.1:${back.port}"`,
  );
  for (const framing of [
    'Content-Length: 4\r\n\r\nbody',
    'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
  ]) {
    const head = `POST /u/a%20b?c=d HTTP/1.1\r\nHost: site.test:81\r\nContent-Type: text/plain\r\nProxy: evil\r\nX-A: 1\r\nX-A: 2\r\n${framing}`;
    const answer = await rawRequest(server, head, { method: 'POST' });
    const seen = JSON.parse(answer.text) as Record<string, string>;
    for (const [name, value] of Object.entries({
      REQUEST_METHOD: 'POST',
      SCRIPT_NAME: '',
      PATH_INFO: '/u/a b',
      QUERY_STRING: 'c=d',
      REQUEST_URI: '/u/a%20b?c=d',
      SERVER_PROTOCOL: 'HTTP/1.1',
      SERVER_NAME: 'site.test',
      SERVER_PORT: String(server.port),
      REMOTE_ADDR: '127.0.0.1',
      CONTENT_TYPE: 'text/plain',
      CONTENT_LENGTH: '4',
      HTTP_HOST: 'site.test:81',
      HTTP_X_A: '1, 2',
      HTTP_X_FORWARDED_FOR: '127.0.0.1',
      body: 'body',
    }))
      assert.equal(seen[name], value, name);
    assert.equal(seen.HTTP_PROXY, undefined);
  }
});

for (const [name, args, ready] of [
  [
    'gunicorn',
    ['-m', 'gunicorn', 'app:application', '-b', '127.0.0.1:0', '--threads', '2'],
    /Listening at: http:\/\/127\.0\.0\.1:([0-9]+)/,
  ],
  [
    'waitress',
    ['-m', 'waitress', '--listen', '127.0.0.1:0', 'app:application'],
    /Serving on http:\/\/127\.0\.0\.1:([0-9]+)/,
  ],
] as const) {
  test(`${name} behind it answers one request after another`, async (t) => {
    const back = launch(t, venvPython(), args, { cwd: join(apps, 'plain/hello') });
    const port = Number((await back.waitForLog(ready, 20_000))[1]);
    const server = await serveProxy(t, `[[site]]${locationTo(port)}`);
    const client = new RawClient(server);
    t.after(() => client.socket.destroy());
    for (let i = 0; i < 50; i++) {
      client.send('GET /p/ HTTP/1.1\r\nHost: a\r\n\r\n');
      const answer = await client.read();
      assert.deepEqual([answer.status, answer.text], [200, 'Hello, world!\n']);
    }
  });
}

/** Modifier, variables and what follows of a uwsgi request. */
function uwsgi(text: string): [modifier: number, variables: Record<string, string>, rest: string] {
  const bytes = Buffer.from(text, 'latin1');
  const end = 4 + bytes.readUInt16LE(1);
  const variables: Record<string, string> = {};
  const word = (at: number): string => bytes.toString('latin1', at + 2, at + 2 + bytes.readUInt16LE(at));
  for (let at = 4; at < end; ) {
    const name = word(at);
    const value = word(at + 2 + name.length);
    at += 4 + name.length + value.length;
    variables[name] = value;
  }
  return [bytes[0] ?? -1, variables, bytes.toString('latin1', end)];
}

async function selfSigned(name: string): Promise<{ certificate: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { certificate: made.toString('pem'), key };
}
