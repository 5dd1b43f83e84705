import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resolution } from '../../../src/config/resolve.ts';
import { replan } from '../../../src/cli/replan.ts';
import type { ServerPlan } from '../../../src/supervisor/server-plan.ts';
import { resolved } from '../config/resolved.ts';

const planOf = (resolution: Resolution): ServerPlan =>
  ({ settings: resolution.settings, apps: [] }) as unknown as ServerPlan;

test('what is sound becomes a plan', async () => {
  const result = await replan(
    resolved(''),
    () => Promise.resolve(resolved('[server]\nqueue_max = 5\n')),
    planOf,
  );
  assert.ok(result.ok);
  assert.equal(result.plan.settings.queue_max, 5);
  assert.deepEqual(result.warnings, []);
});

test('every fault is told with its place', async () => {
  const text = '[server]\nqueue_max = "x"\nbackloq = 1\n';
  const result = await replan(resolved(''), () => Promise.resolve(resolved(text)), planOf);
  assert.ok(!result.ok);
  assert.equal(result.title, '2 errors in the configuration');
  assert.match(result.traceback, /^licorne\.toml:2:\d+: error: /m);
  assert.match(result.traceback, /^licorne\.toml:3:\d+: error: /m);
});

test('whatever ends the reading or the plan with an exception is a refusal', async () => {
  const broken = (): never => {
    throw new Error('the file of the environment is gone');
  };
  for (const result of [
    await replan(
      resolved(''),
      () => Promise.reject(new Error('the file of the environment is gone')),
      planOf,
    ),
    await replan(resolved(''), () => Promise.resolve(resolved('')), broken),
  ]) {
    assert.ok(!result.ok);
    assert.equal(result.title, 'the file of the environment is gone');
  }
});

test('what is missing on this machine is a refusal, too', async () => {
  const result = await replan(
    resolved(''),
    () => Promise.resolve(resolved('')),
    () => ({ exitCode: 1, message: 'There is no Python at x.', detail: '', hint: 'Name another.' }),
  );
  assert.deepEqual(result, {
    ok: false,
    title: 'There is no Python at x.',
    traceback: '',
    hint: 'Name another.',
  });
});

test('only what truly needs a new start is warned about, as compared with the start', async () => {
  const text =
    '[server]\nrun_dir = "/srv/run"\nuser = "web"\nbind = ["127.0.0.1:9000"]\ngateways = 2\nkeepalive_timeout = 5\n[app]\nworkers = 3\n';
  const result = await replan(resolved(''), () => Promise.resolve(resolved(text)), planOf);
  assert.ok(result.ok);
  assert.deepEqual(
    result.warnings.map((warning) => /`(\w+)`/.exec(warning)?.[1]),
    ['run_dir', 'user'],
  );
});
