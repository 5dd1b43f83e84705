import { FileStore } from '../files/file-store.ts';
import { PageSets } from '../handlers/page-sets.ts';
import { Spool } from '../handlers/spool.ts';
import type { PeerGroups } from '../peers/peer-groups.ts';
import type { AppPool } from '../upstream/app-pool.ts';
import type { AccessChains } from './access-chains.ts';
import type { GatewaySite } from '../wire/site-spec.ts';
import { AppHandlers } from './app-handlers.ts';
import { AppHosts } from './app-hosts.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { proxyHandlers } from './proxy-handlers.ts';
import { Routes } from './routes.ts';
import { SiteRoutes } from './site-routes.ts';
import { siteTls } from './tls/site-tls.ts';
import type { TlsDoor } from './tls/tls-door.ts';

/** Names of files that are remembered, found or not. */
const FILE_ENTRIES_MAX = 20_000;

/** Sites, apps, files and what leads to them. */
export function routesOf(
  options: GatewayOptions,
  pools: ReadonlyMap<string, AppPool>,
  access: AccessChains,
  groups: PeerGroups,
  door: TlsDoor,
): Routes {
  const { settings, log, sites } = options;
  const files = new FileStore({
    memoryBytesMax: settings.static_cache_bytes,
    fileBytesMax: settings.static_file_bytes_max,
    entriesMax: FILE_ENTRIES_MAX,
    // Who has just changed a file wants to see it.
    ...(options.development === null ? {} : { freshMs: 0 }),
  });
  const pages = new PageSets(log);
  const spool = new Spool(options.spoolDir, settings.spool_bytes_max);
  const hosts = new AppHosts();
  const apps = new AppHandlers(options, pools, { files, spool, hosts });
  const { compress, compress_bytes_min: compressBytesMin } = settings;
  const bodyBytesMax = sites.some(limitsBodies) ? settings.body_bytes_max : null;
  return new Routes(
    sites.map((site) => ({
      ...site,
      value: new SiteRoutes({
        site,
        app: apps.ofSite(site.locations, pages.of(site.errorPages)),
        proxy: proxyHandlers(
          options,
          { groups, spool, files },
          { locations: site.locations, errorPages: pages.of(site.errorPages) },
        ),
        files,
        pages,
        compress,
        bodyBytesMax,
        compressBytesMin,
        access,
        log,
        outermost: siteTls({ ...options, door }, site),
      }),
    })),
    hosts,
    pages.of(options.errorPages),
  );
}

/** The largest body that a request may have anywhere; what it may have where it goes is known later. Infinity: no limit. */
export function bodyBytesMaxOf({ settings, sites }: Pick<GatewayOptions, 'settings' | 'sites'>): number {
  const said = sites.flatMap(({ locations }) => locations.map(({ bodyBytesMax }) => bodyBytesMax));
  const limits = [settings.body_bytes_max, ...said.filter((bytes) => bytes !== null)];
  return limits.includes(0) ? Infinity : Math.max(...limits);
}

function limitsBodies({ locations }: GatewaySite): boolean {
  return locations.some(({ bodyBytesMax }) => bodyBytesMax !== null);
}
