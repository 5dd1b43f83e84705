import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceGeneration } from '../../../src/supervisor/generation.ts';
import { appRecipe, fakeSet, settle } from './fake-workers.ts';

function begin(workers: number) {
  const recipe = appRecipe({ workers });
  const fake = fakeSet(recipe);
  const progress: string[] = [];
  const next = { ...recipe };
  const result = replaceGeneration([{ set: fake.set, recipe: next }], ({ done, of }) =>
    progress.push(`${done}/${of}`),
  );
  return { ...fake, progress, next, result };
}

test('until the canary is loaded no old worker is touched; then a quarter at a time is replaced', async () => {
  const { spawned, set, states, progress, next, result } = begin(8);
  await settle();
  assert.equal(spawned.length, 9, 'the canary alone');
  assert.ok(
    states()
      .slice(0, 8)
      .every((state) => state.endsWith(':ready')),
  );
  spawned[8]?.load();
  await settle();
  assert.equal(spawned.length, 11, 'two at a time');
  assert.equal(spawned[0]?.state, 'stopping', 'the canary has taken a place');
  assert.ok(set.recipe === next && set.generation === 2);
  for (let index = 9; index < 16; index += 1) {
    spawned[index]?.load();
    await settle();
    const serving = set.serving.length;
    assert.ok(serving >= 8, `${serving} serve`);
  }
  assert.equal(await result, null);
  assert.deepEqual(
    set.serving.map(({ generation }) => generation),
    Array.from({ length: 8 }, () => 2),
  );
  assert.deepEqual(progress, ['0/8', '1/8', '2/8', '3/8', '4/8', '5/8', '6/8', '7/8', '8/8']);
});

test('a reload that asks for more workers is over when all of them serve, and counts them from its beginning', async () => {
  const recipe = appRecipe({ workers: 2 });
  const { set, spawned } = fakeSet(recipe);
  const progress: string[] = [];
  const next = { ...recipe, workers: 4, workersMax: 4 };
  let over = false;
  const result = replaceGeneration([{ set, recipe: next }], ({ done, of }) =>
    progress.push(`${done}/${of}`),
  ).then((failure) => {
    over = true;
    return failure;
  });
  for (let index = 2; index < 6; index += 1) {
    await settle();
    assert.ok(!over, `${index - 2} are new`);
    spawned[index]?.load();
    await settle();
    // What an old worker's end brings about must not start others beside the rollout.
    const old = spawned[index - 2];
    if (old?.state === 'stopping') old.exit();
  }
  assert.equal(await result, null);
  assert.equal(spawned.length, 6);
  assert.equal(set.serving.filter(({ generation }) => generation === 2).length, 4);
  assert.deepEqual(progress, ['0/4', '1/4', '2/4', '3/4', '4/4']);
});

test('a canary that fails changes nothing', async () => {
  const { spawned, set, states, result } = begin(3);
  await settle();
  spawned[3]?.fail('SyntaxError');
  assert.equal((await result)?.title, 'SyntaxError');
  assert.deepEqual(states(), ['100:ready', '101:ready', '102:ready']);
  assert.equal(set.generation, 1);
});

test('a later failure is tried once more', async () => {
  const { spawned, set, result } = begin(2);
  await settle();
  spawned[2]?.load();
  await settle();
  spawned[3]?.fail('the port of the debugger');
  await settle();
  spawned[4]?.load();
  assert.equal(await result, null);
  assert.equal(set.serving.length, 2);
});

test('after two later failures what serves goes on, as many as before', async () => {
  const { spawned, set, result } = begin(3);
  await settle();
  spawned[3]?.load();
  await settle();
  spawned[4]?.fail('once');
  await settle();
  spawned[5]?.fail('twice');
  assert.equal((await result)?.title, 'twice');
  assert.deepEqual(
    set.serving.map(({ generation }) => generation),
    [1, 1, 2],
  );
});

test('no canary serves before all are loaded, and one that fails takes the others along', async () => {
  const [a, b] = [fakeSet(), fakeSet()];
  const recipes = [appRecipe(), appRecipe()] as const;
  const result = replaceGeneration(
    [
      { set: a.set, recipe: recipes[0] },
      { set: b.set, recipe: recipes[1] },
    ],
    () => undefined,
  );
  await settle();
  a.spawned[2]?.load();
  await settle();
  assert.equal(a.spawned[2]?.state, 'loaded');
  assert.equal(a.pool.length, 2);
  b.spawned[2]?.fail('no database');
  await settle();
  assert.equal(a.spawned[2]?.state, 'stopping');
  assert.equal((await result)?.title, 'no database');
  assert.deepEqual(a.set.generation, 1);
  a.spawned[2]?.exit();
  assert.deepEqual(a.states(), ['100:ready', '101:ready']);
});

test('a worker that dies during the rollout comes back as one of the new generation', async () => {
  const { spawned, set, result } = begin(2);
  await settle();
  spawned[2]?.load();
  await settle();
  spawned[2]?.exit({ code: null, signal: 'SIGSEGV' });
  const again = spawned.at(-1);
  assert.equal(again?.generation, 2);
  spawned[3]?.load();
  again?.load();
  assert.equal(await result, null);
  assert.deepEqual(
    set.serving.map(({ generation }) => generation),
    [2, 2],
  );
});

test('a recipe that wants more workers or fewer gets them', async () => {
  for (const [before, after] of [
    [1, 3],
    [3, 1],
  ] as const) {
    const { set, spawned } = fakeSet(appRecipe({ workers: before }));
    const result = replaceGeneration(
      [{ set, recipe: appRecipe({ workers: after, workersMax: after }) }],
      () => undefined,
    );
    for (let round = 0; round < 8; round += 1) {
      await settle();
      for (const worker of spawned) if (worker.state === 'starting') worker.load();
    }
    assert.equal(await result, null);
    assert.equal(set.serving.length, after);
    assert.ok(set.serving.every(({ generation }) => generation === 2));
  }
});

test('an old worker that ends while more are being added is not made up for twice', async () => {
  const { set, spawned } = fakeSet(appRecipe({ workers: 1 }));
  const result = replaceGeneration([{ set, recipe: appRecipe({ workers: 2 }) }], () => undefined);
  await settle();
  spawned[1]?.load();
  await settle();
  spawned[0]?.exit();
  await settle();
  for (const worker of spawned) if (worker.state === 'starting') worker.load();
  assert.equal(await result, null);
  assert.equal(spawned.length, 3);
  assert.equal(set.serving.length, 2);
});

test('an app without workers only takes the new recipe', async () => {
  const { set, spawned } = fakeSet(appRecipe({ cheap: true }));
  const next = appRecipe({ cheap: true });
  assert.equal(await replaceGeneration([{ set, recipe: next }], () => undefined), null);
  assert.equal(spawned.length, 0);
  assert.ok(set.recipe === next);
});

test('a stop of the server ends a rollout', async () => {
  const { set, spawned, result } = begin(2);
  await settle();
  set.stopAll(0);
  for (const worker of spawned) worker.exit();
  assert.equal((await result)?.title.includes('came to an end'), true);
  assert.equal(spawned.length, 3);
});
