import { FileStore } from '../files/file-store.ts';
import { appHandler } from '../handlers/app.ts';
import { appFilesOf } from '../handlers/app-files-of.ts';
import { AsgiEncoder } from '../handlers/asgi-request.ts';
import { ErrorPages } from '../handlers/error-pages.ts';
import { Spool } from '../handlers/spool.ts';
import { WsgiEncoder } from '../handlers/wsgi-request.ts';
import type { Handler } from '../http/exchange.ts';
import { compress } from '../middleware/compress.ts';
import type { AppPool } from '../upstream/app-pool.ts';
import { logAppFault } from './app-fault.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { Routes } from './routes.ts';

/** Names of files that are remembered, found or not. */
const FILE_ENTRIES_MAX = 20_000;

/** Apps, files and what leads to them. */
export function routesOf(options: GatewayOptions, pools: ReadonlyMap<string, AppPool>): Routes {
  const { settings, log, locations } = options;
  const files = new FileStore({
    memoryBytesMax: settings.static_cache_bytes,
    fileBytesMax: settings.static_file_bytes_max,
    entriesMax: FILE_ENTRIES_MAX,
    // Who has just changed a file wants to see it.
    ...(options.development === null ? {} : { freshMs: 0 }),
  });
  const errorPages = new ErrorPages(options.errorPages, log);
  const app = appHandlers(options, pools, { files, errorPages });
  const main = app(options.apps[0]?.name ?? '', null);
  const compressBytesMin = settings.compress_bytes_min;
  const { compress: mode } = settings;
  return new Routes({
    app,
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

/** Makes the handlers of apps; they share what an app has once. */
function appHandlers(
  options: GatewayOptions,
  pools: ReadonlyMap<string, AppPool>,
  { files, errorPages }: { readonly files: FileStore; readonly errorPages: ErrorPages },
): (name: string, requestMs: number | null) => Handler {
  const { settings, log, apps } = options;
  const shared = {
    spool: new Spool(options.spoolDir, settings.spool_bytes_max),
    log,
    errorPages,
    bodyMemoryBytes: settings.body_memory_bytes,
    responseBufferBytes: settings.response_buffer_bytes,
    ...appFilesOf({
      files,
      log,
      errorPages,
      locations: options.locations,
      sendfileRoots: options.sendfileRoots,
    }),
  };
  const encoders = new Map(
    apps.map(({ name, rootPath }) => [
      name,
      { wsgi: new WsgiEncoder(rootPath), asgi: new AsgiEncoder(rootPath) },
    ]),
  );
  return (name, requestMs) => {
    const app = apps.find((one) => one.name === name) ?? apps[0];
    const pool = pools.get(app?.name ?? '');
    const encoder = encoders.get(app?.name ?? '');
    if (app === undefined || pool === undefined || encoder === undefined)
      throw new Error('there is no app to serve');
    const limitMs = requestMs ?? app.requestMs;
    const handler = appHandler({
      ...shared,
      ...encoder,
      pool,
      requestMs: limitMs === 0 ? Infinity : limitMs,
      concurrencyMax: app.concurrencyMax,
    });
    return options.development?.around(app.name, handler) ?? handler;
  };
}
