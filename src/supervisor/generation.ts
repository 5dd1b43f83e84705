import type { FailedMessage } from '../wire/control.ts';
import type { AppRecipe } from './app-recipe.ts';
import { failed } from './boot-failure.ts';
import type { OnReloadProgress } from './reload.ts';
import type { BootResult, Booting } from './worker-set-options.ts';
import type { WorkerSet } from './worker-set.ts';
import type { Worker } from '../children/worker.ts';

/** What of an app's workers may be replaced at the same time: while it lasts, that many more of them are in memory. */
const PART_AT_A_TIME = 4;

/** An app that is to get new workers. */
export interface Successor {
  readonly set: WorkerSet;
  readonly recipe: AppRecipe;
}

/**
 * The next generation of workers, of one or more apps. Each app first boots one worker, its canary; until all canaries are loaded no old worker is
 * touched, and no canary serves. Then the workers are replaced a part at a time, each ready first. A later failure is tried once more; after
 * that the generation ends there: what serves goes on, old and new, with as many workers as before. (There is no way back: an old worker runs code
 * that is on no disk any more.)
 *
 * Resolves with what went wrong, or null.
 */
export async function replaceGeneration(
  apps: readonly Successor[],
  onProgress: OnReloadProgress,
): Promise<FailedMessage | null> {
  const rollouts = apps.map((app) => new Rollout(app, onProgress));
  const failure = await bootCanaries(rollouts);
  if (failure !== null) return failure;
  const failures = await Promise.all(rollouts.map((rollout) => rollout.run()));
  return failures.find((one) => one !== null) ?? null;
}

/** All of them at once; as soon as one fails, the others are not wanted any more. */
async function bootCanaries(rollouts: readonly Rollout[]): Promise<FailedMessage | null> {
  let first: FailedMessage | null = null;
  const boots = rollouts.map(async (rollout) => {
    const failure = await rollout.bootCanary();
    if (failure === null || first !== null) return;
    first = failure;
    for (const other of rollouts) if (other !== rollout) other.dropCanary();
  });
  await Promise.all(boots);
  return first;
}

/** One app on its way to its next generation. */
class Rollout {
  readonly #set: WorkerSet;
  readonly #recipe: AppRecipe;
  readonly #generation: number;
  readonly #onProgress: OnReloadProgress;
  /** How many workers there are to be at the end. */
  #goal: number;
  #canary: Booting | null = null;
  readonly #claimed = new Set<Worker>();
  /** New workers that follow nobody and are still starting. */
  #additions = 0;
  #failure: FailedMessage | null = null;

  constructor({ set, recipe }: Successor, onProgress: OnReloadProgress) {
    this.#set = set;
    this.#recipe = recipe;
    this.#generation = set.generation + 1;
    this.#onProgress = onProgress;
    this.#goal = goalOf(set, recipe);
  }

  async bootCanary(): Promise<FailedMessage | null> {
    const set = this.#set;
    if (set.stopping) return STOPPING;
    this.#tell();
    // Nobody serves this app now; its next request starts the new workers.
    if (set.wanted === 0) return null;
    const [old = null] = set.members;
    if (old !== null) this.#claimed.add(old);
    this.#canary = set.bootSuccessor(old, this.#recipe, this.#generation);
    const result = await this.#canary.booted;
    return result.ok ? null : result.failure;
  }

  dropCanary(): void {
    if (this.#canary !== null) this.#set.retire(this.#canary.worker);
  }

  /** After all canaries are there. */
  async run(): Promise<FailedMessage | null> {
    const set = this.#set;
    if (this.#canary !== null) {
      const installed = await set.install(this.#canary.worker);
      if (!installed.ok) return set.stopping ? STOPPING : installed.failure;
    }
    const { wanted } = set;
    if (this.#goal < wanted) set.expect(this.#goal);
    set.adopt(this.#recipe, this.#generation);
    this.#tell();
    const lanes = Math.max(1, Math.ceil(set.wanted / PART_AT_A_TIME));
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    // Somebody may want another number by now, which then holds.
    if (set.wanted === wanted && this.#failure === null) await this.#grow();
    this.#goal = set.wanted;
    if (!set.stopping) set.want(set.wanted);
    return this.#failure;
  }

  /** All that are missing at once: they take nobody's place, and none is left for the set to start unseen. */
  async #grow(): Promise<void> {
    if (this.#goal <= this.#set.wanted) return;
    this.#set.expect(this.#goal);
    const missing = this.#goal - this.#set.members.length;
    await Promise.all(Array.from({ length: missing }, () => this.#add()));
  }

  /** Replaces one worker after another until none is left. */
  async #lane(): Promise<void> {
    const set = this.#set;
    while (this.#failure === null) {
      if (set.stopping) this.#failure = STOPPING;
      const { members } = set;
      const old = members.find(
        (worker) => worker.generation < this.#generation && !this.#claimed.has(worker),
      );
      if (old !== undefined && members.length + this.#additions > set.wanted) set.retire(old);
      else if (old !== undefined) await this.#replace(old);
      else if (members.length + this.#additions < set.wanted) await this.#add();
      else return;
    }
  }

  async #replace(old: Worker): Promise<void> {
    this.#claimed.add(old);
    this.#note(await this.#tryTwice(old));
  }

  async #add(): Promise<void> {
    this.#additions += 1;
    const result = await this.#tryTwice(null);
    this.#additions -= 1;
    this.#note(result);
  }

  async #tryTwice(old: Worker | null): Promise<BootResult> {
    const first = await this.#set.replace(old, this.#recipe, this.#generation);
    if (first.ok || this.#set.stopping) return first;
    return this.#set.replace(old, this.#recipe, this.#generation);
  }

  #note(result: BootResult): void {
    if (!result.ok) this.#failure ??= this.#set.stopping ? STOPPING : result.failure;
    else this.#tell();
  }

  #tell(): void {
    const done = this.#set.serving.filter((worker) => worker.generation === this.#generation).length;
    this.#onProgress({ app: this.#set.app, done, of: this.#goal });
  }
}

/** Only what has changed in the configuration changes the number; what a person or the queue has made of it stays. */
export function goalOf({ wanted, recipe: before }: WorkerSet, { workers, workersMax }: AppRecipe): number {
  if (wanted === 0 || (workers === before.workers && workersMax === before.workersMax)) return wanted;
  return Math.min(Math.max(wanted, workers), workersMax);
}

const STOPPING = failed('The server is stopping.');
