import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Denials } from '../../../src/files/denials.ts';

function denials(answer: (path: string) => string | null) {
  const walks: string[] = [];
  const clock = { now: 0 };
  const all = new Denials(
    () => clock.now,
    (path) => {
      walks.push(path);
      return Promise.resolve(answer(path));
    },
  );
  return { all, walks, clock };
}

test('a folder that denies is found by one walk for all names below it, for a second', async () => {
  const { all, walks, clock } = denials(() => '/srv/closed is drwx------');
  const names = ['/srv/closed/a', '/srv/closed/b', '/srv/closed/c'];
  const said = await Promise.all(names.map((name) => all.of(name)));
  assert.deepEqual(
    said,
    Array.from({ length: 3 }, () => '/srv/closed is drwx------'),
  );
  assert.deepEqual(walks, ['/srv/closed/a']);
  clock.now = 1000;
  await all.of('/srv/closed/b');
  assert.equal(walks.length, 2);
});

test('what is said of a file is said of no other', async () => {
  const { all } = denials((path) => (path.endsWith('free') ? null : `${path} is -rw-------`));
  assert.equal(await all.of('/srv/a'), '/srv/a is -rw-------');
  assert.equal(await all.of('/srv/b'), '/srv/b is -rw-------');
  assert.equal(await all.of('/srv/free'), null);
});

test('the folders that are remembered are bounded', async () => {
  const { all, walks } = denials((path) => `${path.slice(0, -2)} is drwx------`);
  for (let i = 0; i < 101; i++) await all.of(`/srv/${i}/a`);
  await all.of('/srv/100/b');
  assert.equal(walks.length, 101);
  await all.of('/srv/0/b');
  assert.equal(walks.length, 102);
});
