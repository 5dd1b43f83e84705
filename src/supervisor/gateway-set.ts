import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { AppLoad, FoundOfApp, GatewayToMaster } from '../wire/gateway-control.ts';
import type { DevState, PageEvent } from '../wire/dev.ts';
import { Backoffs, inSeconds } from '../children/backoff.ts';
import { type ChildExit, describeExit } from '../children/child.ts';
import { type FoundFilesOf, GatewayProcess, type GatewayRecipe } from './gateway-process.ts';
import type { ServedSocket } from './listening-sockets.ts';
import { Renewal } from './renewal.ts';
import type { Worker } from '../children/worker.ts';
import type { Status } from './status.ts';
import { stuckReason } from './stuck-reason.ts';
import { Upstreams } from './upstreams.ts';
import type { Workers } from './workers.ts';

export interface GatewaySetOptions {
  readonly count: number;
  readonly recipe: GatewayRecipe;
  /** Gateways that others take the place of have this long to finish, milliseconds. */
  readonly gracefulMs: () => number;
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

/** What clients of streams are given to hear of their end. */
const STREAMS_END_MS = 2_000;

/** What gateways may take to end their requests and write it down, when the server ends. */
const CUT_MS = 1_000;

/** The gateways of a server: one that dies is replaced and finds the sockets still open, clients waiting in their backlog. */
export class GatewaySet {
  /** The servers behind them. */
  readonly upstreams: Upstreams;
  readonly #options: GatewaySetOptions;
  readonly #gateways = new Map<number, GatewayProcess>();
  readonly #backoffs = new Backoffs();
  /** `gateway/worker pid` of the links that exist. */
  readonly #links = new Set<string>();
  readonly #drained = new Set<number>();
  /** What each app said about its files. */
  #found = new Map<string, FoundOfApp>();
  /** Those that are to answer that they are configured. */
  readonly #configuring = new Map<GatewayProcess, (fault: string) => void>();
  #renewal: Renewal | null = null;
  #recipe: GatewayRecipe;
  #count: number;
  /** What is done with the requests of each app while it is worked on. */
  readonly #devStates = new Map<string, DevState>();
  #sockets: readonly ServedSocket[] = [];
  #listenWanted = false;
  #leaving = false;
  #draining = false;
  #stopping = false;
  #onDrained: () => void;

  constructor(options: GatewaySetOptions) {
    this.#options = options;
    this.#recipe = options.recipe;
    this.#count = options.count;
    this.#onDrained = options.onDrained;
    this.upstreams = new Upstreams(options.recipe.upstreams, options.log, (message) => {
      for (const gateway of this.#gateways.values()) if (gateway.ready) gateway.peers([message]);
    });
  }

  get empty(): boolean {
    return this.#gateways.size === 0;
  }

  get allListening(): boolean {
    return (
      this.#gateways.size === this.#count &&
      [...this.#gateways.values()].every((gateway) => gateway.listening)
    );
  }

  /** Whether all gateways are there, with a link to each worker in the pools. */
  get allLinked(): boolean {
    if (this.#gateways.size < this.#count) return false;
    const pids = this.#options.workers.all.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
    return [...this.#gateways.values()].every(
      (gateway) => gateway.ready && pids.every((pid) => this.#links.has(linkKey(gateway, pid))),
    );
  }

  /** Whether all gateways that are there now have a link to it. One that is started later is told of it at once. */
  linked(worker: Worker): boolean {
    return [...this.#gateways.values()].every(
      (gateway) => !gateway.ready || gateway.leaving || this.#links.has(linkKey(gateway, worker.pid)),
    );
  }

  get status(): Pick<Status, 'gateways' | 'upstreams'> {
    const gateways = [...this.#gateways.values()].map(({ number, pid }) => ({ number, pid }));
    return { gateways, upstreams: this.upstreams.status };
  }

  start(sockets: readonly ServedSocket[]): void {
    this.#sockets = sockets;
    this.#fill();
  }

  /** They do it like this from the next request on. Resolves when all of them do, with what they could not have of it. */
  async configure(recipe: Omit<GatewayRecipe, 'spoolDir' | 'removeDir'>, found: FoundFilesOf): Promise<void> {
    this.#recipe = { ...this.#recipe, ...recipe };
    this.upstreams.follow(recipe.upstreams);
    this.#found = new Map(found);
    const current = [...this.#gateways.values()].filter((gateway) => !gateway.leaving);
    await Promise.all(current.map((gateway) => this.#configured(gateway)));
  }

  /**
   * Puts others in their place, on other sockets perhaps: those listen before these are told to finish. Resolves with what went wrong, and
   * then these go on; or with null.
   */
  async renew(
    recipe: Omit<GatewayRecipe, 'spoolDir' | 'removeDir'>,
    sockets: readonly ServedSocket[],
    count: number,
    found: FoundFilesOf,
  ): Promise<string | null> {
    const before = { recipe: this.#recipe, sockets: this.#sockets, count: this.#count, found: this.#found };
    this.#recipe = { ...this.#recipe, ...recipe };
    this.upstreams.follow(recipe.upstreams);
    this.#sockets = sockets;
    this.#count = count;
    this.#found = new Map(found);
    const renewal = new Renewal(this.#freeNumbers(count).map((number) => this.#spawn(number)));
    this.#renewal = renewal;
    const fault = await renewal.done;
    this.#renewal = null;
    const others = [...this.#gateways.values()].filter((gateway) => !renewal.has(gateway));
    if (fault === null) for (const gateway of others) this.#letGo(gateway);
    else {
      ({ recipe: this.#recipe, sockets: this.#sockets, count: this.#count, found: this.#found } = before);
      this.upstreams.follow(this.#recipe.upstreams);
      for (const gateway of renewal.gateways) this.#letGo(gateway, 0);
      this.#fill();
    }
    return fault;
  }

  /** An app told about its files, or told again. */
  foundStatic(app: string, found: FoundOfApp): void {
    if (JSON.stringify(this.#found.get(app)) === JSON.stringify(found)) return;
    this.#found.set(app, found);
    for (const gateway of this.#gateways.values()) if (gateway.ready) gateway.foundStatic(app, found);
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

  devState(app: string, state: DevState): void {
    this.#devStates.set(app, state);
    for (const gateway of this.#gateways.values()) if (gateway.ready) gateway.devState(app, state);
  }

  devPages(event: PageEvent): void {
    for (const gateway of this.#gateways.values()) gateway.devPages(event);
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

  /**
   * @param shared other gateways, of another master, accept on the same sockets.
   * @param streams whether WebSockets and streams of events are ended now; else they may go on until this is called again.
   */
  drain(shared: boolean, streams: boolean): void {
    this.#draining = true;
    this.#renewal?.fail('the server is stopping');
    for (const gateway of this.#gateways.values()) gateway.drain(shared, streams);
    this.#checkDrained();
  }

  /** Their requests are ended, and told. Resolves when that is done, or has taken too long. */
  cut(reason: string, stacks: boolean): Promise<void> {
    this.#draining = true;
    this.#renewal?.fail('the server is stopping');
    this.#drained.clear();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      setTimeout(resolve, CUT_MS).unref();
      for (const gateway of this.#gateways.values()) gateway.cut(reason, stacks);
      this.#checkDrained();
    });
  }

  /** They leave at once. */
  quit(): void {
    this.#stopping = true;
    this.#renewal?.fail('the server is stopping');
    for (const gateway of this.#gateways.values()) gateway.disconnect();
  }

  kill(): void {
    for (const gateway of this.#gateways.values()) gateway.kill('SIGKILL');
  }

  reopen(): void {
    for (const gateway of this.#gateways.values()) gateway.reopen();
  }

  #spawn(number: number): GatewayProcess {
    const { errorOutput } = this.#options;
    const gateway = new GatewayProcess(
      number,
      this.#recipe,
      this.#sockets,
      !this.#listenWanted,
      errorOutput.fd,
      {
        message: (from, message) => this.#received(from, message),
        exited: (from, exit) => this.#exited(from, exit),
      },
    );
    this.#gateways.set(number, gateway);
    return gateway;
  }

  /** Starts those that are missing. */
  #fill(): void {
    if (this.#stopping || this.#draining || this.#renewal !== null) return;
    const there = [...this.#gateways.values()].filter((gateway) => !gateway.leaving).length;
    for (const number of this.#freeNumbers(Math.max(0, this.#count - there))) this.#spawn(number);
  }

  #configured(gateway: GatewayProcess): Promise<void> {
    return new Promise((resolve) => {
      this.#configuring.set(gateway, (fault) => {
        this.#configuring.delete(gateway);
        if (fault !== '') this.#options.log.error(`Gateway ${gateway.number}: ${fault}`);
        resolve();
      });
      if (gateway.ready) gateway.configure(this.#recipe, this.#found, this.upstreams.changes);
    });
  }

  /** It finishes what it has; after the time, streams are ended, and what is left then is cut. */
  #letGo(gateway: GatewayProcess, withinMs = this.#options.gracefulMs()): void {
    gateway.leaving = true;
    gateway.drain(true, false);
    setTimeout(() => gateway.drain(true, true), withinMs).unref();
    setTimeout(() => gateway.disconnect(), withinMs + STREAMS_END_MS).unref();
    this.#options.onLinked();
  }

  /** The lowest that no gateway has. */
  #freeNumbers(count: number): readonly number[] {
    const numbers: number[] = [];
    for (let number = 0; numbers.length < count; number += 1)
      if (!this.#gateways.has(number)) numbers.push(number);
    return numbers;
  }

  #received(gateway: GatewayProcess, message: GatewayToMaster): void {
    const { workers, log } = this.#options;
    if (message.type === 'ready') this.#ready(gateway);
    else if (message.type === 'linked') {
      this.#links.add(linkKey(gateway, message.pid));
      this.#options.onLinked();
      this.#lookAtRenewal();
    } else if (message.type === 'load') this.#options.onLoad(gateway.number, message.apps);
    else if (message.type === 'peer_load') this.upstreams.load(gateway.number, message.upstreams);
    else if (message.type === 'released') {
      this.#links.delete(linkKey(gateway, message.pid));
      workers.released(message.pid, gateway.number, gateway.leaving, message.hung);
    } else if (message.type === 'listening') {
      gateway.listening = true;
      this.#options.onListening();
      this.#lookAtRenewal();
    } else if (this.#renewal?.failed(gateway, message) === true) return;
    else if (message.type === 'configured') this.#configuring.get(gateway)?.(message.fault);
    else if (message.type === 'listen_failed') this.#options.onListenFailed(message.listener, message.code);
    else if (message.type === 'failed') {
      log.error(`Gateway ${gateway.number} (pid ${gateway.pid}): ${message.message}`);
      this.#options.onFailed(message.message);
    } else if (message.type === 'late') workers.askStack(message.pid, message.requestId, message.reason);
    else if (message.type === 'stuck') workers.replaceStuck(message.pid, stuckReason(message));
    else if (message.type === 'drained') {
      this.#drained.add(gateway.number);
      if (gateway.leaving) gateway.disconnect();
      this.#checkDrained();
    }
  }

  #ready(gateway: GatewayProcess): void {
    gateway.ready = true;
    gateway.readyAt = performance.now();
    for (const [app, found] of this.#found) gateway.foundStatic(app, found);
    for (const worker of this.#options.workers.all) if (worker.state === 'ready') gateway.addWorker(worker);
    for (const [app, state] of this.#devStates) gateway.devState(app, state);
    if (this.#leaving) gateway.leave();
    if (gateway.recipe !== this.#recipe && this.#renewal === null)
      gateway.configure(this.#recipe, this.#found, this.upstreams.changes);
    else gateway.peers(this.upstreams.changes);
    if (this.#renewal?.has(gateway) === true) this.#lookAtRenewal();
    else if (this.#listenWanted) gateway.listen();
    // There may be no worker that has to be linked.
    this.#options.onLinked();
  }

  #lookAtRenewal(): void {
    this.#renewal?.look((gateway) =>
      this.#options.workers.all.every(
        (worker) => worker.state !== 'ready' || this.#links.has(linkKey(gateway, worker.pid)),
      ),
    );
  }

  #checkDrained(): void {
    if (!this.#draining) return;
    for (const number of this.#gateways.keys()) if (!this.#drained.has(number)) return;
    this.#onDrained();
  }

  #exited(gateway: GatewayProcess, exit: ChildExit): void {
    const { log, workers } = this.#options;
    this.#gateways.delete(gateway.number);
    this.upstreams.gone(gateway.number);
    for (const worker of workers.all) this.#links.delete(linkKey(gateway, worker.pid));
    workers.gatewayGone(gateway.number);
    this.#drained.delete(gateway.number);
    this.#configuring.get(gateway)?.('');
    if (this.#stopping || this.#draining) {
      this.#checkDrained();
      if (this.empty) this.#options.onEmpty();
      return;
    }
    if (gateway.leaving) return;
    if (this.#renewal?.has(gateway) === true) {
      this.#renewal.fail(`gateway ${gateway.number} ${describeExit(exit)}`);
      return;
    }
    const livedMs = gateway.readyAt === 0 ? 0 : performance.now() - gateway.readyAt;
    const delay = this.#backoffs.of(gateway.number).next(livedMs);
    log.error(
      `Gateway ${gateway.number} (pid ${gateway.pid}) ${describeExit(exit)}; starting another${inSeconds(delay)}`,
    );
    setTimeout(() => {
      this.#fill();
    }, delay).unref();
  }
}

function linkKey(gateway: GatewayProcess, workerPid: number): string {
  return `${gateway.number}/${workerPid}`;
}
