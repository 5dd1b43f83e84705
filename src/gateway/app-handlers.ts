import type { FileStore } from '../files/file-store.ts';
import { appHandler } from '../handlers/app.ts';
import { appFilesOf } from '../handlers/app-files-of.ts';
import { AsgiEncoder } from '../handlers/asgi-request.ts';
import type { ErrorPages } from '../handlers/error-pages.ts';
import type { Spool } from '../handlers/spool.ts';
import { WsgiEncoder } from '../handlers/wsgi-request.ts';
import type { Handler } from '../http/exchange.ts';
import type { AppPool } from '../upstream/app-pool.ts';
import type { GatewayLocation } from '../wire/site-spec.ts';
import type { AppHosts } from './app-hosts.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** How an app answers in one place of a site. */
export interface AppUse {
  readonly name: string;
  /** Milliseconds, 0: no limit; null: with the time that the app has elsewhere. */
  readonly requestMs: number | null;
  readonly errorPages: ErrorPages;
  /** SCRIPT_NAME, `root_path`: without a slash at its end; null: as the app is mounted elsewhere. */
  readonly mountedAt: string | null;
}

/** Makes the handler of an app; null: there is no such app. */
export type MakeAppHandler = (use: AppUse) => Handler | null;

/** Makes the handlers of apps. They share what an app has once, and below that what a site has once. */
export class AppHandlers {
  readonly #options: GatewayOptions;
  readonly #pools: ReadonlyMap<string, AppPool>;
  readonly #files: FileStore;
  readonly #spool: Spool;
  readonly #hosts: AppHosts;
  readonly #encoders: ReadonlyMap<string, Encoders>;

  constructor(
    options: GatewayOptions,
    pools: ReadonlyMap<string, AppPool>,
    { files, spool, hosts }: { readonly files: FileStore; readonly spool: Spool; readonly hosts: AppHosts },
  ) {
    this.#options = options;
    this.#pools = pools;
    this.#files = files;
    this.#spool = spool;
    this.#hosts = hosts;
    this.#encoders = new Map(options.apps.map(({ name, rootPath }) => [name, encoderFor(rootPath)]));
  }

  /** For a site: the files that apps may lead to are those of its locations. */
  ofSite(locations: readonly GatewayLocation[], errorPages: ErrorPages): MakeAppHandler {
    const { settings, log, apps, sendfileRoots, development } = this.#options;
    const shared = {
      spool: this.#spool,
      log,
      bodyMemoryBytes: settings.body_memory_bytes,
      responseBufferBytes: settings.response_buffer_bytes,
      responseSpoolBytes: settings.response_spool_bytes,
      ...appFilesOf({ files: this.#files, log, errorPages, locations, sendfileRoots }),
    };
    return (use) => {
      const app = apps.find(({ name }) => name === use.name);
      const pool = this.#pools.get(use.name);
      const encoder = use.mountedAt === null ? this.#encoders.get(use.name) : encoderFor(use.mountedAt);
      if (app === undefined || pool === undefined || encoder === undefined) return null;
      const limitMs = use.requestMs ?? app.requestMs;
      const own = appHandler({
        ...shared,
        ...encoder,
        pool,
        errorPages: use.errorPages,
        requestMs: limitMs === 0 ? Infinity : limitMs,
        concurrencyMax: app.concurrencyMax,
      });
      const handler = this.#hosts.around(app, own, use.errorPages);
      return development?.around(app.name, handler) ?? handler;
    };
  }
}

interface Encoders {
  readonly wsgi: WsgiEncoder;
  readonly asgi: AsgiEncoder;
}

function encoderFor(rootPath: string): Encoders {
  return { wsgi: new WsgiEncoder(rootPath), asgi: new AsgiEncoder(rootPath) };
}
