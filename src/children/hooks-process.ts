import { checkHooks } from '../wire/check-message.ts';
import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { FailedMessage } from '../wire/control.ts';
import type { HookArguments, HooksToMaster, MasterHook, MasterToHooks } from '../wire/hooks-control.ts';
import { bridgeArguments } from '../wire/python-boot.ts';
import { Child, type ChildExit, describeExit } from './child.ts';
import type { WorkerRecipe } from './worker-process.ts';

/** Why a hook did not do well. */
export interface HookFault {
  readonly title: string;
  readonly traceback: string;
}

interface Waiting {
  readonly hook: MasterHook;
  readonly resolve: (fault: HookFault | null) => void;
}

/**
 * One process that runs hooks of a gunicorn.conf.py, one after the other; the other half is python/licorne_worker/hooks_process.py.
 * A hook that takes longer than it may costs the process.
 */
export class HooksProcess {
  readonly #child: Child<HooksToMaster, MasterToHooks>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #started: Promise<FailedMessage | null>;
  #settle: (failure: FailedMessage | null) => void = () => undefined;
  #hooks: ReadonlySet<MasterHook> = new Set();
  #needless = false;
  /** Its end is no news. */
  #expected = false;
  #calls = 0;
  #loaded = false;
  readonly #ended: Promise<void>;

  /** @param onLost it has ended without having been asked to, and nobody was told. */
  constructor(
    recipe: WorkerRecipe,
    output: Pick<ErrorOutput, 'fd' | 'stdoutFd'>,
    onLost: (what: string) => void,
  ) {
    this.#started = new Promise((resolve) => {
      this.#settle = resolve;
    });
    let end = (): void => undefined;
    this.#ended = new Promise((resolve) => {
      end = resolve;
    });
    this.#child = new Child<HooksToMaster, MasterToHooks>({
      command: recipe.python,
      args: bridgeArguments(recipe.bridgeDir, 'hooks_process'),
      cwd: recipe.cwd,
      env: recipe.env,
      stdoutFd: output.stdoutFd,
      stderrFd: output.fd,
      check: checkHooks,
      onMessage: (message) => this.#received(message),
      onExit: (exit) => {
        this.#exited(exit, onLost);
        end();
      },
    });
    this.#child.send({ ...recipe.start, type: 'hooks' });
  }

  /** Resolves when the file has been run: null, or why it could not. */
  get started(): Promise<FailedMessage | null> {
    return this.#started;
  }

  /** Whether it can be called; one without hooks has left, and is none the worse for it. */
  get usable(): boolean {
    return this.#needless || !this.#child.exited;
  }

  has(hook: MasterHook): boolean {
    return this.#hooks.has(hook);
  }

  /** Calls a hook after those that were called before; resolves at its end. */
  async call(args: HookArguments, limitMs: number): Promise<HookFault | null> {
    await this.#started;
    if (!this.#hooks.has(args.hook) || this.#child.exited) return null;
    this.#calls += 1;
    const id = this.#calls;
    const called = new Promise<HookFault | null>((resolve) => {
      this.#waiting.set(id, { hook: args.hook, resolve });
    });
    const limit = setTimeout(() => {
      this.#answer(id, {
        title: `it had not come to its end after ${limitMs / 1000} s`,
        traceback: '',
      });
      this.#expected = true;
      this.#child.kill('SIGKILL');
    }, limitMs);
    this.#child.send({ type: 'call', id, ...args });
    const fault = await called;
    clearTimeout(limit);
    return fault;
  }

  spawned(age: number, pid: number): void {
    if (this.#hooks.size > 0) this.#child.send({ type: 'spawned', age, pid });
  }

  reopen(errorLog: string): void {
    this.#child.send({ type: 'reopen', error_log: errorLog });
  }

  /** It leaves; resolves when it has. */
  async end(withinMs: number): Promise<void> {
    if (this.#child.exited) return;
    this.#expected = true;
    this.#child.disconnect();
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    await this.#ended;
    clearTimeout(patience);
  }

  #received(message: HooksToMaster): void {
    if (message.type === 'hooks_ready') {
      this.#loaded = true;
      this.#hooks = new Set(message.hooks);
      this.#needless = this.#hooks.size === 0;
      if (this.#needless) this.#child.disconnect();
      this.#settle(null);
    } else if (message.type === 'failed') this.#settle(message);
    else if (message.type === 'called')
      this.#answer(
        message.id,
        message.title === '' ? null : { title: message.title, traceback: message.traceback },
      );
  }

  #answer(id: number, fault: HookFault | null): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve(fault);
  }

  #exited(exit: ChildExit, onLost: (what: string) => void): void {
    const title = `The process of the hooks (pid ${this.#child.pid}) ${describeExit(exit)}`;
    if (this.#loaded && !this.#expected && !this.#needless && this.#waiting.size === 0) onLost(title);
    this.#settle({ type: 'failed', stage: 'boot', title, message: '', traceback: '', hint: '' });
    for (const id of [...this.#waiting.keys()]) this.#answer(id, { title, traceback: '' });
  }
}
