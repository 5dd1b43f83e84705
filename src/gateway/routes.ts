import type { FileStore } from '../files/file-store.ts';
import type { ErrorPages } from '../handlers/error-pages.ts';
import { staticHandler } from '../handlers/static.ts';
import type { Handler } from '../http/exchange.ts';
import { addHeaders } from '../middleware/add-headers.ts';
import { compress } from '../middleware/compress.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayLocation } from '../wire/gateway-control.ts';
import { logAppFault } from './app-fault.ts';
import { byLocation, type RoutedLocation } from './location.ts';

export interface RoutesOptions {
  /** The handler of an app; null for `requestMs`: with the time that the app has elsewhere. The main app's where there is no such app. */
  readonly app: (name: string, requestMs: number | null) => Handler;
  /** Who answers where no location fits. */
  readonly main: Handler;
  readonly locations: readonly GatewayLocation[];
  readonly files: FileStore;
  readonly errorPages: ErrorPages;
  /** Responses smaller than this are not compressed, bytes. */
  readonly compressBytesMin: number;
  readonly log: Log;
}

/** Which handler answers a request: the configured locations, and those that an app told about when it was loaded. */
export class Routes {
  readonly #options: RoutesOptions;
  /** What only X-Accel-Redirect leads to is not there for a client, as in nginx. */
  readonly #hidden: Handler = (exchange, sink) =>
    this.#options.errorPages.respond(sink, 404, 'There is nothing here.', { requestId: exchange.id });
  readonly #configured: readonly RoutedLocation[];
  readonly #found = new Map<string, readonly GatewayLocation[]>();
  #current: Handler;
  /** Goes through all of them; the same function for as long as the gateway lives. */
  readonly handler: Handler;

  constructor(options: RoutesOptions) {
    this.#options = options;
    this.#configured = this.#compile(options.locations);
    this.#current = byLocation(this.#configured, options.main);
    this.handler = (exchange, sink) => this.#current(exchange, sink);
  }

  /** An app was loaded and told where its files are. What is configured counts more, then what was found first. */
  found(app: string, locations: readonly GatewayLocation[]): void {
    const known = JSON.stringify(this.#found.get(app) ?? []);
    if (known === JSON.stringify(locations)) return;
    this.#found.set(app, locations);
    const paths = new Set(this.#configured.map(({ path }) => path));
    const routed = [...this.#configured];
    for (const location of this.#compile([...this.#found.values()].flat())) {
      if (paths.has(location.path)) continue;
      paths.add(location.path);
      routed.push(location);
    }
    routed.sort((a, b) => b.path.length - a.path.length);
    this.#current = byLocation(routed, this.#options.main);
  }

  #compile(locations: readonly GatewayLocation[]): readonly RoutedLocation[] {
    return locations.map((location) => this.#route(location));
  }

  #route(location: GatewayLocation): RoutedLocation {
    const { files, errorPages, log } = this.#options;
    const { path, static: spec } = location;
    const app = this.#compressed(location, this.#options.app(location.app, location.requestMs));
    const handler = location.internal
      ? this.#hidden
      : spec === null
        ? app
        : staticHandler({ path, spec, files, errorPages, log, app });
    const whole = location.headers.length === 0 ? handler : addHeaders(location.headers)(handler);
    if (spec === null) return { path, bare: '', handler: whole };
    // A folder is meant whole or not at all: /static never means /static-of-others.
    const folder = path.endsWith('/') ? path : `${path}/`;
    return { path: folder, bare: folder.slice(0, -1), handler: whole };
  }

  #compressed({ compress: mode }: GatewayLocation, app: Handler): Handler {
    if (mode === 'off') return app;
    const { compressBytesMin, log } = this.#options;
    return compress({
      mode,
      bytesMin: compressBytesMin,
      appFault: (exchange, message) => logAppFault(log, exchange, message),
    })(app);
  }
}
