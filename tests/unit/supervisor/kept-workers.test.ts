import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppRecipe } from '../../../src/supervisor/app-recipe.ts';
import { keepWorkers } from '../../../src/supervisor/kept-workers.ts';

const recipe = (
  app: string,
  { workers = 2, start = {}, env = {} }: { workers?: number; start?: object; env?: object } = {},
): AppRecipe =>
  ({
    worker: { start: { app, multiprocess: workers > 1, ...start }, env, python: 'python3' },
    workers,
    workersMax: workers,
  }) as unknown as AppRecipe;

test('workers are started as before, by the very same recipe, with other numbers', () => {
  const before = recipe('app');
  const next = recipe('app', { workers: 5 });
  const { apps, warnings } = keepWorkers([before], [next]);
  assert.equal(apps[0]?.worker, before.worker);
  assert.equal(apps[0]?.workers, 5);
  assert.deepEqual(warnings, []);
});

test('an app that is new has its own recipe', () => {
  const added = recipe('second');
  assert.equal(keepWorkers([recipe('app')], [recipe('app'), added]).apps[1], added);
});

test('what was told to workers, and files of the environment, are named', () => {
  const next = recipe('app', { start: { log_level: 'debug', ws_max_size: 1 }, env: { MARK: 'new' } });
  const { warnings } = keepWorkers([recipe('app')], [next]);
  assert.match(warnings.join(''), /`log_level` was changed.*\n.*`ws_max_size` was changed.*\n.*`env_file`/);
});

test('an app that was told it has one worker keeps one', () => {
  const before = recipe('app', { workers: 1 });
  const { apps, stays, warnings } = keepWorkers([before], [recipe('app', { workers: 4 })]);
  assert.deepEqual([apps[0]?.workers, apps[0]?.workersMax], [1, 1]);
  assert.equal(warnings.length, 1);
  assert.deepEqual([stays('workers'), stays('workers_max'), stays('queue_max')], [true, true, false]);
});
