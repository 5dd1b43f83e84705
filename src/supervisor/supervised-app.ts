import type { FailedMessage, LeavingMessage } from '../wire/control.ts';
import type { AppLoad } from '../wire/gateway-control.ts';
import type { AppRecipe } from './app-recipe.ts';
import { Backoff } from '../children/backoff.ts';
import { goalOf } from './generation.ts';
import { faultStatus, type PastFault } from './past-fault.ts';
import { processMemory } from '../children/process-memory.ts';
import { Recycler } from './recycler.ts';
import { type Refusal, refusal } from './reload.ts';
import { type ScaleLimits, Scaler, type ScalerTimes } from './scaler.ts';
import { StackPace } from '../children/stack-pace.ts';
import type { AppStatus } from './status.ts';
import { WorkerSet } from './worker-set.ts';
import type { WorkerSetOptions } from './worker-set-options.ts';
import { WorkerWatch } from './worker-watch.ts';
import type { Pressure, Worker } from '../children/worker.ts';

export interface SupervisedAppOptions extends Omit<WorkerSetOptions, 'onUnable' | 'onLeaving'> {
  /** Requests that wait for a worker of the app are to be refused: there will be none. */
  readonly onUnavailable: (app: string) => void;
  /** Other ones in tests. */
  readonly scalerTimes?: ScalerTimes;
}

/** How often age, memory and idleness are looked at. */
const LOOK_MS = 1_000;
/** How often memory is, when a worker may take the machine down. */
const LOOK_HARD_MS = 250;

const LEAVING = {
  signal: 'was sent SIGTERM',
  max_requests: 'has had its number of requests (max_requests)',
  stuck: 'has a task that goes on after it was cancelled',
} as const satisfies Record<LeavingMessage['reason'], string>;

/** One app in the master: its workers, and who decides when one is replaced and how many there are. */
export class SupervisedApp {
  readonly set: WorkerSet;
  /** It is not served any more, its workers are on their way out. */
  retired = false;
  readonly #options: SupervisedAppOptions;
  readonly #recycler: Recycler;
  readonly #stackPace: StackPace;
  readonly #watch: WorkerWatch;
  readonly #scaler: Scaler;
  /** Requests of each worker, as each gateway tells. */
  readonly #served = new Map<number, ReadonlyMap<number, number>>();
  #wakes = new Backoff();
  /** Before this nobody tries to wake an app that could not start, on the clock of `performance.now()`. */
  #refusedUntil = 0;
  /** Why a worker could not start. */
  #fault: PastFault | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SupervisedAppOptions) {
    this.#options = options;
    this.set = new WorkerSet({
      ...options,
      // It may be another one after a reload.
      get gracefulMs() {
        return options.gracefulMs;
      },
      onUnable: (failure) => this.#unable(failure),
      onLeaving: (worker, message) => this.#leaving(worker, message),
      onLoaded: (worker) => {
        if (this.#varies) worker.reportLag(true);
      },
      onPressure: () => this.#scale(),
    });
    this.#recycler = new Recycler(this.set, options.log);
    this.#stackPace = new StackPace(options.log);
    this.#watch = new WorkerWatch(this.set, this.#recycler, processMemory, options.log);
    this.#scaler = new Scaler(
      limitsOf(options.recipe, options.recipe.workers),
      performance.now(),
      options.scalerTimes,
    );
  }

  get name(): string {
    return this.set.app;
  }

  /** Whether it may be without a worker. */
  get mayRest(): boolean {
    return this.#scaler.limits.cheap || this.#scaler.limits.idleMs > 0;
  }

  /** The server serves. */
  booted(): void {
    this.set.booted();
    this.#startLooking();
  }

  /** A gateway tells how busy the app is. */
  load(gateway: number, load: AppLoad): void {
    this.#scaler.take(gateway, load);
    this.#served.set(gateway, new Map(load.workers));
    this.#scale();
  }

  gatewayGone(gateway: number): void {
    this.#scaler.gatewayGone(gateway);
    this.#served.delete(gateway);
    this.set.gatewayGone(gateway);
  }

  /** Replaces a worker that can't go on, ready first; false when it is none of this app. @param reason as `Recycler.ask` wants it. */
  replaceStuck(pid: number, reason: string): boolean {
    const worker = this.set.all.find((one) => one.pid === pid);
    if (worker === undefined) return false;
    this.#recycler.ask(worker, reason, true);
    return true;
  }

  /** One of its workers is to write down where in Python a request is; about those past their time only now and then. */
  askStack(pid: number, requestId: string, reason: string): void {
    const worker = this.set.all.find((one) => one.pid === pid);
    if (worker === undefined) return;
    if (reason !== 'request_timeout' || this.#stackPace.allows(worker)) worker.writeStack(requestId, reason);
  }

  /** As many workers there are to be at least. Why not; null: it is done. */
  scaleTo(count: number): Refusal | null {
    const { set } = this;
    const { workers, workersMax } = set.recipe;
    if (workersMax > workers && count > workersMax)
      return refusal(
        `There can't be ${count} workers: workers_max is ${workersMax}.`,
        'Raise `workers_max` in the configuration, and reload.',
      );
    const limits = limitsOf(set.recipe, count);
    this.#limit(limits);
    const most = limits.max > count ? ` at least, ${limits.max} at most` : '';
    this.#options.log.info(`Workers wanted: ${count}${most}`);
    // One that is at rest stays so.
    if (set.wanted > 0) set.want(Math.min(Math.max(set.wanted, count), limits.max));
    return null;
  }

  /** The fewest there are to be, while there are any. */
  get fewest(): number {
    return this.#scaler.limits.min;
  }

  /** A reload begins: it replaces all workers anyway. */
  reloading(): void {
    this.#recycler.pause();
  }

  /** A reload is over; the recipe may be another one now. @param before of which the reload began. */
  reloaded(before: AppRecipe): void {
    if (this.set.recipe !== before) this.#fault = null;
    this.#follow(before);
    this.#recycler.resume();
  }

  /** Other limits hold from now on; the workers go on. */
  limit(recipe: AppRecipe): void {
    const { set } = this;
    const before = set.recipe;
    const goal = goalOf(set, recipe);
    set.adopt(recipe, set.generation);
    this.#follow(before);
    if (goal !== set.wanted) set.want(goal);
  }

  /** What the recipe says may be something else than before. */
  #follow(before: AppRecipe): void {
    const { recipe } = this.set;
    const min = recipe.workers === before.workers ? this.#scaler.limits.min : recipe.workers;
    this.#limit(limitsOf(recipe, min));
    this.#wakes = new Backoff();
    this.#refusedUntil = 0;
    this.#startLooking();
  }

  /** It is not served any more: its workers finish what they run, and leave. */
  retire(): void {
    this.retired = true;
    this.end();
    this.set.want(0);
  }

  /** It is not looked after any more. */
  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  status(): AppStatus {
    const { set } = this;
    const { queued, inFlight } = this.#scaler.sum;
    const { min, max } = this.#scaler.limits;
    return {
      name: this.name,
      target: set.recipe.worker.start.target,
      interface: set.readyMessage?.interface ?? null,
      generation: set.generation,
      wanted: set.wanted,
      min,
      max,
      queued,
      inFlight,
      fault: faultStatus(this.#lastingFault),
      workers: set.all.map((worker) => ({
        number: worker.number,
        pid: worker.pid,
        state: worker.state,
        generation: worker.generation,
        ageSeconds: (performance.now() - worker.startedAt) / 1000,
        requests: this.#requestsOf(worker),
        rssBytes: worker.present ? processMemory(worker.pid) : null,
      })),
    };
  }

  get #lastingFault(): PastFault | null {
    const fault = this.#fault;
    if (fault === null || this.set.serving.some(({ startedAt }) => startedAt >= fault.at)) return null;
    return fault;
  }

  #requestsOf({ pid }: Worker): number {
    let sum = 0;
    for (const counts of this.#served.values()) sum += counts.get(pid) ?? 0;
    return sum;
  }

  #startLooking(): void {
    this.end();
    if (!this.#watch.needed && !this.#scaler.watches) return;
    const interval = this.set.recipe.limits.memoryBytesHard > 0 ? LOOK_HARD_MS : LOOK_MS;
    this.#timer = setInterval(() => {
      this.#watch.look();
      this.#scale();
    }, interval).unref();
  }

  /** Whether the number of workers follows what there is to do. */
  get #varies(): boolean {
    const { min, max } = this.#scaler.limits;
    return max > min;
  }

  #limit(limits: ScaleLimits): void {
    const before = this.#varies;
    this.#scaler.limit(limits);
    if (this.#varies === before) return;
    for (const worker of this.set.all)
      if (worker.state === 'loaded' || worker.state === 'ready') worker.reportLag(this.#varies);
  }

  /** What the event loops of an async app say; null: its queue says it all. */
  get #pressure(): Pressure | null {
    const { readyMessage, serving } = this.set;
    if (!this.#varies || readyMessage?.interface !== 'asgi') return null;
    let [lagMs, busy] = [0, 0];
    for (const { pressure } of serving) {
      lagMs = Math.max(lagMs, pressure.lagMs);
      // One loop can make use of no more than one.
      busy += Math.min(1, pressure.busy);
    }
    return { lagMs, busy };
  }

  #scale(): void {
    const { set } = this;
    if (set.stopping || this.retired) return;
    const now = performance.now();
    const starting = set.wanted - set.members.filter((worker) => worker.state === 'ready').length;
    const wanted = this.#scaler.decide(now, set.wanted, starting, this.#pressure);
    if (wanted === set.wanted) return;
    if (set.wanted === 0 && now < this.#refusedUntil) {
      this.#options.onUnavailable(this.name);
      return;
    }
    this.#options.log.info(this.#why(set.wanted, wanted));
    set.want(wanted);
  }

  #why(before: number, after: number): string {
    const app = this.name === 'app' ? '' : `${this.name}: `;
    if (before === 0) return `${app}A request has come: starting ${counted(after)}`;
    if (after === 0) return `${app}No request for ${this.#scaler.limits.idleMs / 1000} s: all workers leave`;
    if (after < before) return `${app}Less to do: from ${before} to ${counted(after)}`;
    const { queued, oldestMs } = this.#scaler.sum;
    const what =
      queued > 0
        ? `A request has waited ${Math.round(oldestMs)} ms`
        : `An event loop is ${this.#pressure?.lagMs ?? 0} ms behind`;
    return `${app}${what}: from ${before} to ${counted(after)}`;
  }

  #leaving(worker: Worker, message: LeavingMessage): void {
    worker.heard();
    this.#recycler.ask(worker, LEAVING[message.reason], message.reason === 'stuck');
  }

  /** Where no worker has to be, those who wait are told at once, and nobody tries again before the next request. */
  #unable({ title }: FailedMessage): void {
    const { set } = this;
    this.#fault = { title, at: performance.now() };
    if (!this.mayRest || set.stopping || set.serving.length > 0) return;
    this.#refusedUntil = performance.now() + this.#wakes.next(0);
    set.want(0);
    this.#options.onUnavailable(this.name);
  }
}

function limitsOf(recipe: AppRecipe, min: number): ScaleLimits {
  return {
    min,
    // Without a range of its own an app has as many workers as it was told to.
    max: recipe.workersMax > recipe.workers ? Math.max(min, recipe.workersMax) : min,
    cheap: recipe.cheap,
    idleMs: recipe.idleMs,
    threads: recipe.worker.start.threads,
  };
}

function counted(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`;
}
