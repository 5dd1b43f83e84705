import type { ErrorOutput } from '../telemetry/error-output.ts';
import { type Log, oneLine } from '../telemetry/log.ts';
import type { GatewayLocation, GatewayToMaster, AppLoad } from '../wire/gateway-control.ts';
import { Backoff, inSeconds } from './backoff.ts';
import { type ChildExit, describeExit } from './child.ts';
import { GatewayProcess, type GatewayRecipe } from './gateway-process.ts';
import type { ServedSocket } from './listening-sockets.ts';
import type { Worker } from './worker.ts';
import type { Status } from './status.ts';
import type { Workers } from './workers.ts';

export interface GatewaySetOptions {
  readonly count: number;
  readonly recipe: GatewayRecipe;
  readonly log: Log;
  readonly errorOutput: ErrorOutput;
  readonly workers: Workers;
  readonly onLinked: () => void;
  readonly onLoad: (gateway: number, apps: readonly AppLoad[]) => void;
  readonly onListening: () => void;
  readonly onListenFailed: (listener: number, code: string) => void;
  /** A gateway cannot be set up. */
  readonly onFailed: (message: string) => void;
  readonly onDrained: () => void;
  readonly onEmpty: () => void;
}

/** The gateways of a server: one that dies is replaced and finds the sockets still open, clients waiting in their backlog. */
export class GatewaySet {
  readonly #options: GatewaySetOptions;
  readonly #gateways = new Map<number, GatewayProcess>();
  readonly #backoffs = new Map<number, Backoff>();
  /** `gateway/worker pid` of the links that exist. */
  readonly #links = new Set<string>();
  readonly #drained = new Set<number>();
  /** What each app said about its files. */
  readonly #found = new Map<string, readonly GatewayLocation[]>();
  #sockets: readonly ServedSocket[] = [];
  #listenWanted = false;
  #leaving = false;
  #draining = false;
  #stopping = false;

  constructor(options: GatewaySetOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return this.#gateways.size === 0;
  }

  get allListening(): boolean {
    return (
      this.#gateways.size === this.#options.count &&
      [...this.#gateways.values()].every((gateway) => gateway.listening)
    );
  }

  allLinked(workers: readonly Worker[]): boolean {
    if (this.#gateways.size < this.#options.count) return false;
    return [...this.#gateways.values()].every((gateway) =>
      workers.every((worker) => this.#links.has(linkKey(gateway, worker.pid))),
    );
  }

  /** Whether all gateways that are there now have a link to it. One that is started later is told of it at once. */
  linked(worker: Worker): boolean {
    return [...this.#gateways.values()].every(
      (gateway) => !gateway.ready || this.#links.has(linkKey(gateway, worker.pid)),
    );
  }

  get status(): Status['gateways'] {
    return [...this.#gateways.values()].map(({ number, pid }) => ({ number, pid }));
  }

  start(sockets: readonly ServedSocket[]): void {
    this.#sockets = sockets;
    for (let number = 0; number < this.#options.count; number += 1) this.#spawn(number);
  }

  /** An app told about its files, or told again. */
  foundStatic(app: string, locations: readonly GatewayLocation[]): void {
    const before = this.#found.get(app) ?? [];
    if (JSON.stringify(before) === JSON.stringify(locations)) return;
    this.#found.set(app, locations);
    for (const gateway of this.#gateways.values()) if (gateway.ready) gateway.foundStatic(app, locations);
  }

  addWorker(worker: Worker): void {
    for (const gateway of this.#gateways.values()) if (gateway.ready) gateway.addWorker(worker);
  }

  removeWorker(worker: Worker): void {
    for (const gateway of this.#gateways.values()) gateway.removeWorker(worker);
  }

  /** There will be no worker for the requests that wait for the app. */
  unavailable(app: string): void {
    for (const gateway of this.#gateways.values()) gateway.unavailable(app);
  }

  listen(): void {
    this.#listenWanted = true;
    for (const gateway of this.#gateways.values()) gateway.listen();
  }

  /** They tell whoever asks that the server is going to stop, and keep no connection beyond its next answer. */
  leave(): void {
    this.#leaving = true;
    for (const gateway of this.#gateways.values()) gateway.leave();
  }

  /** @param shared other gateways, of another master, accept on the same sockets. */
  drain(shared = false): void {
    this.#draining = true;
    for (const gateway of this.#gateways.values()) gateway.drain(shared);
    this.#checkDrained();
  }

  /** They leave at once. */
  quit(): void {
    this.#stopping = true;
    for (const gateway of this.#gateways.values()) gateway.disconnect();
  }

  kill(): void {
    for (const gateway of this.#gateways.values()) gateway.kill('SIGKILL');
  }

  reopen(): void {
    for (const gateway of this.#gateways.values()) gateway.reopen();
  }

  #spawn(number: number): void {
    const { recipe, errorOutput } = this.#options;
    const gateway = new GatewayProcess(number, recipe, this.#sockets, errorOutput.fd, {
      message: (from, message) => this.#received(from, message),
      exited: (from, exit) => this.#exited(from, exit),
    });
    this.#gateways.set(number, gateway);
  }

  #received(gateway: GatewayProcess, message: GatewayToMaster): void {
    const { workers, log } = this.#options;
    if (message.type === 'ready') this.#ready(gateway);
    else if (message.type === 'linked') {
      this.#links.add(linkKey(gateway, message.pid));
      this.#options.onLinked();
    } else if (message.type === 'load') this.#options.onLoad(gateway.number, message.apps);
    else if (message.type === 'released') {
      this.#links.delete(linkKey(gateway, message.pid));
      workers.released(message.pid, gateway.number);
    } else if (message.type === 'listening') {
      gateway.listening = true;
      this.#options.onListening();
    } else if (message.type === 'listen_failed') this.#options.onListenFailed(message.listener, message.code);
    else if (message.type === 'failed') {
      log.error(`Gateway ${gateway.number} (pid ${gateway.pid}): ${message.message}`);
      this.#options.onFailed(message.message);
    } else if (message.type === 'late') workers.askStack(message.pid, message.requestId);
    else if (message.type === 'stuck') this.#stuck(message);
    else if (message.type === 'drained') {
      this.#drained.add(gateway.number);
      this.#checkDrained();
    }
  }

  #stuck({ method, path, limitMs, pid }: GatewayToMaster & { type: 'stuck' }): void {
    const request = `${method} ${oneLine(path)}`;
    this.#options.workers.replace(
      pid,
      `has a request that does not end after ${limitMs / 1000} s (request_timeout), ${request}`,
    );
  }

  #ready(gateway: GatewayProcess): void {
    gateway.ready = true;
    gateway.readyAt = performance.now();
    for (const [app, locations] of this.#found) gateway.foundStatic(app, locations);
    for (const worker of this.#options.workers.all) if (worker.state === 'ready') gateway.addWorker(worker);
    if (this.#leaving) gateway.leave();
    if (this.#listenWanted) gateway.listen();
    // There may be no worker that has to be linked.
    this.#options.onLinked();
  }

  #checkDrained(): void {
    if (!this.#draining) return;
    for (const number of this.#gateways.keys()) if (!this.#drained.has(number)) return;
    this.#options.onDrained();
  }

  #exited(gateway: GatewayProcess, exit: ChildExit): void {
    const { log, workers } = this.#options;
    this.#gateways.delete(gateway.number);
    for (const worker of workers.all) this.#links.delete(linkKey(gateway, worker.pid));
    workers.gatewayGone(gateway.number);
    if (this.#stopping || this.#draining) {
      this.#checkDrained();
      if (this.empty) this.#options.onEmpty();
      return;
    }
    const livedMs = gateway.readyAt === 0 ? 0 : performance.now() - gateway.readyAt;
    const delay = this.#backoff(gateway.number).next(livedMs);
    log.error(
      `Gateway ${gateway.number} (pid ${gateway.pid}) ${describeExit(exit)}; starting another${inSeconds(delay)}`,
    );
    setTimeout(() => {
      if (!this.#stopping && !this.#draining) this.#spawn(gateway.number);
    }, delay).unref();
  }

  #backoff(number: number): Backoff {
    let backoff = this.#backoffs.get(number);
    if (backoff === undefined) {
      backoff = new Backoff();
      this.#backoffs.set(number, backoff);
    }
    return backoff;
  }
}

function linkKey(gateway: GatewayProcess, workerPid: number): string {
  return `${gateway.number}/${workerPid}`;
}
