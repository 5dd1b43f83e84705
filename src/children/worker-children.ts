import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { MasterToWorker, StartMessage } from '../wire/control.ts';
import { workerArguments } from '../wire/python-boot.ts';
import type { Log } from '../telemetry/log.ts';
import { checkWorker } from '../wire/check-message.ts';
import { Child, type ControlledChild, describeExit } from './child.ts';
import { HeldChild } from './held-child.ts';
import type { MasterHooks } from './master-hooks.ts';
import type { RunDir } from './run-dir.ts';
import { SignalSender } from './signal-sender.ts';
import { nameOf } from './worker.ts';
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
  readonly #hooks: MasterHooks;
  readonly #log: Log;
  readonly #byRecipe = new WeakMap<WorkerRecipe, Zygote>();
  readonly #zygotes = new Set<Zygote>();
  #serial = 0;
  #empty: () => void = () => undefined;

  constructor(runDir: RunDir, output: Pick<ErrorOutput, 'fd' | 'stdoutFd'>, hooks: MasterHooks, log: Log) {
    this.#runDir = runDir;
    this.#output = output;
    this.#hooks = hooks;
    this.#log = log;
  }

  /** Starts a worker with the message `start`; hooks are run around its life. */
  start(
    recipe: WorkerRecipe,
    start: Omit<StartMessage, 'age'>,
    handlers: ForkHandlers,
  ): ControlledChild<MasterToWorker> {
    const age = this.#hooks.nextAge();
    const before = this.#hooks.beforeSpawn(start.app, age);
    let loaded = false;
    let warned = false;
    const child = this.#begin(recipe, {
      onMessage: (message) => {
        if (message.type === 'ready') {
          if (!loaded) this.#hooks.spawned(start.app, age, child.pid);
          loaded = true;
        } else if (message.type === 'failed' && loaded) {
          const name = nameOf({ app: start.app, number: start.worker, pid: child.pid });
          if (!warned) this.#log.warning(`${name} says that it could not start, after it had: ignored`);
          warned = true;
          return;
        }
        handlers.onMessage(message);
      },
      onExit: (exit) => {
        this.#hooks.childExit(start.app, age, child.pid);
        handlers.onExit(exit);
      },
    });
    if (before !== null) return new HeldChild(child, { ...start, age }, before);
    child.send({ ...start, age });
    return child;
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

  #begin(recipe: WorkerRecipe, handlers: ForkHandlers): ControlledChild<MasterToWorker> {
    return recipe.preload
      ? this.#zygote(recipe).fork(handlers)
      : new Child({ ...this.#child(recipe), ...handlers, check: checkWorker });
  }

  #zygote(recipe: WorkerRecipe): Zygote {
    const known = this.#byRecipe.get(recipe);
    if (known?.usable === true) return known;
    this.#serial += 1;
    const zygote = new Zygote({
      child: this.#child(recipe),
      preload: { ...recipe.start, type: 'preload', socket: this.#runDir.zygoteSocket(this.#serial) },
      lingerMs: LINGER_MS,
      signals: new SignalSender({
        identity: recipe.start.identity,
        python: recipe.python,
        env: recipe.env,
        log: this.#log,
      }),
      onEnd: (ended, unexpected) => {
        if (unexpected !== null)
          this.#log.error(`The zygote of ${recipe.start.app} (pid ${ended.pid}) ${describeExit(unexpected)}`);
        this.#zygotes.delete(ended);
        if (this.#zygotes.size === 0) this.#empty();
      },
    });
    this.#byRecipe.set(recipe, zygote);
    this.#zygotes.add(zygote);
    return zygote;
  }

  #child(
    recipe: WorkerRecipe,
  ): Omit<ConstructorParameters<typeof Child>[0], 'check' | 'onMessage' | 'onExit'> {
    return {
      command: recipe.python,
      args: workerArguments(recipe.bridgeDir),
      cwd: recipe.cwd,
      env: recipe.env,
      stdoutFd: this.#output.stdoutFd,
      stderrFd: this.#output.fd,
      readsTerminal: recipe.readsTerminal,
    };
  }
}
