import { Backoff, inSeconds } from '../children/backoff.ts';
import type { ServicePorts } from '../supervisor/service-ports.ts';
import type { ServiceSpec } from '../supervisor/service-spec.ts';
import type { ServiceStatus } from '../supervisor/status.ts';
import type { Log } from '../telemetry/log.ts';
import { freePort } from './free-port.ts';
import { type ServiceOutput, ServiceProcess } from './service-process.ts';

/** How often a service that runs is asked how it is, and how often in a row it may say nothing good. */
const LOOK_MS = 10_000;
const FAILURES_MAX = 3;

export interface RunningServiceOptions {
  readonly log: Log;
  readonly output: () => ServiceOutput;
  /** Who asks it has to know where it is. */
  readonly ports: Pick<ServicePorts, 'open' | 'close'>;
  /** How long requests may take that are under way when it is to end, milliseconds. */
  readonly gracefulMs: () => number;
  readonly lookMs?: number;
}

/** A process that may take the place of the one that runs. Followed by exactly one of the two. */
export interface Successor {
  /** Why it can't; null: it can. */
  readonly fault: string | null;
  take(): void;
  abandon(): void;
}

/** Keeps one service running: starts it, starts it again when it ends or is not well, and puts a new one in its place ready-first. */
export class RunningService {
  spec: ServiceSpec;
  /** Resolves when it is ready for the first time, or has failed. */
  readonly settled: Promise<void>;
  readonly #options: RunningServiceOptions;
  readonly #backoff = new Backoff();
  #process: ServiceProcess | null = null;
  /** Those that are to follow, and those that are to end. */
  readonly #others = new Set<ServiceProcess>();
  #state: ServiceStatus['state'] = 'stopped';
  #over = false;
  /** Counts what takes the place of what was begun before. */
  #turn = 0;
  #restarts = 0;
  #lastEnd: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #settle: () => void = () => undefined;
  /** The last one. */
  #port = 0;

  constructor(spec: ServiceSpec, options: RunningServiceOptions) {
    this.spec = spec;
    this.#options = options;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get status(): ServiceStatus {
    const running = this.#process;
    return {
      name: this.spec.name,
      pid: running?.pid ?? 0,
      port: this.#port,
      state: this.#state,
      ageSeconds: running === null ? 0 : (performance.now() - running.startedAt) / 1000,
      restarts: this.#restarts,
      lastEnd: this.#lastEnd,
    };
  }

  /** Starts it; that it fails is logged and tried again. */
  async start(): Promise<void> {
    this.#state = 'starting';
    this.#turn += 1;
    const turn = this.#turn;
    const port = await this.#portOf(this.spec, this.#port);
    if (this.#over || turn !== this.#turn) return;
    this.#port = port;
    const started = new ServiceProcess(this.spec, port, this.#options.output());
    this.#process = started;
    this.#watch(started);
    this.#begun(started, await started.ready());
  }

  /** Starts a process of another spec, or a new one of the same; resolves when it is ready or can't be. One with the very port that is taken can't be started before its time. */
  async successor(spec: ServiceSpec): Promise<Successor> {
    if (spec.port !== 0 && spec.port === this.#port)
      return { fault: null, take: () => void this.#restart(spec), abandon: () => undefined };
    const fresh = new ServiceProcess(spec, await this.#portOf(spec, 0), this.#options.output());
    this.#others.add(fresh);
    void fresh.ended.then(() => this.#others.delete(fresh));
    if (this.#over) fresh.kill();
    const reason = await fresh.ready();
    return {
      fault: reason === null ? null : `The service ${spec.name} ${reason}`,
      take: () => this.#follow(spec, fresh),
      abandon: () => void fresh.stop(),
    };
  }

  /** One that waits for its next try has it now. */
  hurry(): void {
    if (this.#state !== 'waiting') return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.start();
  }

  /** @param withinMs beside its own time. */
  async stop(withinMs = Infinity): Promise<void> {
    this.#end();
    const all = [...this.#others, ...(this.#process === null ? [] : [this.#process])];
    await Promise.all(all.map((one) => one.stop(withinMs)));
  }

  /** Nobody is to ask it any more: it ends when nobody does. */
  async retire(): Promise<void> {
    const { ports } = this.#options;
    this.#end();
    await within(ports.close(this.spec.name, false), this.#options.gracefulMs());
    await this.stop();
  }

  kill(): void {
    this.#end();
    this.#process?.kill();
    for (const one of this.#others) one.kill();
  }

  #end(): void {
    this.#over = true;
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#settle();
  }

  #portOf(spec: ServiceSpec, wanted: number): Promise<number> {
    return spec.port === 0 ? freePort(wanted) : Promise.resolve(spec.port);
  }

  #follow(spec: ServiceSpec, next: ServiceProcess): void {
    if (this.#over) return void next.stop();
    this.#turn += 1;
    const old = this.#process;
    this.spec = spec;
    this.#port = next.port;
    this.#process = next;
    this.#others.delete(next);
    this.#begins(next);
    const left = this.#options.ports.open(spec.name, next.port);
    this.#watch(next);
    if (old !== null) void this.#leave(old, left);
  }

  /** The old one has to end before another can have its port. */
  async #restart(spec: ServiceSpec): Promise<void> {
    const old = this.#process;
    this.#turn += 1;
    const turn = this.#turn;
    this.#process = null;
    this.#state = 'starting';
    if (this.#timer !== null) clearTimeout(this.#timer);
    const left = this.#options.ports.close(spec.name, true);
    if (old !== null) await this.#leave(old, left);
    if (this.#over || turn !== this.#turn) return;
    this.spec = spec;
    await this.start();
  }

  async #leave(old: ServiceProcess, left: Promise<void>): Promise<void> {
    this.#others.add(old);
    await within(left, this.#options.gracefulMs());
    await old.stop();
    this.#others.delete(old);
  }

  #watch(running: ServiceProcess): void {
    void running.ended.then((end) => this.#ended(running, end));
  }

  #begun(started: ServiceProcess, reason: string | null): void {
    const { log, ports } = this.#options;
    const { name } = this.spec;
    this.#settle();
    if (this.#process !== started || this.#state !== 'starting') return;
    if (reason === null) {
      this.#begins(started);
      log.info(`The service ${name} is ready on port ${started.port} (pid ${started.pid})`);
      void ports.open(name, started.port);
    } else if (started.end === null) {
      log.error(`The service ${name} ${reason}: it is started again`);
      void ports.close(name, false);
      void started.stop();
    }
  }

  #begins(ready: ServiceProcess): void {
    this.#state = 'ready';
    this.#wait(this.#options.lookMs ?? LOOK_MS, () => this.#look(ready, 0));
  }

  #look(running: ServiceProcess, failures: number): void {
    void running.well().then((reason) => {
      if (this.#process !== running || this.#state !== 'ready' || running.end !== null) return;
      const count = reason === null ? 0 : failures + 1;
      if (count < FAILURES_MAX) this.#wait(this.#options.lookMs ?? LOOK_MS, () => this.#look(running, count));
      else {
        this.#options.log.error(`The service ${this.spec.name} is not well (${reason}): it is started again`);
        void this.#options.ports.close(this.spec.name, true);
        void running.stop();
      }
    });
  }

  #ended(ended: ServiceProcess, end: string): void {
    if (this.#process !== ended || this.#over) return;
    const { log, ports } = this.#options;
    const served = this.#state === 'ready';
    this.#process = null;
    this.#lastEnd = end;
    this.#restarts += 1;
    this.#state = 'waiting';
    const ms = this.#backoff.next(served ? performance.now() - ended.startedAt : 0);
    // One that ends before it is ready may do so for ever: nobody waits for it.
    void ports.close(this.spec.name, served);
    log.error(`The service ${this.spec.name} (pid ${ended.pid}) ${end}; starting it again${inSeconds(ms)}`);
    this.#settle();
    this.#wait(ms, () => this.hurry());
  }

  #wait(ms: number, work: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(work, ms);
  }
}

/** Waits for something no longer than that. */
function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
