import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeastConnections } from '../../../src/peers/balance/least-connections.ts';
import { type Choosable, PeerChoice } from '../../../src/peers/balance/peer-choice.ts';
import { PeerHealth } from '../../../src/peers/balance/peer-health.ts';

const RULES = { failMax: 1, failWindowMs: 1000, banMs: 5000, slowStartMs: 0, rise: 1, fall: 1 };

interface Server extends Choosable {
  inFlight: number;
  full: boolean;
}

function server(name: string, backup = false): Server {
  const weigh = (): void => undefined;
  return { name, backup, weight: 1, inFlight: 0, full: false, health: new PeerHealth(RULES), weigh };
}

function nameOf(choice: Choosable | 'full' | 'none'): string {
  return typeof choice === 'string' ? choice : choice.name;
}

function setUp(): { all: Server[]; choose: (now: number, tried?: readonly Server[]) => string } {
  const all = [server('a'), server('b'), server('spare', true)];
  const choice = new PeerChoice<Server>(new LeastConnections());
  return { all, choose: (now, tried = []) => nameOf(choice.choose(all, tried, '', now)) };
}

test('a backup is chosen when no other is well, and when all others failed this request', () => {
  const { all, choose } = setUp();
  const [a, b] = all as [Server, Server];
  assert.equal(choose(0), 'a');
  assert.equal(choose(0, [a]), 'b');
  assert.equal(choose(0, [a, b]), 'spare');
  a.health.failed(0);
  b.health.draining = true;
  assert.equal(choose(1), 'spare');
  assert.equal(choose(5000), 'a');
});

test('those that are full are waited for rather than a backup asked', () => {
  const { all, choose } = setUp();
  const [a, b] = all as [Server, Server];
  a.full = true;
  b.full = true;
  assert.equal(choose(0), 'full');
  b.full = false;
  assert.equal(choose(0), 'b');
});

test('when all failed, the one whose ban ends first is asked all the same, and none that is down or drained', () => {
  const { all, choose } = setUp();
  const [a, b, spare] = all as [Server, Server, Server];
  b.health.failed(0);
  a.health.failed(100);
  spare.health.failed(200);
  assert.equal(choose(300), 'b');
  assert.equal(choose(300, [b]), 'a');
  b.health.draining = true;
  assert.equal(choose(300), 'a');
  a.health.asked(false, 300);
  assert.equal(choose(300), 'spare');
  spare.full = true;
  assert.equal(choose(300), 'full');
  spare.health.asked(false, 300);
  assert.equal(choose(300), 'none');
});
