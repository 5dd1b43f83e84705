import { Backoff, inSeconds } from '../supervisor/backoff.ts';
import type { Log } from '../telemetry/log.ts';
import { freePort } from './free-port.ts';
import { type ServiceOutput, ServiceProcess } from './service-process.ts';
import { sameService, type ServiceSpec } from './service-spec.ts';

/** How often a service that runs is asked how it is, and how often in a row it may say nothing good. */
const LOOK_MS = 10_000;
const FAILURES_MAX = 3;

export interface ServiceStatus {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly state: 'starting' | 'ready' | 'waiting' | 'stopped';
  readonly ageSeconds: number;
  /** Why the last process ended; null: none has. */
  readonly lastEnd: string | null;
}

/** Keeps one service running: starts it, starts it again when it ends or is not well, and puts a new one in its place ready-first. */
export class RunningService {
  spec: ServiceSpec;
  readonly #log: Log;
  readonly #output: () => ServiceOutput;
  readonly #lookMs: number;
  readonly #backoff = new Backoff();
  #process: ServiceProcess | null = null;
  #state: ServiceStatus['state'] = 'stopped';
  #lastEnd: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The one before the last `replace`. */
  #retiring: ServiceProcess | null = null;
  /** Where the next process listens. */
  #port = 0;

  constructor(spec: ServiceSpec, log: Log, output: () => ServiceOutput, lookMs: number = LOOK_MS) {
    this.spec = spec;
    this.#log = log;
    this.#output = output;
    this.#lookMs = lookMs;
  }

  /** Where it is to be asked; another one after `replace`. */
  get port(): number {
    return this.#port;
  }

  get status(): ServiceStatus {
    const running = this.#process;
    return {
      name: this.spec.name,
      pid: running?.pid ?? 0,
      port: this.#port,
      state: this.#state,
      ageSeconds: running === null ? 0 : (performance.now() - running.startedAt) / 1000,
      lastEnd: this.#lastEnd,
    };
  }

  /** Finds it a port. To be called once, before everything else. */
  async prepare(): Promise<void> {
    this.#port = this.spec.port === 0 ? await freePort() : this.spec.port;
  }

  /** Starts it; that it fails is logged and tried again. */
  start(): void {
    this.#state = 'starting';
    const started = new ServiceProcess(this.spec, this.#port, this.#output());
    this.#process = started;
    this.#watch(started);
    void started.ready().then((reason) => this.#begun(started, reason));
  }

  /**
   * Puts a process of another spec, or a new one of the same, in its place: null when it is ready and `port` is its own, the reason when it
   * can't be and the old one goes on. The old one is stopped by `retire`. With a fixed port the old one has to end first.
   */
  async replace(spec: ServiceSpec): Promise<string | null> {
    const before = { spec: this.spec, process: this.#process, port: this.#port };
    if (spec.port !== 0 && spec.port === before.port) return this.#restart(spec);
    const port = spec.port === 0 ? await freePort() : spec.port;
    const next = new ServiceProcess(spec, port, this.#output());
    const reason = await next.ready();
    if (reason !== null) {
      await next.stop();
      return `The service ${spec.name} ${reason}`;
    }
    this.spec = spec;
    this.#port = port;
    this.#process = next;
    this.#state = 'ready';
    this.#wait(this.#lookMs, () => this.#look(next, 0));
    this.#watch(next);
    this.#retiring = before.process;
    return null;
  }

  /** Nobody asks the process before the last `replace` any more. */
  async retire(): Promise<void> {
    const old = this.#retiring;
    this.#retiring = null;
    await old?.stop();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all([this.#process?.stop(), this.retire()]);
  }

  kill(): void {
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#process?.kill();
    this.#retiring?.kill();
  }

  async #restart(spec: ServiceSpec): Promise<string | null> {
    if (sameService(spec, this.spec)) this.#log.info(`Restarting the service ${spec.name}`);
    const old = this.#process;
    this.#process = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await old?.stop();
    this.spec = spec;
    this.start();
    return null;
  }

  #watch(running: ServiceProcess): void {
    void running.ended.then((end) => this.#ended(running, end));
  }

  #begun(started: ServiceProcess, reason: string | null): void {
    if (this.#process !== started || this.#state !== 'starting') return;
    if (reason === null) {
      this.#state = 'ready';
      this.#log.info(`The service ${this.spec.name} is ready on port ${started.port} (pid ${started.pid})`);
      this.#wait(this.#lookMs, () => this.#look(started, 0));
    } else if (started.end === null) {
      this.#log.error(`The service ${this.spec.name} ${reason}: it is started again`);
      void started.stop();
    }
  }

  #look(running: ServiceProcess, failures: number): void {
    void running.well().then((reason) => {
      if (this.#process !== running || this.#state !== 'ready' || running.end !== null) return;
      const count = reason === null ? 0 : failures + 1;
      if (count < FAILURES_MAX) this.#wait(this.#lookMs, () => this.#look(running, count));
      else {
        this.#log.error(`The service ${this.spec.name} is not well (${reason}): it is started again`);
        void running.stop();
      }
    });
  }

  #ended(ended: ServiceProcess, end: string): void {
    if (this.#process !== ended || this.#state === 'stopped') return;
    this.#process = null;
    this.#lastEnd = end;
    const lived = this.#state === 'ready' ? performance.now() - ended.startedAt : 0;
    this.#state = 'waiting';
    const ms = this.#backoff.next(lived);
    this.#log.error(
      `The service ${this.spec.name} (pid ${ended.pid}) ${end}; starting it again${inSeconds(ms)}`,
    );
    this.#wait(ms, () => this.#again());
  }

  /** Somebody else may have taken its port meanwhile, but those who ask know no other. */
  #again(): void {
    if (this.#state === 'waiting') this.start();
  }

  #wait(ms: number, work: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(work, ms);
  }
}
