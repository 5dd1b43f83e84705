import { hasErrors } from '../config/diagnostic.ts';
import { OPTIONS, SETTING_NAMES, type SettingName } from '../config/options.ts';
import type { Resolution } from '../config/resolve.ts';
import { withoutWorkers } from '../config/without-workers.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { refusal } from '../supervisor/reload.ts';
import type { Replan, ServerPlan } from '../supervisor/server-plan.ts';
import { configurationFault, diagnosticTexts } from './report.ts';

/** Reads the configuration again, in the way it was read at the start: the same command line and environment, the file as it is now. */
export type Reread = () => Promise<Resolution>;

/** What a reload makes of the configuration: a plan, or all that is wrong with it, with file, line and column. */
export async function replan(
  /** As at the start of the server: some things of it nobody can change while it runs. */
  started: Resolution,
  reread: Reread,
  planOf: (resolution: Resolution) => ServerPlan | StartFailure,
  /** What holds now, when all workers are to go on; null: they are replaced. */
  kept: Resolution | null = null,
): Promise<Replan> {
  const resolution = await attempt(reread);
  if (resolution instanceof Error) return refusal(resolution.message);
  const { diagnostics } = resolution;
  if (hasErrors(diagnostics)) return configurationFault(diagnostics);
  const {
    resolution: possible,
    waiting,
    changed,
  } = kept === null ? { resolution, waiting: [], changed: [] } : withoutWorkers(kept, resolution);
  const plan = await attempt(() => planOf(possible));
  if (plan instanceof Error) return refusal(plan.message);
  if ('exitCode' in plan) {
    const { message, detail, hint } = plan;
    return { ok: false, title: message, traceback: detail, hint };
  }
  return {
    ok: true,
    plan,
    warnings: [
      ...diagnosticTexts(diagnostics, 'warning'),
      ...restartsNeeded(started, resolution),
      ...waiting.map(workersNeeded),
    ],
    changed,
  };
}

/** Its value, or the fault that it ends with. */
async function attempt<T>(work: () => T | Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What is different now and holds only from the next start on. */
function restartsNeeded(started: Resolution, now: Resolution): readonly string[] {
  return SETTING_NAMES.filter((name) => OPTIONS[name].reload === 'restart')
    .filter((name) => textOf(started, name) !== textOf(now, name))
    .map(
      (name) =>
        `licorne: warning: \`${name}\` was changed: it takes effect ${name === 'socket_mode' ? HANDED_ON : 'after `licorne upgrade` or a restart'}\n`,
    );
}

function workersNeeded(name: string): string {
  return `licorne: warning: \`${name}\` was changed: it takes effect with \`licorne reload\`, which replaces the workers\n`;
}

/** An upgrade hands the sockets on as they are. */
const HANDED_ON = 'when the server is stopped and started again';

function textOf({ settings }: Resolution, name: SettingName): string {
  return JSON.stringify(settings[name]);
}
