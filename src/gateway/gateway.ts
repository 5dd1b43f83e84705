import { Sweeper } from '../base/sweeper.ts';
import type { Settings } from '../config/options.ts';
import { appHandler } from '../handlers/app.ts';
import { Spool } from '../handlers/spool.ts';
import { WsgiEncoder } from '../handlers/wsgi-request.ts';
import type { Handler } from '../http/exchange.ts';
import { compileTrust } from '../http/forwarded.ts';
import { accessLog } from '../middleware/access-log.ts';
import { accessFormatter } from '../telemetry/access-log.ts';
import type { LineFile } from '../telemetry/line-file.ts';
import type { Log } from '../telemetry/log.ts';
import { AppPool, type PoolObserver } from '../upstream/app-pool.ts';
import type { GatewayListener } from '../wire/gateway-control.ts';
import type { ConnectionLimits, GatewayContext } from './context.ts';
import { FieldNames } from './field-names.ts';
import { Connections, Listener } from './listener.ts';
import { RequestIds } from './request-ids.ts';

/** Deadlines are noticed this much late at most. */
const SWEEP_MS = 250;

export interface GatewayOptions {
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  readonly spoolDir: string;
  readonly log: Log;
  /** Null: no access log. */
  readonly accessFile: LineFile | null;
  readonly observer: PoolObserver;
}

/** Everything one gateway process is made of, put together once from the settings. */
export class Gateway {
  readonly pool: AppPool;
  readonly #connections: Connections;
  readonly #listeners: readonly Listener[];
  readonly #sweeper = new Sweeper();
  readonly #backlog: number;

  constructor(options: GatewayOptions) {
    const { settings, log } = options;
    this.pool = new AppPool(
      { queueMax: settings.queue_max, queueTimeoutMs: settings.queue_timeout * 1000 },
      options.observer,
    );
    this.#sweeper.add(this.pool);
    const context = compile(options, this.pool, this.#sweeper, log);
    this.#connections = new Connections(context);
    this.#listeners = options.listeners.map((listener) => new Listener(listener, this.#connections));
    this.#backlog = settings.backlog;
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

  /** Stops accepting, lets every connection finish, then calls `done`. */
  drain(done: () => void): void {
    for (const listener of this.#listeners) listener.close();
    this.#connections.drain(done);
  }
}

function compile(options: GatewayOptions, pool: AppPool, sweeper: Sweeper, log: Log): GatewayContext {
  const { settings, accessFile } = options;
  const app = appHandler({
    pool,
    encoder: new WsgiEncoder(settings.root_path),
    spool: new Spool(options.spoolDir, settings.spool_bytes_max),
    log,
    bodyMemoryBytes: settings.body_memory_bytes,
    responseBufferBytes: settings.response_buffer_bytes,
  });
  const logAccess =
    accessFile === null
      ? null
      : {
          format: accessFormatter(settings.access_log_format),
          write: (line: string) => accessFile.line(line),
        };
  return {
    limits: limitsOf(settings),
    handler: logAccess === null ? app : fold(app, [accessLog(logAccess.format, logAccess.write)]),
    trust: compileTrust([...settings.forwarded_allow_ips, 'unix']),
    serverHeader: settings.server_header,
    log,
    logAccess,
    ids: new RequestIds(),
    droppedNames: new FieldNames(log),
    sweeper,
  };
}

/** The first middleware is the outermost. */
function fold(handler: Handler, chain: readonly ((next: Handler) => Handler)[]): Handler {
  return chain.reduceRight((next, middleware) => middleware(next), handler);
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
