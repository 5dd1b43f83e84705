import { type Sweepable, Sweeper } from '../base/sweeper.ts';
import type { Settings } from '../config/options.ts';
import { FileStore } from '../files/file-store.ts';
import { appHandler } from '../handlers/app.ts';
import { appFilesOf } from '../handlers/app-files-of.ts';
import { AsgiEncoder } from '../handlers/asgi-request.ts';
import { ErrorPages } from '../handlers/error-pages.ts';
import { Spool } from '../handlers/spool.ts';
import { WsgiEncoder } from '../handlers/wsgi-request.ts';
import type { Handler } from '../http/exchange.ts';
import { compileTrust } from '../http/forwarded.ts';
import { accessLog } from '../middleware/access-log.ts';
import { compress } from '../middleware/compress.ts';
import { accessFormatter } from '../telemetry/access-log.ts';
import type { LineFile } from '../telemetry/line-file.ts';
import type { Log } from '../telemetry/log.ts';
import { type AppInterface, AppPool, type PoolLimits, type PoolObserver } from '../upstream/app-pool.ts';
import type {
  GatewayApp,
  GatewayConfiguration,
  GatewayConfigure,
  GatewayListener,
  GatewayLocation,
} from '../wire/gateway-control.ts';
import { logAppFault } from './app-fault.ts';
import type { ConnectionLimits, GatewayContext } from './context.ts';
import { FieldNames } from './field-names.ts';
import { Connections, Listener } from './listener.ts';
import { RequestIds } from './request-ids.ts';
import { Routes } from './routes.ts';
import { type WebSocketLimits, WebSockets } from './websockets.ts';

/** Deadlines are noticed this much late at most. */
const SWEEP_MS = 250;
/** Names of files that are remembered, found or not. */
const FILE_ENTRIES_MAX = 20_000;

export interface GatewayOptions {
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  readonly apps: readonly GatewayApp[];
  readonly locations: readonly GatewayLocation[];
  readonly errorPages: Readonly<Record<string, string>>;
  readonly sendfileRoots: readonly string[];
  readonly spoolDir: string;
  readonly log: Log;
  /** Null: no access log. */
  readonly accessFile: LineFile | null;
  readonly observer: PoolObserver;
}

/** Everything one gateway process is made of, put together once from the settings. */
export class Gateway {
  readonly #pools = new Map<string, AppPool>();
  readonly #connections: Connections;
  readonly #listeners: readonly Listener[];
  readonly #sweeper = new Sweeper();
  readonly #backlog: number;
  #options: GatewayOptions;
  #routes: Routes;

  constructor(options: GatewayOptions) {
    const { settings } = options;
    this.#options = options;
    for (const { name } of options.apps) this.#open(name);
    this.#routes = routesOf(options, this.#pools);
    const context = compile(options, this.#routes.handler, this.#sweeper);
    this.#connections = new Connections(context);
    this.#listeners = options.listeners.map((listener) => new Listener(listener, this.#connections));
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
    this.#options = options;
    const names = new Set(options.apps.map(({ name }) => name));
    for (const [name, pool] of this.#pools) if (!names.has(name) && pool.abandoned) this.#forget(name, pool);
    for (const name of names) this.#open(name);
    const limits = poolLimitsOf(options.settings);
    for (const pool of this.#pools.values()) pool.limit(limits);
    const routes = routesOf(options, this.#pools);
    for (const [app, locations] of found) routes.found(app, locations);
    this.#routes = routes;
    const context = compile(options, routes.handler, this.#sweeper);
    context.webSockets.follow(this.#connections.context.webSockets);
    this.#connections.context = context;
    const leaving = [...this.#pools].filter(([name]) => !names.has(name)).map(([, pool]) => pool);
    this.#whenNobodyWaits(leaving, done);
  }

  /** All apps, by name. */
  get pools(): ReadonlyMap<string, AppPool> {
    return this.#pools;
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
    // The workers of a new app come first, then the paths that lead to it.
    this.#open(worker.app).add(worker.worker, worker.pid, worker.socket, worker.interface);
  }

  /** An app told where its static files are. */
  foundStatic(app: string, locations: readonly GatewayLocation[]): void {
    this.#routes.found(app, locations);
  }

  /** Listens on one after another; a failure names the listener by its index. */
  async listen(): Promise<{ failed: number; error: NodeJS.ErrnoException } | null> {
    this.#sweeper.start(SWEEP_MS);
    for (const [index, listener] of this.#listeners.entries()) {
      try {
        await listener.listen(this.#backlog);
      } catch (error) {
        return { failed: index, error: error as NodeJS.ErrnoException };
      }
    }
    return null;
  }

  /** Stops accepting, lets every connection finish and every app hear of it, then calls `done`. */
  drain(done: () => void): void {
    for (const listener of this.#listeners) listener.close();
    this.#connections.drain(() => {
      let busy = this.#pools.size;
      const idle = (): void => {
        busy -= 1;
        if (busy === 0) done();
      };
      for (const pool of this.#pools.values()) pool.whenIdle(idle);
    });
  }

  #open(name: string): AppPool {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const pool = new AppPool(poolLimitsOf(this.#options.settings), this.#options.observer);
    this.#pools.set(name, pool);
    this.#sweeper.add(pool);
    return pool;
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

  /** Gives up every link to a worker. */
  destroy(): void {
    for (const pool of this.#pools.values()) pool.destroy('the gateway is stopping');
  }
}

function compile(options: GatewayOptions, routes: Handler, sweeper: Sweeper): GatewayContext {
  const { settings, accessFile, log } = options;
  const logAccess =
    accessFile === null
      ? null
      : {
          format: accessFormatter(settings.access_log_format),
          write: (line: string) => accessFile.line(line),
        };
  return {
    limits: limitsOf(settings),
    handler: logAccess === null ? routes : fold(routes, [accessLog(logAccess.format, logAccess.write)]),
    trust: compileTrust([...settings.forwarded_allow_ips, 'unix']),
    serverHeader: settings.server_header,
    log,
    logAccess,
    ids: new RequestIds(),
    droppedNames: new FieldNames(log),
    sweeper,
    webSockets: new WebSockets(webSocketLimitsOf(settings), sweeper),
  };
}

/** Apps, files and what leads to them. */
function routesOf(options: GatewayOptions, pools: ReadonlyMap<string, AppPool>): Routes {
  const { settings, log, locations } = options;
  const files = new FileStore({
    memoryBytesMax: settings.static_cache_bytes,
    fileBytesMax: settings.static_file_bytes_max,
    entriesMax: FILE_ENTRIES_MAX,
  });
  const errorPages = new ErrorPages(options.errorPages, log);
  const apps = appHandlers(options, pools, { files, errorPages });
  const main = apps.get(options.apps[0]?.name ?? '');
  if (main === undefined) throw new Error('there is no app to serve');
  const compressBytesMin = settings.compress_bytes_min;
  const { compress: mode } = settings;
  return new Routes({
    apps,
    main:
      mode === 'off'
        ? main
        : compress({
            mode,
            bytesMin: compressBytesMin,
            appFault: (exchange, message) => logAppFault(log, exchange, message),
          })(main),
    locations,
    files,
    errorPages,
    compressBytesMin,
    log,
  });
}

function appHandlers(
  options: GatewayOptions,
  pools: ReadonlyMap<string, AppPool>,
  { files, errorPages }: { readonly files: FileStore; readonly errorPages: ErrorPages },
): ReadonlyMap<string, Handler> {
  const { settings, log } = options;
  const spool = new Spool(options.spoolDir, settings.spool_bytes_max);
  const appFiles = appFilesOf({
    files,
    log,
    errorPages,
    locations: options.locations,
    sendfileRoots: options.sendfileRoots,
  });
  const handlers = new Map<string, Handler>();
  for (const app of options.apps) {
    const pool = pools.get(app.name);
    if (pool === undefined) continue;
    const handler = appHandler({
      pool,
      wsgi: new WsgiEncoder(app.rootPath),
      asgi: new AsgiEncoder(app.rootPath),
      spool,
      log,
      errorPages,
      bodyMemoryBytes: settings.body_memory_bytes,
      responseBufferBytes: settings.response_buffer_bytes,
      concurrencyMax: app.concurrencyMax,
      ...appFiles,
    });
    handlers.set(app.name, handler);
  }
  return handlers;
}

/** The first middleware is the outermost. */
function fold(handler: Handler, chain: readonly ((next: Handler) => Handler)[]): Handler {
  return chain.reduceRight((next, middleware) => middleware(next), handler);
}

function poolLimitsOf(settings: Settings): PoolLimits {
  return { queueMax: settings.queue_max, queueTimeoutMs: settings.queue_timeout * 1000 };
}

function limitsOf(settings: Settings): ConnectionLimits {
  return {
    head: {
      requestLineBytesMax: settings.request_line_bytes_max,
      headerBytesMax: settings.header_bytes_max,
      headerCountMax: settings.header_count_max,
    },
    bodyBytesMax: settings.body_bytes_max === 0 ? Infinity : settings.body_bytes_max,
    headerMs: settings.header_timeout * 1000,
    bodyMs: settings.body_timeout * 1000,
    bodyRateMin: settings.body_rate_min,
    bodyRateGraceMs: settings.body_rate_grace * 1000,
    keepAliveMs: settings.keepalive_timeout * 1000,
    keepAliveRequests: settings.keepalive_requests,
    writeMs: settings.write_timeout * 1000,
    responseHeadBytesMax: settings.response_header_bytes_max,
    connectionsMax: settings.connections_max,
  };
}

function webSocketLimitsOf(settings: Settings): WebSocketLimits {
  return {
    messageBytesMax: settings.ws_max_size,
    pingMs: settings.ws_ping_interval * 1000,
    pongMs: settings.ws_ping_timeout === 0 ? Infinity : settings.ws_ping_timeout * 1000,
    deflate: settings.ws_per_message_deflate,
    deflateBytesMin: settings.ws_compression_min_bytes,
    connectionsMax: settings.ws_connections_max,
  };
}
