import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { Http1Tunnel } from '../../../src/gateway/http1-tunnel.ts';
import type { UpgradableConnection } from '../../../src/gateway/upgrade.ts';
import type { TunnelEvents } from '../../../src/http/tunnel.ts';
import { FakeExchange } from '../handlers/fake-exchange.ts';

const EVENTS: TunnelEvents = {
  received: () => undefined,
  drained: () => undefined,
  leave: () => undefined,
  closed: () => undefined,
};

/** A tunnel to a client that takes a piece only when `takes` says so. */
function tunnel(t: TestContext, takes: (piece: number) => boolean) {
  // The clocks of a server keep no process alive by themselves.
  const alive = setInterval(() => undefined, 1000);
  t.after(() => clearInterval(alive));
  let pieces = 0;
  const socket = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      if (takes((pieces += 1))) setTimeout(done, 15);
    },
  });
  const connection = {
    socket,
    openedStatus: 101,
    context: { limits: { responseHeadBytesMax: 65_536, writeMs: 20 }, serverHeader: '' },
    detach: () => Buffer.alloc(0),
  } as unknown as UpgradableConnection;
  const exchange = new FakeExchange('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo');
  const end = new Http1Tunnel(connection, exchange).open(
    { status: 101, reason: '', fields: [], memo: null },
    'echo',
    EVENTS,
  );
  assert.ok(end);
  for (let i = 0; i < 5; i++) end.write(Buffer.from('abc'), 0, 3);
  return { socket, end };
}

test('a tunnel that ends does not wait for a client that takes nothing any more', async (t) => {
  const { socket, end } = tunnel(t, (piece) => piece < 3);
  end.end();
  await once(socket, 'close');
  assert.ok(socket.writableLength > 0);
});

test('a client that takes what it is owed, however slowly, gets all of it', async (t) => {
  const { socket, end } = tunnel(t, () => true);
  end.end();
  await once(socket, 'close');
  assert.equal(socket.writableLength, 0);
  assert.equal(socket.writableFinished, true);
});
