import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServiceClient, ServicePorts } from '../../../src/supervisor/service-ports.ts';
import type { ServicePort } from '../../../src/wire/service-control.ts';

class Gateway implements ServiceClient {
  readonly told: ServicePort[] = [];

  service(message: ServicePort): void {
    this.told.push(message);
  }

  get last(): ServicePort {
    const last = this.told.at(-1);
    assert.ok(last !== undefined);
    return last;
  }
}

async function settled(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  const next = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise, next])) !== pending;
}

test('every gateway is told where a service is, one that comes later too', async () => {
  const ports = new ServicePorts();
  const [early, late] = [new Gateway(), new Gateway()];
  ports.follow(early);
  assert.ok(await settled(ports.open('web', 4000)));
  ports.follow(late);
  for (const { last } of [early, late])
    assert.deepEqual(last, { type: 'service', name: 'web', opening: 1, port: 4000, coming: true });
});

test('a place is left when every gateway has said so, or is gone', async () => {
  const ports = new ServicePorts();
  const [a, b] = [new Gateway(), new Gateway()];
  ports.follow(a);
  ports.follow(b);
  void ports.open('web', 4000);
  const { opening } = a.last;
  const left = ports.open('web', 5000);
  ports.left(a, { type: 'service_left', name: 'web', opening });
  assert.equal(await settled(left), false);
  ports.forget(b);
  assert.ok(await settled(left));
});

test('what is said of a place before does not count for the one after it, though it has the same port', async () => {
  const ports = new ServicePorts();
  const gateway = new Gateway();
  ports.follow(gateway);
  void ports.open('web', 4000);
  const first = gateway.last.opening;
  const closed = ports.close('web', true);
  assert.deepEqual([gateway.last.port, gateway.last.coming], [0, true]);
  void ports.open('web', 4000);
  ports.left(gateway, { type: 'service_left', name: 'web', opening: first });
  assert.ok(await settled(closed));
  const left = ports.close('web', false);
  assert.equal(await settled(left), false);
});
