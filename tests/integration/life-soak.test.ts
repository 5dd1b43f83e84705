import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { venvPython } from '../helpers/venv.ts';
import { startLicorneTarget } from '../soak/licorne.ts';
import { runScenario } from '../soak/scenario.ts';

/** A part of what `npm run soak` does at length. */
const SHORT = { reloads: 5, kills: 6, scalings: 4, upgrades: 1, broken: 2 };

test('reloads, kills, scalings, an upgrade and broken releases under load lose no request that could be saved', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const target = await startLicorneTarget(folder, venvPython());
  t.after(() => target.stop());
  const outcome = await runScenario(target, SHORT, (line) => t.diagnostic(line));

  assert.deepEqual(outcome.failed, []);
  assert.deepEqual(outcome.lost, []);
  assert.deepEqual(outcome.did, { reload: 5, kill: 6, scale: 4, upgrade: 1, broken: 2 });
  // What ran in a killed worker can't be saved; the log must name each.
  assert.ok(outcome.killed.length <= outcome.deathsLogged, JSON.stringify(outcome.killed));
  for (const loss of outcome.killed)
    assert.match(
      loss.cause,
      /^status 502$|before its end$|before a chunk$|closed with 1011$|between frames$/,
    );
  assert.equal(outcome.exitCode, 0);
});
