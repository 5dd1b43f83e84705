import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { shareReads, type SharedSocket } from '../../../src/gateway/shared-socket.ts';

/** A client, and the server's end of its connection as the gateway has it. */
export async function socketPair(context: TestContext): Promise<{ client: Socket; server: SharedSocket }> {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepted = new Promise<SharedSocket>((resolve) => assert.ok(shareReads(listener, resolve)));
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const server = await accepted;
  context.after(() => {
    client.destroy();
    server.destroy();
    listener.close();
  });
  return { client, server };
}
