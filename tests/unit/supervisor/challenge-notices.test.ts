import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChallengeNotices } from '../../../src/supervisor/challenge-notices.ts';
import type { ChallengeSpec } from '../../../src/wire/challenge-spec.ts';

const SPEC: ChallengeSpec = { http: [['token', 'answer']], tls: [] };

function gateway() {
  const told: (readonly [number, ChallengeSpec])[] = [];
  return { told, challenge: (number: number, spec: ChallengeSpec) => void told.push([number, spec]) };
}

/** Whether it is settled by now. */
async function settled(work: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    work.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

test('a challenge is begun when every gateway answers it', async () => {
  const notices = new ChallengeNotices();
  const [one, two] = [gateway(), gateway()];
  notices.follow(one);
  notices.follow(two);
  assert.deepEqual(one.told, [], 'there is nothing to say');
  const shown = notices.show(SPEC);
  assert.deepEqual(one.told, [[1, SPEC]]);
  notices.held(one, 1);
  assert.equal(await settled(shown), false);
  notices.held(two, 1);
  assert.equal(await settled(shown), true);
});

test('a gateway that is started meanwhile is told and waited for, one that is gone is not', async () => {
  const notices = new ChallengeNotices();
  const [one, two] = [gateway(), gateway()];
  notices.follow(one);
  const shown = notices.show(SPEC);
  notices.follow(two);
  assert.deepEqual(two.told, [[1, SPEC]]);
  notices.held(one, 1);
  assert.equal(await settled(shown), false);
  notices.forget(two);
  assert.equal(await settled(shown), true);
});

test('an answer to an older notice counts for that one only', async () => {
  const notices = new ChallengeNotices();
  const one = gateway();
  notices.follow(one);
  const first = notices.show(SPEC);
  const second = notices.show({ http: [], tls: [] });
  notices.held(one, 1);
  assert.deepEqual([await settled(first), await settled(second)], [true, false]);
  notices.held(one, 2);
  assert.equal(await settled(second), true);
});

test('without gateways nobody is waited for', async () => {
  assert.equal(await settled(new ChallengeNotices().show(SPEC)), true);
});
