// What `npm run soak` runs: the whole scenario against Licorne, or against a peer with the same one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../helpers/paths.ts';
import { venvPython } from '../helpers/venv.ts';
import { startLicorneTarget } from './licorne.ts';
import { startGunicornTarget, startUvicornTarget } from './peers.ts';
import { type Outcome, runScenario, type Scenario } from './scenario.ts';
import type { Loss } from './tally.ts';
import type { Target } from './target.ts';

const FULL: Scenario = { reloads: 200, kills: 200, scalings: 50, upgrades: 5, broken: 10 };

const [server = 'licorne', share = '1', without = '', bin = join(root, '.venv', 'bin')] =
  process.argv.slice(2);
const scenario = Object.fromEntries(
  Object.entries(FULL).map(([name, count]) => [
    name,
    name === without ? 0 : Math.ceil(count * Number(share)),
  ]),
) as unknown as Scenario;
const folder = mkdtempSync(join(tmpdir(), 'soak-'));
try {
  const target = await start(server);
  const outcome = await runScenario(target, scenario, (line) => process.stdout.write(`${line}\n`));
  report(outcome, target);
  process.exitCode = outcome.lost.length + outcome.failed.length === 0 && outcome.exitCode === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function start(name: string): Promise<Target> {
  if (name === 'gunicorn') return startGunicornTarget(folder, bin);
  if (name === 'uvicorn') return startUvicornTarget(folder, bin);
  return startLicorneTarget(folder, venvPython());
}

function report(outcome: Outcome, target: Target): void {
  const { answered, lost, killed, deathsLogged, did, failed, memoryMb, seconds, exitCode } = outcome;
  const sum = Object.values(answered).reduce((all, count) => all + count, 0);
  process.stdout.write(`
${outcome.server}: ${sum} answered in ${Math.round(seconds)} s (${pairs(answered)})
  did       ${pairs(did)}
  lost      ${lost.length}${lost.length > 0 ? ` (${pairs(causes(lost))})` : ''}
  killed    ${killed.length} in workers that were sent SIGKILL (${pairs(causes(killed))}); ${deathsLogged} deaths of requests in the log
  failed    ${failed.length === 0 ? 'nothing' : failed.join('; ')}
  memory    ${memoryMb.early} MB in the second quarter, ${memoryMb.late} MB in the last
  exit      ${exitCode}
`);
  const results = join(root, '.build', 'soak');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${outcome.server}.json`), `${JSON.stringify(outcome, null, 2)}\n`);
  writeFileSync(join(results, `${outcome.server}.log`), target.log());
}

function causes(losses: readonly Loss[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, cause, reused } of losses) {
    const name = `${kind} ${cause.replace(/\d+ bytes/, 'some bytes')}${reused ? ' (kept connection)' : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function pairs(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
