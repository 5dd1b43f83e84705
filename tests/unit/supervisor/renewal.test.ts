import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { GatewayProcess } from '../../../src/supervisor/gateway-process.ts';
import { Renewal } from '../../../src/supervisor/renewal.ts';

interface FakeGateway {
  ready: boolean;
  listening: boolean;
  listens: number;
  listen: () => void;
}

function renewing(t: TestContext, count: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const gateways = Array.from({ length: count }, (): FakeGateway => {
    const gateway = { ready: false, listening: false, listens: 0, listen: () => void (gateway.listens += 1) };
    return gateway;
  });
  const all = gateways as unknown as readonly GatewayProcess[];
  return { gateways, all, renewal: new Renewal(all) };
}

test('nobody listens before all are ready and linked, and it is done when all listen', async (t) => {
  const { gateways, renewal } = renewing(t, 2);
  const [a, b] = gateways;
  assert.ok(a && b);
  a.ready = true;
  renewal.look(() => true);
  b.ready = true;
  renewal.look((gateway) => (gateway as unknown) === a);
  assert.deepEqual([a.listens, b.listens], [0, 0]);
  renewal.look(() => true);
  renewal.look(() => true);
  assert.deepEqual([a.listens, b.listens], [1, 1]);
  a.listening = true;
  renewal.look(() => true);
  assert.equal(await Promise.race([renewal.done, Promise.resolve('waiting')]), 'waiting');
  b.listening = true;
  renewal.look(() => true);
  assert.equal(await renewal.done, null);
});

test('one that cannot listen fails them all; messages of others do not matter', async (t) => {
  const { all, renewal } = renewing(t, 1);
  const [own] = all;
  const other = {} as GatewayProcess;
  const message = {
    type: 'listen_failed',
    listener: 0,
    code: 'EADDRINUSE',
    message: 'it is in use',
  } as const;
  assert.equal(renewal.failed(other, message), false);
  assert.ok(own);
  assert.equal(renewal.failed(own, { type: 'ready' }), false);
  assert.equal(renewal.failed(own, message), true);
  assert.equal(await renewal.done, 'it is in use');
});

test('gateways that never listen are given up', async (t) => {
  const { renewal } = renewing(t, 1);
  t.mock.timers.tick(30_000);
  assert.match((await renewal.done) ?? '', /did not listen within 30 s/);
});
