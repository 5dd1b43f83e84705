// Connections that begin with a PROXY header, and how many of them a client may have.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testAuthority } from '../helpers/certificates.ts';
import { type Answer, type Place, RawClient, rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import type { Server } from '../helpers/server.ts';
import { secureGet } from '../helpers/tls-client.ts';

const ARGS = ['--gateways', '1', '--access-log', '-'];
const LINE = 'PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000fc0000208c6336401138801bb030000', 'hex');
const LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');

/** A client with an address of its own; all of 127/8 is this machine. */
function from(server: Server, localAddress: string): Place {
  return { port: server.port, localAddress } as Place;
}

function addressOf(answer: Answer): string {
  return (JSON.parse(answer.text) as Record<string, string>)['REMOTE_ADDR'] ?? '';
}

test('a proxy that is named says who the client is, in either version, in pieces or at once', async (t) => {
  const server = await servePlain(t, 'environ', ['--proxy-protocol', '127.0.0.1', ...ARGS]);
  const client = new RawClient(server);
  client.send(`${LINE}${GET}`);
  assert.equal((await client.read()).status, 200);
  client.send(GET);
  assert.equal(addressOf(await client.read()), '192.0.2.7', 'for the whole connection');
  client.close();
  assert.equal(addressOf(await rawRequest(server, Buffer.concat([V2, Buffer.from(GET)]))), '192.0.2.8');
  assert.equal(addressOf(await rawRequest(server, Buffer.concat([LOCAL, Buffer.from(GET)]))), '127.0.0.1');
  const slow = new RawClient(server);
  for (const piece of [
    'PRO',
    'XY TCP4 192.0.2.9 198.51',
    '.100.1 5000 443\r',
    '\nGET / HT',
    'TP/1.1\r\nHost: a\r\n\r\n',
  ]) {
    slow.send(piece);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(addressOf(await slow.read()), '192.0.2.9');
  slow.close();
  await server.waitForLog(/192\.0\.2\.9 .* 200 /);
});

test('who is not named cannot say who the client is, and who is named has to', async (t) => {
  const server = await servePlain(t, 'environ', ['--proxy-protocol', '127.0.0.1', ...ARGS]);
  const other = from(server, '127.0.0.2');
  assert.equal(addressOf(await rawRequest(other, GET)), '127.0.0.2');
  assert.equal((await rawRequest(other, `${LINE}${GET}`)).status, 400);
  const silent = new RawClient(server);
  silent.send(GET);
  assert.ok(await silent.closed());
  await server.waitForLog(
    /Closed a connection from 127\.0\.0\.1 \(proxy_protocol\): it does not begin with a PROXY header/,
  );
  const waiting = new RawClient(server);
  waiting.send('PROXY ');
  assert.ok(await waiting.closed(8_000), 'it has five seconds');
});

test('what the client says of itself is believed no more than without a proxy', async (t) => {
  const server = await servePlain(t, 'environ', [
    '--proxy-protocol',
    '127.0.0.1',
    '--forwarded-allow-ips',
    '127.0.0.1',
    ...ARGS,
  ]);
  const answer = await rawRequest(
    server,
    `${LINE}GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n`,
  );
  assert.equal(addressOf(answer), '192.0.2.7');
});

test('a Unix socket may have such a proxy, and HTTP/2 may follow', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-proxy-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 's');
  const server = await servePlain(t, 'environ', [
    ...[
      '-b',
      `unix:${path}`,
      '-b',
      '127.0.0.1:0',
      '--proxy-protocol',
      'unix,127.0.0.1',
      '--http2-cleartext',
      ...ARGS,
    ],
  ]);
  assert.equal(addressOf(await rawRequest({ path }, `${LINE}${GET}`)), '192.0.2.7');
  const url = /http:\/\/127\.0\.0\.1:(\d+)/.exec(server.output.stderr + server.output.stdout);
  const socket = connect(Number(url?.[1]), '127.0.0.1');
  socket.write(LINE);
  const session = connectHttp2('http://a', { createConnection: () => socket });
  t.after(() => session.destroy());
  const request = session.request({ ':path': '/' });
  let text = '';
  for await (const chunk of request) text += String(chunk);
  assert.match(text, /192\.0\.2\.7/);
});

test('a client has no more connections than it may; proxies that are trusted may have them all', async (t) => {
  const server = await servePlain(t, 'hello', [
    ...['--connections-per-client-max', '2', '--forwarded-allow-ips', '127.0.0.3', ...ARGS],
  ]);
  const first = new RawClient(server);
  const second = new RawClient(server);
  for (const client of [first, second]) {
    client.send(GET);
    assert.equal((await client.read()).status, 200);
  }
  assert.equal((await rawRequest(server, GET)).status, 503);
  assert.equal((await rawRequest(from(server, '127.0.0.2'), GET)).status, 200);
  const proxied = Array.from({ length: 4 }, () => new RawClient(from(server, '127.0.0.3')));
  for (const client of proxied) {
    client.send(GET);
    assert.equal((await client.read()).status, 200);
    client.close();
  }
  await server.waitForLog(/connections_per_client_max, 2\): 127\.0\.0\.1/);
  first.close();
  const limit = performance.now() + 5000;
  while ((await rawRequest(server, GET)).status !== 200) assert.ok(performance.now() < limit);
  second.close();
});

test('the header comes before TLS, in a packet of its own or together with it', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: ['localhost', '127.0.0.1'] });
  const server = await servePlain(t, 'environ', [
    ...[
      '--certfile',
      pair.certificatePath,
      '--keyfile',
      pair.keyPath,
      '--proxy-protocol',
      '127.0.0.1',
      ...ARGS,
    ],
  ]);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  for (const together of [true, false]) {
    const balancer = createServer((client) => {
      const behind = connect(server.port, '127.0.0.1');
      client.once('data', (first: Buffer) => {
        if (!together) behind.write(LINE);
        behind.write(together ? Buffer.concat([Buffer.from(LINE), first]) : first);
        client.pipe(behind).pipe(client);
      });
      for (const socket of [client, behind]) socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
    t.after(() => balancer.close());
    const { port } = balancer.address() as AddressInfo;
    const answer = await secureGet(port, '/', trusted);
    const environ = JSON.parse(answer.body) as Record<string, string>;
    assert.equal(environ['REMOTE_ADDR'], '192.0.2.7');
    assert.equal(environ['wsgi.url_scheme'], 'https');
  }
  await assert.rejects(secureGet(server.port, '/', trusted), 'without the header');
  const misplaced = await rawRequest(server, `${LINE}${GET}`);
  assert.equal(misplaced.status, 400, 'plain HTTP is answered in words here, too');
});

test('connections of TLS count as long as they are open', async (t) => {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: ['localhost'] });
  const server = await servePlain(t, 'hello', [
    ...[
      '--certfile',
      pair.certificatePath,
      '--keyfile',
      pair.keyPath,
      '--connections-per-client-max',
      '1',
      ...ARGS,
    ],
  ]);
  const trusted = { ca: readFileSync(ca), servername: 'localhost' };
  const held = new RawClient(server);
  await once(held.socket, 'connect');
  const limit = performance.now() + 5000;
  await assert.rejects(async () => {
    // The other one may not have been accepted yet.
    while (performance.now() < limit) await secureGet(server.port, '/', trusted);
  });
  held.close();
  let served = 0;
  while (served < 3 && performance.now() < limit)
    served += await secureGet(server.port, '/', trusted).then(
      () => 1,
      () => 0,
    );
  assert.equal(served, 3);
});
