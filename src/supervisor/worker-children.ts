import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { MasterToWorker } from '../wire/control.ts';
import { workerArguments } from '../wire/python-boot.ts';
import { Child, type ControlledChild } from './child.ts';
import type { RunDir } from './run-dir.ts';
import type { WorkerRecipe } from './worker-process.ts';
import { type ForkHandlers, Zygote } from './zygote.ts';

/** Without workers a zygote stays this long: one that is wanted again soon need not import the app anew. */
const LINGER_MS = 10_000;
/** Zygotes that have not left after this when the server ends are killed. */
const LEAVE_MS = 2_000;

/**
 * Where the processes of workers come from: each started by itself, or forked from a zygote. There is one zygote for each recipe that says `preload`;
 * since a reload makes new recipes, it also makes new zygotes.
 */
export class WorkerChildren {
  readonly #runDir: RunDir;
  readonly #output: Pick<ErrorOutput, 'fd' | 'stdoutFd'>;
  readonly #byRecipe = new WeakMap<WorkerRecipe, Zygote>();
  readonly #zygotes = new Set<Zygote>();
  #serial = 0;
  #empty: () => void = () => undefined;

  constructor(runDir: RunDir, output: Pick<ErrorOutput, 'fd' | 'stdoutFd'>) {
    this.#runDir = runDir;
    this.#output = output;
  }

  start(recipe: WorkerRecipe, handlers: ForkHandlers): ControlledChild<MasterToWorker> {
    return recipe.preload
      ? this.#zygote(recipe).fork(handlers)
      : new Child({ ...this.#child(recipe), ...handlers });
  }

  reopen(errorLog: string): void {
    for (const zygote of this.#zygotes) zygote.reopen(errorLog);
  }

  /** The server ends; resolves when no zygote is left. */
  async close(): Promise<void> {
    if (this.#zygotes.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
    for (const zygote of this.#zygotes) zygote.leave();
    const patience = setTimeout(() => {
      for (const zygote of this.#zygotes) zygote.kill();
    }, LEAVE_MS);
    await gone;
    clearTimeout(patience);
  }

  #zygote(recipe: WorkerRecipe): Zygote {
    const known = this.#byRecipe.get(recipe);
    if (known?.usable === true) return known;
    this.#serial += 1;
    const zygote = new Zygote({
      child: this.#child(recipe),
      preload: { ...recipe.start, type: 'preload', socket: this.#runDir.zygoteSocket(this.#serial) },
      lingerMs: LINGER_MS,
      onEnd: (ended) => {
        this.#zygotes.delete(ended);
        if (this.#zygotes.size === 0) this.#empty();
      },
    });
    this.#byRecipe.set(recipe, zygote);
    this.#zygotes.add(zygote);
    return zygote;
  }

  #child(recipe: WorkerRecipe): Omit<ConstructorParameters<typeof Child>[0], 'onMessage' | 'onExit'> {
    return {
      command: recipe.python,
      args: workerArguments(recipe.bridgeDir),
      cwd: recipe.cwd,
      env: recipe.env,
      stdoutFd: this.#output.stdoutFd,
      stderrFd: this.#output.fd,
    };
  }
}
