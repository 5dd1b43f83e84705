import { type Sweepable, Sweeper } from '../base/sweeper.ts';
import type { Settings } from '../config/options.ts';
import { Names } from '../peers/names.ts';
import { PeerGroups } from '../peers/peer-groups.ts';
import { type AppInterface, AppPool, type PoolLimits } from '../upstream/app-pool.ts';
import type { FoundOfApp, GatewayConfiguration, GatewayConfigure } from '../wire/gateway-control.ts';
import type { TlsSpec } from '../wire/tls-spec.ts';
import { type CutOptions, cutRequests } from './cut-requests.ts';
import { AccessChains } from './access-chains.ts';
import { adminContext, compileContext } from './gateway-context.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { Health } from './health.ts';
import { Connections, Listener } from './listener.ts';
import type { Routes } from './routes.ts';
import { routesOf } from './gateway-routes.ts';
import { TlsDoor } from './tls/tls-door.ts';

/** Deadlines are noticed this much late at most. */
const SWEEP_MS = 250;

/** What clients get for taking the answer that there will be none. */
const LAST_WORDS_MS = 100;

/** A listener that could not be opened: its index, and why. */
export interface ListenFailure {
  readonly failed: number;
  readonly error: NodeJS.ErrnoException;
}

/** Everything one gateway process is made of, put together once from the settings. */
export class Gateway {
  readonly #pools = new Map<string, AppPool>();
  readonly #connections: Connections;
  readonly #adminConnections: Connections;
  readonly #listeners: readonly Listener[];
  readonly #sweeper = new Sweeper();
  readonly #groups: PeerGroups;
  readonly #names = new Names();
  readonly #door: TlsDoor;
  readonly #health = new Health(() =>
    this.#options.apps.map(({ name, onDemand }) => ({ name, onDemand, ready: this.pool(name).ready })),
  );
  readonly #access = new AccessChains();
  readonly #backlog: number;
  #adminOpen = false;
  #options: GatewayOptions;
  #routes: Routes;

  constructor(options: GatewayOptions) {
    const { settings } = options;
    this.#options = options;
    this.#groups = new PeerGroups(options.places);
    for (const { name } of options.apps) this.#poolOf(name);
    this.#configurePeers(options);
    this.#door = new TlsDoor(settings, this.#sweeper, options.log, options.challenges);
    this.#routes = routesOf(options, this.#pools, this.#access, this.#groups, this.#door);
    const context = compileContext(options, this.#routes.handler, this.#health, this.#sweeper, this.#door);
    this.#connections = new Connections(context);
    this.#adminConnections = new Connections(adminContext(context, this.#health));
    this.#listeners = options.listeners.map(
      (listener) =>
        new Listener(listener, listener.admin ? this.#adminConnections : this.#connections, this.#door),
    );
    this.#backlog = settings.backlog;
  }

  /**
   * From the next request of each connection on it is like this; what is under way ends as it began. `done`: no request waits any
   * more for an app that is not served any more.
   */
  configure(
    changed: GatewayConfiguration<Settings> & Pick<GatewayOptions, 'accessFile'>,
    found: GatewayConfigure<Settings>['found'],
    done: () => void,
  ): void {
    const options: GatewayOptions = { ...this.#options, ...changed };
    this.#door.configure(options);
    this.#options = options;
    const names = new Set(options.apps.map(({ name }) => name));
    for (const [name, pool] of this.#pools) if (!names.has(name) && pool.abandoned) this.#forget(name, pool);
    for (const name of names) this.#poolOf(name);
    const limits = poolLimitsOf(options.settings);
    for (const pool of this.#pools.values()) pool.limit(limits);
    this.#access.renew();
    this.#configurePeers(options);
    const routes = routesOf(options, this.#pools, this.#access, this.#groups, this.#door);
    for (const [app, told] of found) routes.found(app, told);
    this.#routes = routes;
    const context = compileContext(options, routes.handler, this.#health, this.#sweeper, this.#door);
    context.webSockets.follow(this.#connections.context.webSockets);
    this.#connections.context = context;
    this.#adminConnections.context = adminContext(context, this.#health);
    const leaving = [...this.#pools].filter(([name]) => !names.has(name)).map(([, pool]) => pool);
    this.#whenNobodyWaits(leaving, done);
  }

  /** All apps, by name. */
  get pools(): ReadonlyMap<string, AppPool> {
    return this.#pools;
  }

  /** The servers behind us. */
  get peers(): PeerGroups {
    return this.#groups;
  }

  /** The workers of an app. */
  pool(app: string): AppPool {
    const pool = this.#pools.get(app);
    if (pool === undefined) throw new Error(`there is no app ${app}`);
    return pool;
  }

  addWorker(worker: {
    app: string;
    worker: number;
    pid: number;
    socket: string;
    interface: AppInterface;
  }): void {
    if (worker.interface === 'asgi') this.#connections.context.webSockets.prepare();
    // The workers of a new app come first, then the paths that lead to it.
    this.#poolOf(worker.app).add(worker.worker, worker.pid, worker.socket, worker.interface);
  }

  /** An app told where its static files are. */
  foundStatic(app: string, found: FoundOfApp): void {
    this.#routes.found(app, found);
  }

  /** Certificates and what belongs to them, for new connections. */
  secure(spec: TlsSpec): void {
    this.#door.configure(this.#options, spec);
  }

  /** Begins to tell of its health, long before anything is served. */
  listenAdmin(): Promise<ListenFailure | null> {
    this.#adminOpen = true;
    this.#sweeper.start(SWEEP_MS);
    return this.#open(true);
  }

  /** Opens to clients. */
  async listen(): Promise<ListenFailure | null> {
    this.#sweeper.start(SWEEP_MS);
    const failure = (await this.#open(false)) ?? (this.#adminOpen ? null : await this.listenAdmin());
    this.#health.serving = failure === null;
    return failure;
  }

  /** The server is going to stop: whoever asks is told so, and every answer is the last on its connection. */
  leave(): void {
    this.#health.leaving = true;
    this.#connections.leaving = true;
    this.#adminConnections.leaving = true;
  }

  /**
   * Takes in whom the system has let in already and stops accepting, lets every connection finish and every app hear of it, then calls
   * `done`. The admin listeners stay open to tell of it.
   * @param shared other gateways accept on the same sockets: they are to be asked for the health.
   */
  drain(shared: boolean, done: () => void): void {
    this.leave();
    this.#options.development?.close();
    const closing = this.#listeners.filter((listener) => shared || !listener.admin);
    let open = closing.length;
    if (open === 0) this.#drainConnections(done);
    for (const listener of closing)
      listener.close(() => {
        open -= 1;
        if (open === 0) this.#drainConnections(done);
      });
  }

  /** Somebody waits for the gateway to be drained: WebSockets and streams of events end then, too. */
  hurry(): void {
    this.#connections.hurry();
    this.#adminConnections.hurry();
  }

  /** The server ends now: whoever waits is told so, then all connections end, and `done` is called. */
  cut(options: CutOptions, done: () => void): void {
    this.leave();
    this.#door.cut();
    cutRequests(this.#pools.values(), options);
    const all = [this.#connections, this.#adminConnections];
    const over = once(() => {
      for (const connections of all) connections.cut();
      // A connection tells of its end a moment later.
      setImmediate(() => setImmediate(done));
    });
    for (const connections of all)
      connections.drain(() => {
        if (all.every(({ size }) => size === 0)) over();
      });
    setTimeout(over, LAST_WORDS_MS);
  }

  /** Gives up every link to a worker. */
  destroy(): void {
    for (const pool of this.#pools.values()) pool.destroy('the gateway is stopping');
    this.#groups.close();
  }

  /** Listens on one after another; a failure names the listener by its index. */
  async #open(admin: boolean): Promise<ListenFailure | null> {
    for (const [index, listener] of this.#listeners.entries()) {
      if (listener.admin !== admin) continue;
      try {
        await listener.listen(this.#backlog);
      } catch (error) {
        return { failed: index, error: error as NodeJS.ErrnoException };
      }
    }
    return null;
  }

  #drainConnections(done: () => void): void {
    this.#door.whenEmpty(() => this.#drainSecured(done));
  }

  #drainSecured(done: () => void): void {
    this.#connections.drain(() => {
      let busy = this.#pools.size;
      if (busy === 0) done();
      const idle = (): void => {
        busy -= 1;
        if (busy === 0) done();
      };
      for (const pool of this.#pools.values()) pool.whenIdle(idle);
    });
  }

  #poolOf(name: string): AppPool {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const pool = new AppPool(name, poolLimitsOf(this.#options.settings), this.#options.observer);
    this.#pools.set(name, pool);
    this.#sweeper.add(pool);
    return pool;
  }

  #configurePeers({ upstreams, settings, log }: GatewayOptions): void {
    const headBytesMax = settings.response_header_bytes_max;
    this.#groups.configure(upstreams, { sweeper: this.#sweeper, names: this.#names, headBytesMax, log });
    // Whoever asks for them finds them known; and somebody may have misspelt one.
    for (const { spec } of this.#groups.all.flatMap(({ peers }) => peers)) {
      if (spec.host === '') continue;
      this.#names.resolve(spec.host, (result) => {
        if (result instanceof Error)
          log.warning(
            `The peer ${spec.url} has no address: ${result.message}. It is asked for again with each request.`,
          );
      });
    }
  }

  #forget(name: string, pool: AppPool): void {
    this.#pools.delete(name);
    this.#sweeper.delete(pool);
  }

  #whenNobodyWaits(pools: readonly AppPool[], done: () => void): void {
    const waited = (): boolean => pools.some((pool) => pool.queued > 0);
    if (!waited()) {
      done();
      return;
    }
    const look: Sweepable = {
      deadline: 0,
      expire: () => {
        if (waited()) return;
        this.#sweeper.delete(look);
        done();
      },
    };
    this.#sweeper.add(look);
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

function poolLimitsOf(settings: Settings): PoolLimits {
  return { queueMax: settings.queue_max, queueTimeoutMs: settings.queue_timeout * 1000 };
}
