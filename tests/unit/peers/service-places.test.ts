// A service as the gateways see it: a group with one peer or none, that the master tells of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayUpstreams } from '../../../src/cli/gateway-upstreams.ts';
import { Sweeper } from '../../../src/base/sweeper.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { Names } from '../../../src/peers/names.ts';
import { type NoPeer, type PeerAsker, PeerGroup } from '../../../src/peers/peer-group.ts';
import type { Peer } from '../../../src/peers/peer.ts';
import { ServicePlaces } from '../../../src/peers/service-places.ts';
import { Log } from '../../../src/telemetry/log.ts';
import type { ServiceLeft } from '../../../src/wire/service-control.ts';
import { resolved } from '../config/resolved.ts';

class Asker implements PeerAsker {
  readonly exchange = {} as Exchange;
  tried: readonly Peer[] = [];
  peer: Peer | null = null;
  why: NoPeer | null = null;

  picked(peer: Peer): void {
    this.peer = peer;
  }

  unpicked(why: NoPeer): void {
    this.why = why;
  }
}

function service(): { places: ServicePlaces; group: PeerGroup; left: ServiceLeft[]; sweeper: Sweeper } {
  const left: ServiceLeft[] = [];
  const places = new ServicePlaces((message) => left.push(message));
  const sweeper = new Sweeper(() => performance.now() + 5_000);
  const [spec] = gatewayUpstreams(resolved('[services.web]\ncommand = "x"\n'));
  assert.ok(spec !== undefined);
  const log = new Log({ level: 'info', format: 'text', write: () => undefined });
  const group = new PeerGroup(spec, { sweeper, names: new Names(), headBytesMax: 65_536, log });
  places.join(group);
  return { places, group, left, sweeper };
}

const at = (opening: number, port: number, coming = true) =>
  ({ type: 'service', name: 'web', opening, port, coming }) as const;

function ask(group: PeerGroup, tried: readonly Peer[] = []): Asker {
  const asker = new Asker();
  asker.tried = tried;
  group.ask(asker);
  return asker;
}

test('requests wait for a service that is to come, and not for one that is not', () => {
  const { places, group } = service();
  const early = ask(group);
  assert.deepEqual([early.peer, early.why], [null, null]);
  places.tell(at(1, 4000));
  assert.equal(early.peer?.spec.port, 4000);
  places.tell(at(2, 0));
  const waits = ask(group);
  assert.deepEqual([waits.peer, waits.why], [null, null]);
  places.tell(at(3, 0, false));
  assert.equal(waits.why, 'no_peer');
  assert.equal(ask(group).why, 'no_peer');
});

test('a place is left when its last request has ended, and that is said once', () => {
  const { places, group, left } = service();
  places.tell(at(1, 4000));
  const [a, b] = [ask(group), ask(group)];
  places.tell(at(2, 5000));
  assert.equal(ask(group).peer?.spec.port, 5000);
  assert.ok(a.peer !== null && b.peer !== null);
  group.release(a.peer);
  assert.deepEqual(left, []);
  group.release(b.peer);
  assert.deepEqual(left, [{ type: 'service_left', name: 'web', opening: 1 }]);
  places.tell(at(3, 0));
  assert.equal(left.length, 1);
});

test('a place that nobody asks is left at once', () => {
  const { places, left } = service();
  places.tell(at(1, 4000));
  places.tell(at(2, 0));
  assert.deepEqual(left, [{ type: 'service_left', name: 'web', opening: 1 }]);
});

test('a request that its process left unanswered waits for news, and goes to the next process on the same port', () => {
  const { places, group } = service();
  places.tell(at(1, 4000));
  const { peer } = ask(group);
  assert.ok(peer !== null);
  const again = ask(group, [peer]);
  assert.deepEqual([again.peer, again.why], [null, null]);
  places.tell(at(2, 0));
  assert.deepEqual([again.peer, again.why, group.queued], [null, null, 1]);
  places.tell(at(3, 4000));
  assert.equal(again.peer?.spec.port, 4000);
  assert.notEqual(again.peer, peer);
});

test('when there is no news it waits for a moment only', () => {
  const { places, group, sweeper } = service();
  places.tell(at(1, 4000));
  const { peer } = ask(group);
  assert.ok(peer !== null);
  const again = ask(group, [peer]);
  sweeper.sweep();
  assert.equal(again.why, 'queue_timeout');
  assert.equal(group.queued, 0);
});

test('requests that wait when a reload takes their location away still get their service', () => {
  const { places, group, left } = service();
  const early = ask(group);
  group.close();
  places.tell(at(1, 4000));
  assert.ok(early.peer !== null);
  places.tell(at(2, 5000));
  assert.deepEqual(left, []);
  group.release(early.peer);
  assert.equal(left.length, 1);
});
