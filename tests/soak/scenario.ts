import { Clients } from './clients.ts';
import { type Loss, Tally } from './tally.ts';
import { residentBytes, type Target } from './target.ts';

/** How often each thing happens. */
export interface Scenario {
  readonly reloads: number;
  /** Workers that are sent SIGTERM and SIGKILL, in turn. */
  readonly kills: number;
  readonly scalings: number;
  readonly upgrades: number;
  /** Releases that cannot be imported. */
  readonly broken: number;
}

export interface Outcome {
  readonly server: string;
  readonly seconds: number;
  readonly answered: Readonly<Record<string, number>>;
  /** Lost, and nothing excuses it. */
  readonly lost: readonly Loss[];
  /** They ran in a worker that was sent SIGKILL. */
  readonly killed: readonly Loss[];
  /** Lines of the log that name a request which died with its worker. */
  readonly deathsLogged: number;
  readonly did: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
  /** Of the processes that live as long as the server, in the second and in the last quarter, megabytes. */
  readonly memoryMb: { readonly early: number; readonly late: number };
  readonly exitCode: number | null;
}

type Action = 'reload' | 'kill' | 'scale' | 'upgrade' | 'broken';

/** A request that ran in a killed worker is known to its client at once; with a queue behind it, a little later. */
const AFTER_KILL_MS = 3_000;
/** Answers between two actions. */
const PACE = 25;

/** Puts a server under constant load through everything that happens in its life, and counts what clients have lost. */
export async function runScenario(
  target: Target,
  scenario: Scenario,
  tell: (line: string) => void,
): Promise<Outcome> {
  const tally = new Tally();
  const clients = new Clients(target.port, tally);
  for (const { prefix, websocket } of target.applications)
    clients.start(prefix, [
      'short',
      'upload',
      'download',
      'events',
      ...(websocket ? (['websocket'] as const) : []),
    ]);
  const run = new Run(target, tally, tell);
  const began = performance.now();
  await tally.more(PACE);
  const actions = planned(target, scenario);
  for (const [index, action] of actions.entries()) {
    await run.act(action, index);
    await tally.more(PACE);
    run.measure((index + 1) / actions.length);
  }
  await tally.more(PACE * 4);
  await clients.stop();
  const seconds = (performance.now() - began) / 1000;
  const exitCode = await target.stop();
  return { ...run.outcome(), seconds, exitCode };
}

class Run {
  readonly #target: Target;
  readonly #tally: Tally;
  readonly #tell: (line: string) => void;
  readonly #kills: number[] = [];
  readonly #did: Record<string, number> = {};
  readonly #failed: string[] = [];
  readonly #early: number[] = [];
  readonly #late: number[] = [];

  constructor(target: Target, tally: Tally, tell: (line: string) => void) {
    this.#target = target;
    this.#tally = tally;
    this.#tell = tell;
  }

  async act(action: Action, index: number): Promise<void> {
    const lostBefore = this.#tally.losses.length;
    const began = performance.now();
    try {
      await this.#do(action, index);
      this.#did[action] = (this.#did[action] ?? 0) + 1;
    } catch (error) {
      this.#failed.push(`${action} ${index}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const lost = this.#tally.losses.length - lostBefore;
    const ms = Math.round(performance.now() - began);
    this.#tell(`${index} ${action} ${ms} ms${lost > 0 ? `, ${lost} requests lost meanwhile` : ''}`);
  }

  async #do(action: Action, index: number): Promise<void> {
    const target = this.#target;
    if (action === 'reload') {
      target.deploy.next();
      if (!(await target.reload())) throw new Error('a good release was refused');
    } else if (action === 'broken') {
      target.deploy.break();
      const taken = await target.reload();
      target.deploy.mend();
      if (taken) throw new Error('a broken release was taken');
    } else if (action === 'kill') {
      const workers = target.workers();
      const pid = workers[Math.floor(Math.random() * workers.length)];
      if (pid === undefined) throw new Error('there is no worker');
      const force = index % 2 === 1;
      if (force) this.#kills.push(performance.now());
      process.kill(pid, force ? 'SIGKILL' : 'SIGTERM');
    } else if (action === 'scale') await target.scale(index % 2 === 0 ? 1 : -1);
    else await target.upgrade?.();
  }

  measure(progress: number): void {
    const bytes = this.#target.permanent().reduce((sum, pid) => sum + residentBytes(pid), 0);
    if (progress >= 0.25 && progress <= 0.5) this.#early.push(bytes);
    else if (progress > 0.75) this.#late.push(bytes);
  }

  outcome(): Omit<Outcome, 'seconds' | 'exitCode'> {
    const { losses } = this.#tally;
    const excused = (loss: Loss) => this.#kills.some((at) => loss.at >= at && loss.at <= at + AFTER_KILL_MS);
    return {
      server: this.#target.name,
      answered: this.#tally.byKind,
      lost: losses.filter((loss) => !excused(loss)),
      killed: losses.filter(excused),
      deathsLogged: this.#target.log().match(/it was running \S+ \S+ for \d+ ms/g)?.length ?? 0,
      did: this.#did,
      failed: this.#failed,
      memoryMb: { early: megabytes(this.#early), late: megabytes(this.#late) },
    };
  }
}

/** Everything that is to happen, well mixed; upgrades come first, so that memory is that of one server. */
function planned(target: Target, scenario: Scenario): readonly Action[] {
  const rest: Action[] = [];
  const add = (action: Action, count: number) => {
    for (let i = 0; i < count; i += 1) rest.push(action);
  };
  add('reload', scenario.reloads);
  add('kill', scenario.kills);
  add('scale', scenario.scalings);
  add('broken', scenario.broken);
  for (let i = rest.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [rest[i], rest[j]] = [rest[j] as Action, rest[i] as Action];
  }
  const upgrades = target.upgrade === undefined ? 0 : scenario.upgrades;
  return [...Array.from({ length: upgrades }, () => 'upgrade' as const), ...rest];
}

function megabytes(samples: readonly number[]): number {
  if (samples.length === 0) return 0;
  return Math.round(samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length / 1e5) / 10;
}
