import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { FailedMessage } from '../wire/control.ts';
import type { HookArguments } from '../wire/hooks-control.ts';
import { HooksProcess } from './hooks-process.ts';
import type { WorkerRecipe } from './worker-process.ts';

/** What a hook may take, other than on_starting. */
const HOOK_MS = 30_000;
/** What on_starting may take: databases are migrated in it. */
const STARTING_MS = 600_000;
const LEAVE_MS = 1_000;

/**
 * The hooks of gunicorn's configuration files that belong to the master, for all apps: each distinct file has a process. Without such a
 * file nothing is started and every call is over at once. Faults are logged, except where a failure is given back.
 */
export class MasterHooks {
  readonly #log: Log;
  readonly #output: Pick<ErrorOutput, 'fd' | 'stdoutFd'>;
  #recipes: ReadonlyMap<string, WorkerRecipe>;
  /** The file that an app's hooks come from. */
  #files: ReadonlyMap<string, string>;
  #processes = new Map<string, HooksProcess>();
  #age = 0;
  /** What was told of `nworkers_changed` last. */
  #counts = new Map<string, number>();

  /** @param recipes of each app, the main one first. */
  constructor(
    recipes: readonly WorkerRecipe[],
    options: { log: Log; output: Pick<ErrorOutput, 'fd' | 'stdoutFd'> },
  ) {
    this.#log = options.log;
    this.#output = options.output;
    this.#recipes = byFile(recipes);
    this.#files = fileOfApp(recipes);
  }

  /** The server begins: on_starting. Null, or why it must not. */
  async starting(): Promise<FailedMessage | null> {
    for (const file of this.#recipes.keys()) {
      const failure = await this.#process(file)?.started;
      if (failure !== undefined && failure !== null) return failure;
      const fault = await this.#process(file)?.call({ hook: 'on_starting' }, STARTING_MS);
      if (fault !== undefined && fault !== null) {
        const title = `The hook on_starting of ${file} failed: ${fault.title}`;
        return { type: 'failed', stage: 'boot', title, message: '', traceback: fault.traceback, hint: '' };
      }
    }
    return null;
  }

  /** The server serves: when_ready. */
  async ready(): Promise<void> {
    await this.#callAll({ hook: 'when_ready' });
  }

  /** A reload begins, with these recipes: the files are run anew, then on_reload. Null, or why it must not. */
  async reloading(recipes: readonly WorkerRecipe[]): Promise<FailedMessage | null> {
    const old = this.#processes;
    const next = byFile(recipes);
    const fresh = new Map<string, HooksProcess>();
    for (const [file, recipe] of next) {
      const started = this.#launch(file, recipe);
      fresh.set(file, started);
      const failure = await started.started;
      if (failure === null) continue;
      for (const one of fresh.values()) void one.end(LEAVE_MS);
      return failure;
    }
    this.#recipes = next;
    this.#files = fileOfApp(recipes);
    this.#processes = fresh;
    for (const one of old.values()) void one.end(HOOK_MS);
    await this.#callAll({ hook: 'on_reload' });
    return null;
  }

  /** The number of a worker that is about to be started, counted over all apps. */
  nextAge(): number {
    this.#age += 1;
    return this.#age;
  }

  /** A worker is about to be started: pre_fork. Null: there is nothing to wait for. */
  beforeSpawn(app: string, age: number): Promise<void> | null {
    return this.#files.has(app) ? this.#call(app, { hook: 'pre_fork', age }) : null;
  }

  spawned(app: string, age: number, pid: number): void {
    if (pid !== 0) this.#of(app)?.spawned(age, pid);
  }

  /** A worker has ended: child_exit. */
  childExit(app: string, age: number, pid: number): void {
    if (pid !== 0) void this.#call(app, { hook: 'child_exit', age, pid });
  }

  /** As many workers are wanted: nworkers_changed. */
  workersWanted(app: string, count: number): void {
    const before = this.#counts.get(app) ?? null;
    if (before === count || !this.#files.has(app)) return;
    this.#counts.set(app, count);
    void this.#call(app, { hook: 'nworkers_changed', count, before });
  }

  /** A new master is about to be started: pre_exec. */
  async beforeExec(): Promise<void> {
    await this.#callAll({ hook: 'pre_exec' });
  }

  /** All is over: on_exit, after what is still running, and the end of the processes. */
  async ending(withinMs: number): Promise<void> {
    await this.#callAll({ hook: 'on_exit' }, withinMs);
    await Promise.all([...this.#processes.values()].map((one) => one.end(LEAVE_MS)));
  }

  reopen(errorLog: string): void {
    for (const one of this.#processes.values()) one.reopen(errorLog);
  }

  async #callAll(args: HookArguments, limitMs = HOOK_MS): Promise<void> {
    await Promise.all([...this.#recipes.keys()].map((file) => this.#callFile(file, args, limitMs)));
  }

  async #call(app: string, args: HookArguments): Promise<void> {
    const file = this.#files.get(app);
    if (file !== undefined) await this.#callFile(file, args, HOOK_MS);
  }

  async #callFile(file: string, args: HookArguments, limitMs: number): Promise<void> {
    const fault = await this.#process(file)?.call(args, limitMs);
    if (fault === undefined || fault === null) return;
    const trace = fault.traceback === '' ? '' : `\n${fault.traceback.trimEnd()}`;
    this.#log.error(`The hook ${args.hook} of ${file} failed: ${fault.title}${trace}`);
  }

  #launch(file: string, recipe: WorkerRecipe): HooksProcess {
    return new HooksProcess(recipe, this.#output, (what) =>
      this.#log.error(`${what}; the next hook of ${file} starts another`),
    );
  }

  #of(app: string): HooksProcess | undefined {
    const file = this.#files.get(app);
    return file === undefined ? undefined : this.#process(file);
  }

  /** The one that runs, or another when it has ended. */
  #process(file: string): HooksProcess | undefined {
    const known = this.#processes.get(file);
    if (known?.usable === true) return known;
    const recipe = this.#recipes.get(file);
    if (recipe === undefined) return undefined;
    const fresh = this.#launch(file, recipe);
    this.#processes.set(file, fresh);
    return fresh;
  }
}

function byFile(recipes: readonly WorkerRecipe[]): ReadonlyMap<string, WorkerRecipe> {
  const found = new Map<string, WorkerRecipe>();
  for (const recipe of recipes) {
    const file = recipe.start.hooks?.file;
    if (file !== undefined && !found.has(file)) found.set(file, recipe);
  }
  return found;
}

function fileOfApp(recipes: readonly WorkerRecipe[]): ReadonlyMap<string, string> {
  return new Map(
    recipes.flatMap(({ start }) => (start.hooks === null ? [] : [[start.app, start.hooks.file] as const])),
  );
}
