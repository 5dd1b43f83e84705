import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { nameInHello } from '../../../src/gateway/tls/hello-name.ts';

/** What a client of Node's says first. */
async function hello(t: TestContext, options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
  client.on('error', () => undefined);
  const [socket] = (await accepted) as [Socket];
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  return first;
}

test('the name that a client asks for is found in its first message, whatever else stands in it', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await hello(t, { servername: 'Shop.Example.com', maxVersion, ALPNProtocols: ['h2'] });
    assert.equal(nameInHello(first), 'shop.example.com', maxVersion);
    for (let bytes = 0; bytes < first.length; bytes += 1)
      assert.equal(nameInHello(first.subarray(0, bytes)), null, `${bytes} bytes`);
  }
  assert.equal(nameInHello(await hello(t, { maxVersion: 'TLSv1.2' })), '');
});

test('what is no such message, or lies about its lengths, holds no name and does no harm', async (t) => {
  const first = await hello(t, { servername: 'a.test' });
  assert.equal(nameInHello(Buffer.from('GET / HTTP/1.1\r\n\r\n')), '');
  for (let at = 5; at < first.length; at += 1)
    for (const value of [0, 0x7f, 0xff]) {
      const bent = Buffer.from(first);
      bent[at] = value;
      assert.equal(typeof nameInHello(bent), 'string');
    }
});
