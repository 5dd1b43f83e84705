import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadReporter } from '../../../src/gateway/load-reporter.ts';
import type { AppPool } from '../../../src/upstream/app-pool.ts';
import type { AppLoad } from '../../../src/wire/gateway-control.ts';

test('only what has changed is reported', async () => {
  const load = { queued: 0, oldestMs: 0, inFlight: 0, requests: 0, workers: [] };
  const pools = new Map([
    ['a', { load: () => load }],
    ['b', { load: () => ({ ...load, queued: 0, requests: 7 }) }],
  ]) as unknown as ReadonlyMap<string, AppPool>;
  const sent: (readonly AppLoad[])[] = [];
  const reporter = new LoadReporter(pools, (apps) => sent.push(apps));
  reporter.report();
  reporter.report();
  assert.deepEqual(
    sent.map((apps) => apps.map(({ app }) => app)),
    [['a', 'b']],
  );
  load.queued = 1;
  reporter.soon();
  reporter.soon();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1], [{ app: 'a', ...load }]);
});
