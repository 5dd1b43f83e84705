import type { FileStore } from '../files/file-store.ts';
import type { ErrorPages } from '../handlers/error-pages.ts';
import type { PageSets } from '../handlers/page-sets.ts';
import { staticHandler } from '../handlers/static.ts';
import type { Handler } from '../http/exchange.ts';
import { addHeaders } from '../middleware/add-headers.ts';
import { compress } from '../middleware/compress.ts';
import { isAppsOwn, nearestLocation } from '../routing/app-paths.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayLocation, GatewaySite } from '../wire/site-spec.ts';
import type { AccessChains } from './access-chains.ts';
import { logAppFault } from './app-fault.ts';
import type { MakeAppHandler } from './app-handlers.ts';
import type { MakeProxyHandler } from './proxy-handlers.ts';
import { byLocation, type RoutedLocation } from './location.ts';

export interface SiteRoutesOptions {
  readonly site: GatewaySite;
  readonly app: MakeAppHandler;
  readonly proxy: MakeProxyHandler;
  readonly files: FileStore;
  readonly pages: PageSets;
  /** Whether apps' responses are compressed where no location fits. */
  readonly compress: GatewayLocation['compress'];
  /** Responses smaller than this are not compressed, bytes. */
  readonly compressBytesMin: number;
  readonly access: AccessChains;
  readonly log: Log;
}

/** Which handler answers a request for a site: the configured locations, and those that apps told about when they were loaded. */
export class SiteRoutes {
  readonly #options: SiteRoutesOptions;
  readonly #configured: readonly RoutedLocation[];
  readonly #otherwise: Handler;
  readonly #found = new Map<string, readonly GatewayLocation[]>();
  #current: Handler;
  /** Goes through all of them; the same function for as long as the routes live. */
  readonly handler: Handler;

  constructor(options: SiteRoutesOptions) {
    const { site } = options;
    this.#options = options;
    this.handler = (exchange, sink) => this.#current(exchange, sink);
    this.#configured = site.locations.map((location) => this.#route(location));
    const { app, errorPages } = site;
    const main = this.#app({ app: app ?? '', errorPages, requestMs: null, compress: options.compress });
    this.#otherwise = this.#dressed(main, site, '');
    this.#current = byLocation(this.#configured, this.#otherwise);
  }

  /** An app was loaded and told where its files are. What is configured counts more, then what was found first. */
  found(app: string, locations: readonly GatewayLocation[]): void {
    const { site } = this.#options;
    const own = locations
      .filter(({ path }) => isAppsOwn(path, app, site))
      .map((location) => ({
        ...location,
        headers: site.headers,
        errorPages: site.errorPages,
        // Whoever may not ask the app may not have its files either.
        access: (nearestLocation(location.path, site) ?? site).access,
      }));
    if (JSON.stringify(this.#found.get(app) ?? []) === JSON.stringify(own)) return;
    this.#found.set(app, own);
    const paths = new Set(this.#configured.map(({ path }) => path));
    const routed = [...this.#configured];
    for (const location of [...this.#found.values()].flat()) {
      const route = this.#route(location);
      if (paths.has(route.path)) continue;
      paths.add(route.path);
      routed.push(route);
    }
    routed.sort((a, b) => b.path.length - a.path.length);
    this.#current = byLocation(routed, this.#otherwise);
  }

  #route(location: GatewayLocation): RoutedLocation {
    const { path, static: spec } = location;
    const handler = this.#dressed(this.#handlerOf(location), location, path);
    if (spec === null) return { path, bare: '', handler };
    // A folder is meant whole or not at all: /static never means /static-of-others.
    const folder = path.endsWith('/') ? path : `${path}/`;
    return { path: folder, bare: folder.slice(0, -1), handler };
  }

  #handlerOf(location: GatewayLocation): Handler {
    const { files, pages, log } = this.#options;
    const { path, static: spec } = location;
    const errorPages = pages.of(location.errorPages);
    // What only X-Accel-Redirect leads to is not there for a client, as in nginx.
    if (location.internal) return nothing(errorPages);
    const proxy = this.#options.proxy(location, errorPages);
    if (proxy !== null) return this.#compressed(proxy, location.compress);
    const app = this.#app(location);
    return spec === null ? app : staticHandler({ path, spec, files, errorPages, log, app });
  }

  /** The handler of an app as it is in a location; where there is no such app, there is nothing. */
  #app(location: Pick<GatewayLocation, 'app' | 'requestMs' | 'errorPages' | 'compress'>): Handler {
    const errorPages = this.#options.pages.of(location.errorPages);
    const app = this.#options.app({ name: location.app, requestMs: location.requestMs, errorPages });
    return app === null ? nothing(errorPages) : this.#compressed(app, location.compress);
  }

  #compressed(handler: Handler, mode: GatewayLocation['compress']): Handler {
    if (mode === 'off') return handler;
    const { compressBytesMin, log } = this.#options;
    return compress({
      mode,
      bytesMin: compressBytesMin,
      appFault: (exchange, message) => logAppFault(log, exchange, message),
    })(handler);
  }

  /** What stands around a handler; `place` names the location within its site. */
  #dressed(
    handler: Handler,
    { access, headers, errorPages }: Pick<GatewayLocation, 'access' | 'headers' | 'errorPages'>,
    place: string,
  ): Handler {
    const { site, pages, log } = this.#options;
    const around = { errorPages: pages.of(errorPages), log, ask: this.handler };
    const name = JSON.stringify([site.hosts, place]);
    const guarded =
      access === null ? handler : this.#options.access.middleware(access, name, around)(handler);
    return headers.length === 0 ? guarded : addHeaders(headers)(guarded);
  }
}

function nothing(errorPages: ErrorPages): Handler {
  return (exchange, sink) =>
    errorPages.respond(sink, 404, 'There is nothing here.', { requestId: exchange.id });
}
