import type { FileStore } from '../files/file-store.ts';
import type { ErrorPages } from '../handlers/error-pages.ts';
import type { PageSets } from '../handlers/page-sets.ts';
import { fixedAnswer } from '../handlers/fixed-answer.ts';
import { redirectHandler } from '../handlers/redirect.ts';
import { staticHandler } from '../handlers/static.ts';
import type { Handler, Middleware } from '../http/exchange.ts';
import { SubRequest } from '../middleware/access/sub-request.ts';
import { addHeaders } from '../middleware/add-headers.ts';
import { compress } from '../middleware/compress.ts';
import { limitBody } from '../middleware/limit-body.ts';
import { rewrite } from '../middleware/rewrite.ts';
import { isAppsOwn, nearestLocation } from '../routing/app-paths.ts';
import { asFolder, choosable } from '../routing/location-choice.ts';
import type { PathPattern } from '../routing/path-pattern.ts';
import type { Log } from '../telemetry/log.ts';
import { bareLocation, type GatewayLocation, type GatewaySite } from '../wire/site-spec.ts';
import type { AccessChains } from './access-chains.ts';
import { logAppFault } from './app-fault.ts';
import type { MakeAppHandler } from './app-handlers.ts';
import { redirectTo, rewriteTo } from './location-targets.ts';
import type { MakeProxyHandler } from './proxy-handlers.ts';
import { SiteMaintenance } from './site-maintenance.ts';
import { byLocation, type RoutedLocation } from './location.ts';

export interface SiteRoutesOptions {
  readonly site: GatewaySite;
  readonly app: MakeAppHandler;
  readonly proxy: MakeProxyHandler;
  readonly files: FileStore;
  readonly pages: PageSets;
  /** Whether apps' responses are compressed where no location fits. */
  readonly compress: GatewayLocation['compress'];
  /** Of requests where a location says nothing else, 0: no limit; null: the connection holds all to it. */
  readonly bodyBytesMax: number | null;
  /** Responses smaller than this are not compressed, bytes. */
  readonly compressBytesMin: number;
  readonly access: AccessChains;
  readonly log: Log;
  /** What stands around all that the site answers, the outermost first. */
  readonly outermost: readonly Middleware[];
}

/** Which handler answers a request for a site: the configured locations, and those that apps told about when they were loaded. */
export class SiteRoutes {
  readonly #options: SiteRoutesOptions;
  readonly #configured: readonly RoutedLocation[];
  readonly #otherwise: Handler;
  readonly #maintenance: SiteMaintenance;
  readonly #found = new Map<string, readonly GatewayLocation[]>();
  #current: Handler;
  /** Goes through all of them; the same function for as long as the routes live. */
  readonly handler: Handler;

  constructor(options: SiteRoutesOptions) {
    const { site } = options;
    this.#options = options;
    this.#maintenance = new SiteMaintenance(site, options.pages);
    const inner: Handler = (exchange, sink) => this.#current(exchange, sink);
    this.handler = options.outermost.reduceRight((next, middleware) => middleware(next), inner);
    this.#configured = site.locations.map((location) => this.#route(location));
    const { headers, errorPages, access } = site;
    const { compress: mode } = options;
    const otherwise = { ...bareLocation('', site.app ?? ''), compress: mode, headers, errorPages, access };
    this.#otherwise = this.#route(otherwise).handler;
    this.#current = byLocation(this.#configured, this.#otherwise);
  }

  /** An app was loaded and told where its files are. What is configured counts more, then what was found first. */
  found(app: string, locations: readonly GatewayLocation[]): void {
    const { site } = this.#options;
    const own = locations
      .filter(({ path }) => isAppsOwn(path, app, site))
      .map((location) => {
        const leaving = this.#leaving(location.path);
        const { headers, errorPages } = leaving ?? site;
        const maintenance = leaving?.maintenance ?? null;
        // Whoever may not ask the app may not have its files either.
        const { access } = nearestLocation(location.path, site) ?? site;
        return { ...location, headers, errorPages, maintenance, access };
      });
    if (JSON.stringify(this.#found.get(app) ?? []) === JSON.stringify(own)) return;
    this.#found.set(app, own);
    const all = [...this.#found.values()].flat();
    const leaving = new Set(all.map(({ path }) => this.#leaving(path)));
    const routed = this.#configured.filter((_, index) => !leaving.has(site.locations[index]));
    const paths = new Set(routed.filter(isFolderPath).map(({ path }) => path));
    for (const location of all) {
      const route = this.#route(location);
      if (paths.has(route.path)) continue;
      paths.add(route.path);
      routed.push(route);
    }
    this.#current = byLocation(routed, this.#otherwise);
  }

  /** What is configured of requests below a folder, and leaves it to the app, or what it told about, to answer them. */
  #leaving(folder: string): GatewayLocation | undefined {
    return this.#options.site.locations.find(
      ({ match, path, leavesAnswer }) =>
        leavesAnswer && (match === 'prefix' || match === 'prefix-only') && asFolder(path).path === folder,
    );
  }

  #route(location: GatewayLocation): RoutedLocation {
    const { match, path, static: spec, mount } = location;
    const chosenBy = choosable(match, path, spec !== null || mount);
    return { ...chosenBy, handler: this.#dressed(this.#handlerOf(location, chosenBy.pattern), location) };
  }

  #rewritten(location: GatewayLocation, pattern: PathPattern | null): Handler {
    const handler = this.#answering(location, pattern);
    if (location.rewrite === '') return handler;
    const errorPages = this.#options.pages.of(location.errorPages);
    return rewrite(rewriteTo(location.rewrite, pattern), (exchange, sink, { status }) =>
      errorPages.respond(sink, status, 'What this path stands for is no path.', { requestId: exchange.id }),
    )(handler);
  }

  #limited({ bodyBytesMax, bodyMs, bodyRateMin, errorPages }: GatewayLocation, handler: Handler): Handler {
    const bytesMax = bodyBytesMax ?? this.#options.bodyBytesMax;
    // Where all bodies have one limit the connection holds them to it.
    if (bytesMax === null && bodyMs === null && bodyRateMin === null) return handler;
    const pages = this.#options.pages.of(errorPages);
    const limit = {
      bytesMax: bytesMax === null || bytesMax === 0 ? Infinity : bytesMax,
      silenceMs: bodyMs,
      rateMin: bodyRateMin,
    };
    return limitBody(limit, (exchange, sink) => {
      this.#options.log.info(
        `${exchange.head.method} ${exchange.head.target.raw} was refused with 413: the body has ${exchange.body.length} bytes, and body_bytes_max of its location is ${limit.bytesMax}.`,
        { request_id: exchange.id },
      );
      pages.respond(sink, 413, 'The request body is too large.', { requestId: exchange.id });
    })(handler);
  }

  #handlerOf(location: GatewayLocation, pattern: PathPattern | null): Handler {
    const handler = this.#rewritten(location, pattern);
    if (!location.internal) return handler;
    // What only X-Accel-Redirect leads to is not there for a client, as in nginx; our own questions are no client's.
    const hidden = nothing(this.#options.pages.of(location.errorPages));
    return (exchange, sink) => (exchange instanceof SubRequest ? handler : hidden)(exchange, sink);
  }

  #answering(location: GatewayLocation, pattern: PathPattern | null): Handler {
    const { files, pages, log, site } = this.#options;
    const { match, path, static: spec, redirect, respond } = location;
    const errorPages = pages.of(location.errorPages);
    if (redirect !== null)
      return redirectHandler(redirect.status, redirectTo(redirect.to, pattern, hostOf(site)));
    if (respond !== null) return fixedAnswer(respond, errorPages, log);
    const proxy = this.#options.proxy(location, errorPages);
    if (proxy !== null) return this.#compressed(proxy, location.compress);
    const app = this.#app(location);
    if (spec === null) return app;
    // Where no folder of paths is meant, or the path is another now, all of it is looked for.
    const whole = match === 'exact' || match === 'regex' || location.rewrite !== '';
    return staticHandler({ path: whole ? '/' : path, spec, files, errorPages, log, app });
  }

  /** The handler of an app as it is in a location; where there is no such app, there is nothing. */
  #app(location: GatewayLocation): Handler {
    const errorPages = this.#options.pages.of(location.errorPages);
    const { app: name, requestMs, mount, path } = location;
    const mountedAt = mount ? asFolder(path).bare : null;
    const app = this.#options.app({ name, requestMs, errorPages, mountedAt });
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

  /** What stands around a handler, the outermost last. */
  #dressed(inner: Handler, location: GatewayLocation): Handler {
    const { pages, log } = this.#options;
    const { access, headers, errorPages } = location;
    let handler = this.#limited(location, inner);
    if (access !== null) {
      const around = { errorPages: pages.of(errorPages), log, ask: this.handler };
      handler = this.#options.access.middleware(access, around)(handler);
    }
    handler = this.#maintenance.of(location)?.(handler) ?? handler;
    return headers.length === 0 ? handler : addHeaders(headers)(handler);
  }
}

function nothing(errorPages: ErrorPages): Handler {
  return (exchange, sink) =>
    errorPages.respond(sink, 404, 'There is nothing here.', { requestId: exchange.id });
}

function isFolderPath({ match }: RoutedLocation): boolean {
  return match === 'prefix' || match === 'prefix-only';
}

/** For who names none. */
function hostOf({ hosts }: GatewaySite): string {
  return hosts.find((host) => !host.startsWith('*')) ?? '';
}
