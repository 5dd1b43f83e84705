import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FoundAddresses, Names } from '../../../src/peers/names.ts';

function setup() {
  const asked: ((found: FoundAddresses | Error) => void)[] = [];
  const clock = { now: 0 };
  const names = new Names(
    (_, done) => void asked.push(done),
    () => clock.now,
  );
  const got: string[] = [];
  const resolve = (host = 'back.example'): void =>
    names.resolve(host, (result) =>
      got.push(result instanceof Error ? `error ${result.message}` : result.join()),
    );
  return { asked, clock, names, got, resolve };
}

test('an address is its own name, and nobody is asked', () => {
  const { asked, got, resolve } = setup();
  resolve('127.0.0.1');
  resolve('::1');
  assert.deepEqual([asked.length, got], [0, ['127.0.0.1', '::1']]);
});

test('a name is asked for once, however many wait, and again when its time is over', () => {
  const { asked, clock, got, resolve } = setup();
  resolve();
  resolve();
  assert.equal(asked.length, 1);
  asked[0]?.({ addresses: ['10.0.0.1'], ttlMs: 5000 });
  clock.now = 4999;
  resolve();
  assert.deepEqual([asked.length, got], [1, ['10.0.0.1', '10.0.0.1', '10.0.0.1']]);
  clock.now = 5001;
  resolve();
  assert.equal(asked.length, 2, 'asked again');
  assert.equal(got.length, 4, 'and nobody waits for that');
  asked[1]?.({ addresses: ['10.0.0.2'], ttlMs: 5000 });
  resolve();
  assert.equal(got.at(-1), '10.0.0.2');
});

test('old addresses are used when new ones cannot be had; a name without any is asked for again soon', () => {
  const { asked, clock, got, resolve } = setup();
  resolve();
  asked[0]?.(new Error('no such name'));
  resolve();
  assert.deepEqual([asked.length, got], [1, ['error no such name', 'error no such name']]);
  clock.now = 1001;
  resolve();
  asked[1]?.({ addresses: ['10.0.0.1'], ttlMs: 1000 });
  clock.now = 5000;
  resolve();
  asked[2]?.(new Error('no such name'));
  clock.now = 6500;
  resolve();
  assert.deepEqual(got.slice(2), ['10.0.0.1', '10.0.0.1', '10.0.0.1']);
});

test('addresses that lead nowhere are asked for again before their time is over', () => {
  const { asked, clock, names, resolve } = setup();
  resolve();
  asked[0]?.({ addresses: ['10.0.0.1'], ttlMs: 300_000 });
  names.doubt('back.example');
  clock.now = 1001;
  resolve();
  assert.equal(asked.length, 2);
});
