import type { FailedMessage, ReadyMessage } from '../wire/control.ts';
import type { AppRecipe } from './app-recipe.ts';
import { Backoffs, inSeconds } from '../children/backoff.ts';
import { BootDeadlines } from './boot-deadlines.ts';
import { inWords, neverServed, tooSlow, unexplained } from './boot-failure.ts';
import { type ChildExit, describeExit } from '../children/child.ts';
import { faultOf } from './dev-hooks.ts';
import { Departures } from './departures.ts';
import type { Booting, BootResult, WorkerSetOptions } from './worker-set-options.ts';
import { nameOf, type Worker } from '../children/worker.ts';

/**
 * The workers of one app: as many as wanted, each started again when it dies. A worker can have a successor, which counts only from when
 * it serves; its predecessor then is let go.
 */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  readonly #workers = new Set<Worker>();
  /** Successors that do not count yet, and whom they follow; null: they are to be one more. */
  readonly #successors = new Map<Worker, Worker | null>();
  /** Those on their way out. */
  readonly departures: Departures;
  readonly #failures = new WeakMap<Worker, FailedMessage>();
  readonly #boots = new Map<Worker, (result: BootResult) => void>();
  readonly #admissions = new Map<Worker, (serves: boolean) => void>();
  readonly #deadlines = new BootDeadlines((worker, bootMs, stack) =>
    this.#failed(worker, tooSlow(bootMs, stack)),
  );
  readonly #backoffs = new Backoffs();
  #recipe: AppRecipe;
  #generation = 1;
  #wanted: number;
  /** Workers to be started after a delay. */
  #delayed = 0;
  #booting = true;
  #leaving = false;
  #ending = false;
  #stopping = false;
  /** The app cannot be loaded, and nobody tries before the next reload. */
  #waiting = false;
  /** What the last worker that became ready said. */
  readyMessage: ReadyMessage | null = null;

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    this.departures = new Departures(options);
    this.#recipe = options.recipe;
    this.#wanted = options.recipe.cheap ? 0 : options.recipe.workers;
  }

  get app(): string {
    return this.#recipe.worker.start.app;
  }

  /** How workers are started from now on. */
  get recipe(): AppRecipe {
    return this.#recipe;
  }

  get generation(): number {
    return this.#generation;
  }

  get wanted(): number {
    return this.#wanted;
  }

  get all(): readonly Worker[] {
    return [...this.#workers];
  }

  /** Those that count: neither successors in waiting nor on their way out. */
  get members(): readonly Worker[] {
    return this.all.filter((worker) => !this.#successors.has(worker) && isComing(worker));
  }

  get serving(): readonly Worker[] {
    return this.all.filter((worker) => worker.state === 'ready');
  }

  get empty(): boolean {
    return this.#workers.size === 0;
  }

  get allReady(): boolean {
    if (this.#waiting) return true;
    const { members } = this;
    return members.length >= this.#wanted && members.every((worker) => worker.state === 'ready');
  }

  /** The server is on its way down. */
  get stopping(): boolean {
    return this.#stopping || this.#ending;
  }

  start(): void {
    this.#options.onWanted?.(this.#wanted);
    this.#fill();
  }

  /** The server serves: from now on a worker that cannot start is no reason to end. */
  booted(): void {
    this.#booting = false;
  }

  /** The server is going to stop in a while: who was sent the same signal as the master serves on until then. */
  leaving(): void {
    this.#leaving = true;
  }

  /** The server is about to stop: who was sent the same signal as the master (by systemd, to all of a service) waits for its word. */
  ending(): void {
    this.#ending = true;
  }

  /** From now on workers are started like this. Those that are there stay as they are. */
  adopt(recipe: AppRecipe, generation: number): void {
    this.#recipe = recipe;
    this.#generation = generation;
    this.#backoffs.clear();
    this.#waiting = false;
  }

  /** As many there shall be: missing ones are started, surplus ones let go, those of an older generation and the youngest first. */
  want(count: number): void {
    this.expect(count);
    this.#fill();
  }

  /** The same without acting on it. */
  expect(count: number): void {
    this.#wanted = count;
    this.#options.onWanted?.(count);
  }

  /**
   * Starts a worker that is to follow another (null: to be one more) once it is given to `install`.
   */
  bootSuccessor(old: Worker | null, recipe: AppRecipe, generation: number): Booting {
    const worker = this.#spawn(recipe, generation, (spawned) => this.#successors.set(spawned, old));
    const booted = new Promise<BootResult>((resolve) => this.#boots.set(worker, resolve));
    return { worker, booted };
  }

  /** A loaded successor begins to serve, and only then its predecessor is let go. */
  async install(worker: Worker): Promise<BootResult> {
    if (!(await this.#admit(worker))) return { ok: false, failure: neverServed(worker) };
    const old = this.#successors.get(worker) ?? null;
    this.#successors.delete(worker);
    if (old !== null) this.retire(old);
    return { ok: true, worker };
  }

  /** Puts a new worker in the place of one: ready first, then the old one leaves. When it fails, the old one stays. */
  async replace(old: Worker | null, recipe: AppRecipe, generation: number): Promise<BootResult> {
    const result = await this.bootSuccessor(old, recipe, generation).booted;
    return result.ok ? this.install(result.worker) : result;
  }

  /** It finishes what it runs, and leaves. */
  retire(worker: Worker): void {
    if (this.#workers.has(worker) && isComing(worker)) this.departures.begin(worker);
  }

  /** A gateway has a new link, or there is one gateway less. */
  linked(): void {
    for (const [worker, resolve] of this.#admissions) {
      if (!this.#options.pool.linked(worker)) continue;
      this.#admissions.delete(worker);
      resolve(true);
    }
  }

  /** A gateway has nothing with this worker any more, or (`hung`) what it gave up. @param leaving the gateway is on its way out. */
  released(pid: number, gateway: number, leaving = false, hung = false): void {
    const worker = this.all.find((candidate) => candidate.pid === pid);
    if (worker === undefined || !worker.linkedGateways.delete(gateway)) return;
    if (worker.state === 'ready' && leaving) return;
    if (worker.state === 'ready' && !this.stopping) this.departures.lost(worker);
    else this.departures.released(worker, hung);
  }

  /** A gateway is no more, and with it everything it had with the workers; nobody else is to blame. */
  gatewayGone(gateway: number): void {
    for (const worker of this.#workers) {
      worker.linkedGateways.delete(gateway);
      this.departures.released(worker);
    }
    this.linked();
  }

  /** They finish what they run; async tasks that take longer than `withinMs` are cancelled. */
  stopAll(withinMs: number): void {
    this.#stopping = true;
    for (const worker of this.#workers) worker.stop(withinMs);
    if (this.empty) this.#options.onEmpty();
  }

  /** They leave without finishing. */
  quit(): void {
    this.#stopping = true;
    for (const worker of this.#workers) worker.kill('SIGQUIT');
    if (this.empty) this.#options.onEmpty();
  }

  /** The time to finish is over. Async apps are told to put their things away; a thread that runs a request can't be. */
  cut(): void {
    this.#stopping = true;
    for (const worker of this.#workers) {
      if (worker.interface === 'asgi') worker.stop(0);
      else worker.kill('SIGQUIT');
    }
    if (this.empty) this.#options.onEmpty();
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  reopen(errorLog: string): void {
    for (const worker of this.#workers) worker.reopen(errorLog);
  }

  /** Brings the number of members to what is wanted. */
  #fill(): void {
    if (this.#stopping || this.#waiting) return;
    const { members } = this;
    // Those that follow nobody and are not installed yet will be members soon.
    const coming = [...this.#successors.values()].filter((old) => old === null).length;
    const missing = this.#wanted - members.length - coming - this.#delayed;
    for (let count = 0; count < missing; count += 1) this.#spawn(this.#recipe, this.#generation);
    const surplus = members.length - this.#wanted;
    if (surplus > 0)
      for (const worker of members.toSorted(leavesFirst).slice(0, surplus)) this.retire(worker);
  }

  #spawn(recipe: AppRecipe, generation: number, onSpawned?: (worker: Worker) => void): Worker {
    const worker = this.#options.spawn(this.#freeNumber(), recipe.worker, generation, requestsOf(recipe), {
      ready: () => this.#loaded(worker),
      failed: (_from, message) => this.#failed(worker, message),
      leaving: (_from, message) => {
        if (this.#leaving && message.reason === 'signal') worker.heard();
        else if (!this.#ending) this.#options.onLeaving(worker, message);
      },
      exited: (_from, exit) => this.#exited(worker, exit),
      bootStack: (_from, stack) => this.#deadlines.told(worker, stack),
      pressed: () => this.#options.onPressure?.(),
      developing: (_from, message) => this.#options.dev?.heard(worker, message),
    });
    this.#workers.add(worker);
    onSpawned?.(worker);
    this.#deadlines.begin(worker, recipe.bootMs);
    return worker;
  }

  #loaded(worker: Worker): void {
    this.#deadlines.end(worker);
    this.#options.log.debug(`${nameOf(worker)} has loaded the application`);
    this.#options.onLoaded?.(worker);
    const boot = this.#boots.get(worker);
    this.#boots.delete(worker);
    if (boot !== undefined) boot({ ok: true, worker });
    else void this.#admit(worker);
  }

  /** Resolves when all gateways have a link to it; false when it ended before. */
  #admit(worker: Worker): Promise<boolean> {
    if (worker.state !== 'loaded' || this.#stopping) return Promise.resolve(false);
    worker.state = 'ready';
    this.readyMessage = worker.said;
    return new Promise((resolve) => {
      this.#admissions.set(worker, resolve);
      this.#options.pool.add(worker);
      this.linked();
    });
  }

  #failed(worker: Worker, message: FailedMessage): void {
    if (this.#failures.has(worker)) return;
    this.#failures.set(worker, message);
    const boot = this.#boots.get(worker);
    this.#boots.delete(worker);
    const { dev } = this.#options;
    if (boot !== undefined) boot({ ok: false, failure: message });
    else if (dev !== null) {
      this.#waiting = true;
      dev.bootFailed(faultOf(message));
    } else if (this.#booting) this.#options.onFailedToBoot(message);
    else {
      this.#options.log.error(`${nameOf(worker)} could not start: ${inWords(message)}`);
      this.#options.onUnable(message);
    }
  }

  #exited(worker: Worker, exit: ChildExit): void {
    this.#deadlines.end(worker);
    this.departures.gone(worker);
    this.#workers.delete(worker);
    const wasSuccessor = this.#successors.delete(worker);
    const retired = this.departures.has(worker);
    if ((worker.said === null || this.#booting) && !retired && !this.#stopping)
      this.#failed(worker, unexplained(worker, exit, this.#recipe.worker.python));
    this.#settle(worker);
    if (exit.fault !== undefined && (retired || this.#stopping))
      this.#options.log.error(`${nameOf(worker)} ${describeExit(exit)}`);
    if (this.#stopping) {
      if (this.empty) this.#options.onEmpty();
      return;
    }
    if (this.#booting) return;
    const heir = [...this.#successors].find(([, old]) => old === worker)?.[0];
    // Who was to follow takes its place at once, though it may not serve yet.
    if (heir !== undefined) this.#successors.delete(heir);
    if (retired || wasSuccessor) this.#fill();
    else this.#replaceDead(worker, exit);
  }

  /** Nobody waits for news of it any more. */
  #settle(worker: Worker): void {
    this.#boots.get(worker)?.({ ok: false, failure: this.#failures.get(worker) ?? neverServed(worker) });
    this.#boots.delete(worker);
    this.#admissions.get(worker)?.(false);
    this.#admissions.delete(worker);
  }

  #replaceDead(worker: Worker, exit: ChildExit): void {
    const level = exit.code === 0 && exit.fault === undefined ? 'info' : 'error';
    const what = `${nameOf(worker)} ${worker.killed ? 'is gone' : describeExit(exit)}`;
    if (this.members.length + this.#delayed >= this.#wanted) {
      this.#options.log.line(level, what);
      return;
    }
    const delay = this.#backoffs.of(worker.number).next(worker.livedMs);
    this.#options.log.line(level, `${what}; starting another${inSeconds(delay)}`);
    if (delay === 0) this.#fill();
    else {
      this.#delayed += 1;
      setTimeout(() => {
        this.#delayed -= 1;
        this.#fill();
      }, delay).unref();
    }
  }

  /** The lowest number no worker has, so that numbers stay small and stable. */
  #freeNumber(): number {
    const taken = new Set(this.all.map((worker) => worker.number));
    let number = 0;
    while (taken.has(number)) number += 1;
    return number;
  }
}

function isComing({ state }: Worker): boolean {
  return state === 'starting' || state === 'loaded' || state === 'ready';
}

function leavesFirst(a: Worker, b: Worker): number {
  return a.generation - b.generation || b.number - a.number;
}

/** After how many requests a worker is to be replaced is decided by chance. */
function requestsOf({ limits: { requestsMax, requestsJitter } }: AppRecipe): number {
  return requestsMax === 0 ? 0 : requestsMax + Math.floor(Math.random() * (requestsJitter + 1));
}
