import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Balancer } from '../../../src/peers/balance/candidate.ts';
import { ConsistentHash } from '../../../src/peers/balance/consistent-hash.ts';
import { LeastConnections } from '../../../src/peers/balance/least-connections.ts';
import { RetryBudget } from '../../../src/peers/balance/retry-budget.ts';
import { RoundRobin } from '../../../src/peers/balance/round-robin.ts';
import { TwoChoices } from '../../../src/peers/balance/two-choices.ts';

interface Server {
  name: string;
  weight: number;
  inFlight: number;
}

const server = (name: string, weight = 1, inFlight = 0): Server => ({ name, weight, inFlight });

function turns(balancer: Balancer, servers: readonly Server[], count: number): string {
  return Array.from({ length: count }, () => balancer.choose(servers, '').name).join('');
}

/** Numbers between 0 and 1 that are always the same (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('servers take turns, by weight and evenly spread', () => {
  assert.equal(turns(new RoundRobin(), [server('a'), server('b'), server('c')], 6), 'abcabc');
  assert.equal(turns(new RoundRobin(), [server('a', 5), server('b'), server('c')], 7), 'aabacaa');
});

test('one that comes and goes does not disturb the turns of the others', () => {
  const balancer = new RoundRobin();
  const [a, b, c] = [server('a'), server('b'), server('c')];
  assert.equal(turns(balancer, [a, b, c], 3), 'abc');
  assert.equal(turns(balancer, [a, c], 4), 'acac');
  for (let i = 0; i < 100; i += 1) balancer.choose([server(`x${i}`)], '');
  assert.equal(turns(balancer, [a, b, c], 3).length, 3);
});

test('the least busy one in relation to its weight is chosen, and equals take turns', () => {
  const balancer = new LeastConnections();
  assert.equal(balancer.choose([server('a', 1, 3), server('b', 1, 1), server('c', 1, 2)], '').name, 'b');
  assert.equal(balancer.choose([server('a', 4, 3), server('b', 1, 1)], '').name, 'a');
  assert.equal(turns(balancer, [server('a', 2), server('b')], 6), 'abaaba');
  assert.equal(turns(balancer, [server('a'), server('b'), server('c', 1, 5)], 4), 'abab');
});

test('of two that chance names the less busy one is chosen', () => {
  const balancer = new TwoChoices(random(1));
  const servers = [server('a', 1, 0), server('b', 1, 50), server('c', 1, 100)];
  const chosen = turns(balancer, servers, 300);
  assert.ok(!chosen.includes('c'));
  assert.ok(chosen.includes('b'));
  assert.equal(balancer.choose([server('only')], '').name, 'only');
});

test('chance follows the weights', () => {
  const chosen = turns(new TwoChoices(random(2)), [server('a', 8), server('b', 1), server('c', 1)], 2000);
  assert.ok(chosen.split('a').length - 1 > 1400);
});

test('a key goes to the same server; when one leaves, only its keys move, and they return with it', () => {
  const balancer = new ConsistentHash();
  const all = ['a', 'b', 'c', 'd'].map((name) => server(name));
  const keys = Array.from({ length: 4000 }, (_, i) => `/page/${i}`);
  const before = new Map(keys.map((key) => [key, balancer.choose(all, key).name]));
  for (const name of ['a', 'b', 'c', 'd']) {
    const share = [...before.values()].filter((one) => one === name).length;
    assert.ok(share > 850 && share < 1150, `${name} has ${share} of 4000`);
  }
  const without = all.filter(({ name }) => name !== 'b');
  for (const [key, name] of before) {
    const now = balancer.choose(without, key).name;
    if (name !== 'b') assert.equal(now, name);
    else assert.notEqual(now, 'b');
  }
  for (const [key, name] of before) assert.equal(new ConsistentHash().choose(all, key).name, name);
});

test('keys follow the weights', () => {
  const balancer = new ConsistentHash();
  const servers = [server('a', 3), server('b', 1)];
  const chosen = Array.from({ length: 4000 }, (_, i) => balancer.choose(servers, `key${i}`).name);
  const share = chosen.filter((name) => name === 'a').length;
  assert.ok(share > 2850 && share < 3150, `${share} of 4000`);
});

test('only a share of the requests is sent again', () => {
  const budget = new RetryBudget(0.2);
  let spent = 0;
  for (let i = 0; i < 1000; i += 1) {
    budget.earn();
    if (budget.spend()) spent += 1;
  }
  assert.ok(spent >= 299 && spent <= 301, `${spent} of 1000: a hundred at once, then one of five`);
  const none = new RetryBudget(0);
  none.earn();
  assert.equal(none.spend(), false);
});
