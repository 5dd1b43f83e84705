import type { Resolution } from '../config/resolve.ts';
import type { ReloadScope } from '../supervisor/reload-scope.ts';
import type { Replan, ServerPlan } from '../supervisor/server-plan.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import type { Log } from '../telemetry/log.ts';
import type { ReleaseFolder } from './release-folder.ts';
import { withLogPaths } from './log-paths.ts';
import { type Reread, replan } from './replan.ts';

/** The configuration of a running server: what it was started with, what holds now, and how it is read again. */
export class HeldConfiguration {
  readonly #started: Resolution;
  readonly #reread: Reread;
  readonly #folder: ReleaseFolder;
  readonly #log: Log;
  #holds: Resolution;
  /** Became a plan, and may come to hold. */
  #candidate: Resolution;

  constructor(started: Resolution, reread: Reread, folder: ReleaseFolder, log: Log) {
    this.#started = started;
    this.#holds = started;
    this.#candidate = started;
    this.#reread = async () => withLogPaths(await reread());
    this.#folder = folder;
    this.#log = log;
  }

  /** Those that hold now. */
  get settings(): Resolution['settings'] {
    return this.#holds.settings;
  }

  /** Reads it again. */
  async replan(
    scope: ReloadScope,
    planOf: (resolution: Resolution) => ServerPlan | StartFailure,
  ): Promise<Replan> {
    const plan = (resolution: Resolution): ServerPlan | StartFailure => {
      this.#candidate = resolution;
      return planOf(resolution);
    };
    if (scope === 'everything') return replan(this.#started, () => this.#followed(), plan);
    const next = await replan(this.#started, this.#reread, plan, this.#holds);
    const elsewhere = this.#folder.elsewhere;
    if (!next.ok || elsewhere === null) return next;
    return { ...next, warnings: [...next.warnings, releaseWaits(elsewhere)] };
  }

  /** What was read last holds from now on. */
  adopt(): void {
    this.#holds = this.#candidate;
    this.#folder.stay();
  }

  /** What was read last will not hold. */
  refuse(): void {
    this.#folder.goBack();
  }

  /** The configuration is that of the release that is current now. */
  #followed(): Promise<Resolution> {
    const release = this.#folder.follow();
    if (release !== null)
      this.#log.info(`The reload goes to ${release}, where the folder of this server leads now`);
    return this.#reread();
  }
}

function releaseWaits(folder: string): string {
  return `licorne: warning: the folder of this server leads to ${folder} now: that release, with its configuration, takes effect with \`licorne reload\`\n`;
}
