import { explainBind } from '../net/bind-failure.ts';
import type { Log } from '../telemetry/log.ts';
import type { AppRecipe } from './app-recipe.ts';
import { beforeStart } from './before-start.ts';
import { DevControl } from './dev-control.ts';
import { andThen } from './dev-hooks.ts';
import { EXIT } from './exit-codes.ts';
import { GatewaySet } from './gateway-set.ts';
import { type OnReloadProgress, type Refusal, Reloads, type ReloadResult } from './reload.ts';
import { ListeningSockets, type ServedSocket } from './listening-sockets.ts';
import { pointChildren, reopenLogs } from './log-files.ts';
import { MasterHooks } from '../children/master-hooks.ts';
import { type MasterOptions, type Phase, unchangeable } from './master-options.ts';
import { addressesOf } from './next-sockets.ts';
import type { ReloadScope } from './reload-scope.ts';
import { Scaling } from './scaling.ts';
import type { ServerPlan } from './server-plan.ts';
import { reloadServer } from './server-reload.ts';
import { bootFailure, gatewayFailure, type StartFailure } from './start-failure.ts';
import { spawner } from './spawner.ts';
import type { Status } from './status.ts';
import type { Upstreams } from './upstreams.ts';
import { WorkerChildren } from '../children/worker-children.ts';
import { SupervisedApp } from './supervised-app.ts';
import { Workers } from './workers.ts';
import type { Worker } from '../children/worker.ts';

/** After a quick stop was asked for, children that are still there get this long before they are killed. */
const QUICK_STOP_MS = 2_000;
/** What workers get for writing down where requests are that are cut off. */
const STACKS_MS = 300;
/** When requests have had their time, async apps still get this long for cancelled tasks and their shutdown. */
const PUT_AWAY_MS = 5_000;

/**
 * Owns the listening sockets and every other process: starts them, replaces those that die, and stops them in order. Serves no
 * request itself.
 */
export class Master {
  readonly #options: MasterOptions;
  /** What only a developer's server does. */
  readonly development: DevControl;
  readonly scaling: Scaling;
  readonly upstreams: Upstreams;
  /** What holds now; the options have what held at the start. */
  #plan: ServerPlan;
  readonly #log: Log;
  readonly #hooks: MasterHooks;
  readonly #children: WorkerChildren;
  readonly #reloads: Reloads;
  readonly #sockets: ListeningSockets;
  readonly #workers: Workers;
  readonly #gateways: GatewaySet;
  #phase: Phase = 'starting';
  #exitCode: number = EXIT.ok;
  #deadline: NodeJS.Timeout | null = null;
  readonly #spawn = spawner(() => ({
    runDir: this.#options.runDir,
    plan: this.#plan,
    children: this.#children,
  }));
  readonly #gracefulMs = (): number => this.#plan.settings.graceful_timeout * 1000;
  /** On the clock of `performance.now()`. */
  #gracefulEnd = 0;
  #finish: (code: number) => void = () => undefined;

  constructor(options: MasterOptions) {
    const { log, runDir, errorOutput, settings, inherited } = options;
    this.#options = options;
    this.#sockets = new ListeningSockets({ socketMode: settings.socket_mode, inherited });
    this.#plan = options;
    this.#log = log;
    this.#hooks = new MasterHooks(
      options.apps.map((app) => app.worker),
      { log, output: errorOutput },
    );
    this.#children = new WorkerChildren(runDir, errorOutput, this.#hooks, log);
    this.#workers = new Workers(options.apps.map((recipe) => this.#supervise(recipe)));
    this.#reloads = new Reloads((scope, onProgress) => this.#reload(scope, onProgress));
    this.#gateways = new GatewaySet({
      count: options.gateways,
      recipe: { ...options.gateway, spoolDir: runDir.spool, removeDir: runDir.path },
      gracefulMs: this.#gracefulMs,
      log,
      errorOutput,
      workers: this.#workers,
      onLinked: () => {
        this.#workers.linked();
        this.#maybeListen();
      },
      onLoad: (gateway, loads) => this.#workers.load(gateway, loads),
      onListening: () => this.#maybeServe(),
      onListenFailed: (index, code) => this.#listenFailed(index, code),
      onFailed: (message) => this.#failedToStart(gatewayFailure(message)),
      onDrained: () => this.#gatewaysDrained(),
      onEmpty: () => this.#maybeEnd(),
    });
    this.upstreams = this.#gateways.upstreams;
    this.development = new DevControl(this.#workers, this.#gateways);
    // While a successor starts, what is told is told on to it.
    this.scaling = new Scaling(this.#workers, log, () => unchangeable(this.#phase) && this.#whyNot());
  }

  /** Those it serves on now. */
  get sockets(): readonly ServedSocket[] {
    return this.#sockets.all;
  }

  /** Runs until the server has stopped; resolves with the exit code. */
  async run(): Promise<number> {
    const ended = new Promise<number>((finish) => {
      this.#finish = finish;
    });
    const failure = await beforeStart(this.#hooks, this.#sockets, this.#options);
    // Told to end meanwhile.
    if (this.#phase !== 'starting') return ended;
    if (failure !== null) {
      this.#options.onStartFailure(failure);
      this.#sockets.close();
      await this.#hooks.ending(QUICK_STOP_MS);
      return failure.exitCode;
    }
    this.#options.serviceKeeper.start(() => this.#maybeListen());
    this.#gateways.start(this.#sockets.all);
    this.#workers.start();
    return ended;
  }

  /** Another master has taken the service over: finish what is running, leave the sockets to it, end. */
  handOver(): void {
    this.#sockets.share();
    if (this.#phase === 'serving' || this.#phase === 'leaving') this.#drain(false);
    else this.terminate();
  }

  /**
   * Tells whoever asks that this server is going to stop, serves on for `drain_delay`; then finishes what is running, up to the graceful
   * deadline, and ends. A second call skips the rest of the delay.
   */
  terminate(): void {
    const { drain_delay } = this.#plan.settings;
    if (this.#phase === 'starting') this.quit();
    else if (this.#phase === 'leaving' || (this.#phase === 'serving' && drain_delay === 0)) this.#drain();
    else if (this.#phase === 'serving') {
      this.#phase = 'leaving';
      this.#options.onStopping?.();
      this.#log.info(
        `Stopping in ${drain_delay} s (drain_delay): not ready any more, requests are served meanwhile`,
      );
      this.#workers.leaving();
      this.#gateways.leave();
      this.#setDeadline(drain_delay * 1000, () => this.#drain());
    }
  }

  /** @param streams whether WebSockets and streams of events end at once. Nobody waits for a master that has a successor: there they get their time. */
  #drain(streams = true): void {
    if (this.#phase === 'serving') this.#options.onStopping?.();
    this.#phase = 'draining';
    const gracefulMs = this.#gracefulMs();
    this.#log.info(`Stopping: requests in flight may take up to ${gracefulMs / 1000} s`);
    this.#sockets.closeToClients();
    this.#gracefulEnd = performance.now() + gracefulMs;
    this.#setDeadline(gracefulMs, () => (streams ? this.#gracefulOver() : this.#endStreams()));
    this.#workers.ending();
    this.#gateways.drain(this.#sockets.shared, streams);
  }

  /** End now: requests in flight are cut. A second call does not wait for anybody. */
  quit(): void {
    if (this.#phase === 'ended') return this.#options.serviceKeeper.kill();
    if (this.#phase === 'quitting') return this.#workers.kill();
    const served = this.#phase !== 'starting';
    this.#phase = 'quitting';
    this.#options.onStopping?.();
    this.#sockets.close();
    if (!served) return this.#leaveAtOnce();
    void this.#gateways.cut(AT_ONCE, false).then(() => this.#leaveAtOnce());
  }

  #leaveAtOnce(): void {
    this.#gateways.quit();
    this.#workers.quit();
    this.#setDeadline(QUICK_STOP_MS, () => {
      this.#workers.kill();
      this.#gateways.kill();
    });
    this.#maybeEnd();
  }

  /**
   * Replaces all workers by new ones that load the apps anew (unless it is about the configuration alone); no request is lost. Resolves when the new
   * ones serve, or when they can't and the old ones go on. One at a time: who asks during one gets the next.
   */
  reload(onProgress: OnReloadProgress = () => undefined, scope?: ReloadScope): Promise<ReloadResult> {
    return this.#reloads.ask(onProgress, scope);
  }

  status(): Status {
    return {
      pid: process.pid,
      version: this.#options.version,
      uptime: process.uptime(),
      binds: this.#sockets.all.filter(({ admin }) => !admin).map(({ url }) => url),
      phase: this.#phase,
      reloading: this.#reloads.running,
      reloadFault: this.#reloads.fault,
      apps: this.#workers.status(),
      certificates: this.#options.certificates(),
      ...this.#gateways.status,
      services: this.#options.serviceKeeper.status,
    };
  }

  /** A new master is about to be started. */
  async beforeUpgrade(): Promise<void> {
    await this.#hooks.beforeExec();
  }

  /** Opens the log files anew, in every process. */
  reopenLogs(): void {
    reopenLogs(this.#options, this.#plan.settings.error_log, {
      gateways: this.#gateways,
      children: [this.#workers, this.#children, this.#hooks],
    });
  }

  #supervise(recipe: AppRecipe): SupervisedApp {
    const gracefulMs = this.#gracefulMs;
    const app: SupervisedApp = new SupervisedApp({
      recipe,
      spawn: this.#spawn,
      pool: {
        add: (worker) => this.#addToPool(worker, app),
        remove: (worker) => this.#gateways.removeWorker(worker),
        linked: (worker) => this.#gateways.linked(worker),
      },
      get gracefulMs() {
        return gracefulMs();
      },
      log: this.#log,
      onFailedToBoot: (message) => this.#failedToStart(bootFailure(message)),
      onUnavailable: (name) => this.#gateways.unavailable(name),
      onWanted: (count) => this.#hooks.workersWanted(recipe.worker.start.app, count),
      onEmpty: () => this.#maybeEnd(),
      dev: andThen(this.#options.dev, () => this.#maybeListen()),
    });
    return app;
  }

  #addToPool(worker: Worker, app: SupervisedApp): void {
    // A worker that is older than the others may be among them once more; what it says of the files is not news.
    if (worker.generation >= app.set.generation) {
      const { static: said = null } = worker.said ?? {};
      this.#gateways.foundStatic(worker.app, this.#plan.foundStatic(worker.app, said));
    }
    this.#gateways.addWorker(worker);
  }

  /** Why nothing can be changed now; null: it can. */
  #whyNot(): Refusal | null {
    return this.#options.whyFixed?.() ?? unchangeable(this.#phase);
  }

  async #reload(scope: ReloadScope, onProgress: OnReloadProgress): Promise<ReloadResult> {
    const why = this.#whyNot();
    if (why !== null) {
      this.#log.warning(`No reload: ${why.title} ${why.hint}`.trimEnd());
      return why;
    }
    if (this.#options.dev === null)
      this.#log.info(`Reloading${scope === 'configuration' ? ' the configuration' : ''}`);
    this.#options.onReloading?.();
    const server = {
      plan: this.#plan,
      options: this.#options,
      sockets: this.#sockets,
      hooks: this.#hooks,
      workers: this.#workers,
      gateways: this.#gateways,
      stopping: () => this.#phase !== 'serving',
      pointChildren: (errorLog: string) =>
        pointChildren([this.#workers, this.#children, this.#hooks], errorLog),
      supervise: (recipe: AppRecipe) => this.#supervise(recipe),
      adopt: (plan: ServerPlan) => {
        this.#plan = plan;
        this.#options.onAdopted(plan, this.status().binds);
      },
    };
    return reloadServer(server, scope, onProgress).finally(() => this.#options.onReloaded?.());
  }

  /** Everything is linked: the doors open. Before that, a client would only have waited. */
  #maybeListen(): void {
    const ready = this.#workers.allReady && this.#gateways.allLinked && this.#options.serviceKeeper.settled;
    if (this.#phase === 'starting' && ready) this.#gateways.listen();
  }

  #maybeServe(): void {
    if (this.#phase !== 'starting' || !this.#gateways.allListening) return;
    this.#phase = 'serving';
    this.#workers.booted();
    void this.#hooks.ready();
    this.#options.onListening(
      this.#sockets.all,
      this.#workers.said.map(([, message]) => message),
    );
  }

  #failedToStart(failure: StartFailure): void {
    if (this.#phase === 'starting') this.#fail(failure);
  }

  #listenFailed(index: number, code: string): void {
    const bind = addressesOf(this.#plan)[index]?.bind;
    if (this.#phase !== 'starting' || bind === undefined) {
      this.#log.error(`A gateway could not listen: ${code}`);
      return;
    }
    this.#fail({ exitCode: EXIT.failed, detail: '', ...explainBind(bind, code) });
  }

  #fail(failure: StartFailure): void {
    this.#exitCode = failure.exitCode;
    this.#options.onStartFailure(failure);
    this.quit();
  }

  #gatewaysDrained(): void {
    if (this.#phase !== 'draining') return;
    this.#sockets.close();
    this.#gateways.quit();
    this.#workers.stopAll(Math.max(0, this.#gracefulEnd - performance.now()));
  }

  /** Their clients are told to connect again, which is more than cutting them off. */
  #endStreams(): void {
    this.#gateways.drain(this.#sockets.shared, true);
    this.#setDeadline(QUICK_STOP_MS, () => this.#gracefulOver());
  }

  #gracefulOver(): void {
    this.#log.warning('Not everything had finished after graceful_timeout; the rest is cut off');
    this.#sockets.close();
    void this.#gateways.cut('graceful_timeout', true).then(() => {
      // Workers have been asked for stacks: they get the time to write them.
      this.#setDeadline(STACKS_MS, () => {
        this.#gateways.quit();
        this.#workers.cut();
        this.#setDeadline(PUT_AWAY_MS, () => this.quit());
      });
    });
  }

  #maybeEnd(): void {
    if (this.#phase !== 'draining' && this.#phase !== 'quitting') return;
    if (!this.#workers.empty || !this.#gateways.empty) return;
    const quick = this.#phase === 'quitting';
    this.#phase = 'ended';
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    void this.#children
      .close()
      .then(() => this.#options.serviceKeeper.stop(quick ? QUICK_STOP_MS : Infinity))
      .then(() => this.#hooks.ending(quick ? QUICK_STOP_MS : PUT_AWAY_MS))
      .then(() => {
        if (this.#exitCode === EXIT.ok) this.#log.info('Stopped');
        this.#finish(this.#exitCode);
      });
  }

  #setDeadline(ms: number, over: () => void): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = setTimeout(over, ms);
  }
}

/** Why requests are cut off that were given no time. */
const AT_ONCE = '--now, QUIT or INT';
