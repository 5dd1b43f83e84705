import { checkAccess } from './access-relations.ts';
import { type App, MAIN_APP } from './apps.ts';
import { diagnostic, type Diagnostic, hasErrors } from './diagnostic.ts';
import { originsOf, readKeys } from './key-row.ts';
import { checkApp, type Location, resolveLocations } from './location.ts';
import { lintLocations } from './location-lints.ts';
import type { LocationTable } from './location-table.ts';
import type { Settings } from './options.ts';
import type { Origin } from './origin.ts';
import { SITE_KEYS, type SiteKey, type SiteValues } from './site-keys.ts';
import { readHost } from './site-hosts.ts';
import { clientRuleFault } from './site-tls.ts';
import { asksApp } from './try-files.ts';
import type { SiteTable } from './site-table.ts';

/** What `app` of a site says when no application answers. */
export const NO_APP = 'none';

/** Whether somebody else than the main application answers something, and nothing was said to be its own. */
export function needsNoMain(sites: readonly Site[]): boolean {
  const locations = sites.flatMap((site) => site.locations);
  return (
    locations.length > 0 &&
    sites.every(({ said }) => said.app !== MAIN_APP) &&
    locations.every((location) => location.app !== MAIN_APP || !asksItsApp(location))
  );
}

function asksItsApp({ files, proxy, redirect, respond }: Location): boolean {
  if (files !== null) return asksApp(files.tryFiles);
  return proxy === null && redirect === null && respond === null;
}

/** What is said of requests for some hosts. */
export interface Site {
  /** As requests are compared with them. */
  readonly hosts: readonly string[];
  /** It answers for hosts that no site names; at most one does. */
  readonly isDefault: boolean;
  /** Who answers where no location fits; null: nobody. */
  readonly app: string | null;
  /** The longest path first. */
  readonly locations: readonly Location[];
  /** Added to every response; an empty value removes one. */
  readonly headers: Readonly<Record<string, string>>;
  /** By status, those of the setting included. */
  readonly errorPages: Readonly<Record<string, string>>;
  readonly maintenance: SiteMaintenance;
  /** What was said, key by key, for printing. */
  readonly said: SiteValues;
  readonly origins: ReadonlyMap<SiteKey, Origin>;
  /** Null: nobody wrote it. */
  readonly origin: Origin | null;
}

/** When clients get 503 instead of what they ask for, and who does not. Paths may be relative; empty: none. */
export interface SiteMaintenance {
  readonly on: boolean;
  readonly file: string;
  readonly page: string;
  readonly allow: readonly string[];
  /** Seconds; 0: nothing is said. */
  readonly retry: number;
}

export interface SiteContext {
  readonly apps: readonly App[];
  readonly settings: Settings;
  /** Names of `[upstreams.NAME]` and `[services.NAME]`. */
  readonly upstreams: readonly string[];
  readonly origins: ReadonlyMap<keyof Settings, Origin>;
  /** Locations of every site, stronger than their own. */
  readonly common: readonly LocationTable[];
}

/** The sites in the order of the file; without a table `[[site]]` there is one, for every host. */
export function resolveSites(
  tables: readonly SiteTable[],
  context: SiteContext,
  diagnostics: Diagnostic[],
): readonly Site[] {
  const written: readonly SiteTable[] =
    tables.length > 0 ? tables : [{ values: {}, faulty: false, origin: { kind: 'default' }, locations: [] }];
  const told = new Set<string>();
  const sites = written.map((table) => {
    const found: Diagnostic[] = [];
    const site = readSite(table, context, found);
    // What is wrong with a location that all sites have is told once.
    for (const one of found) {
      const text = JSON.stringify(one);
      if (!told.has(text)) diagnostics.push(one);
      told.add(text);
    }
    return site;
  });
  if (written.every(({ faulty }) => !faulty) && !hasErrors(diagnostics)) checkSeveral(sites, diagnostics);
  const chosen = sites.find((site) => site.said.default === true) ?? sites.find((site) => nameless(site));
  return sites.map((site) => ({ ...site, isDefault: site === chosen }));
}

/** Applications that would be started and never be asked. */
export function unreachedApps(
  apps: readonly App[],
  tables: readonly { readonly values: { readonly app?: { readonly raw: unknown } } }[],
): readonly { readonly name: string }[] {
  const named = new Set(tables.map((table) => table.values.app?.raw));
  return apps.filter((app) => app.name !== MAIN_APP && !named.has(app.name));
}

function readSite(table: SiteTable, context: SiteContext, diagnostics: Diagnostic[]): Site {
  const names = context.apps.map(({ name }) => name);
  const { said: values } = readKeys(SITE_KEYS, table, 'site', diagnostics, (key, value) => {
    if (key === 'app' && value !== NO_APP) checkApp(value as string, names);
    return key === 'hosts' ? (value as readonly string[]).map(readHost) : value;
  });
  const said = values as SiteValues;
  checkAccess(said, (severity, key, message, hint) => {
    const where = table.values[key]?.origin ?? table.origin;
    diagnostics.push(diagnostic(severity, message, { where, hint }));
  });
  const fault = clientRuleFault(said, context.settings);
  if (fault !== null) {
    const where = table.values[fault.key]?.origin ?? table.origin;
    diagnostics.push(diagnostic('error', fault.message, { where, hint: fault.hint }));
  }
  const main = context.apps.find(({ name }) => name === MAIN_APP)?.name ?? null;
  const app = said.app ?? main;
  const tables = [...context.common, ...table.locations];
  const inside = { ...context, app: app === NO_APP ? null : app };
  const locations = resolveLocations(tables, inside, diagnostics);
  diagnostics.push(...lintLocations(locations));
  return {
    hosts: said.hosts ?? [],
    isDefault: false,
    app: inside.app,
    locations,
    headers: said.headers ?? {},
    errorPages: errorPagesOf(said, context),
    maintenance: {
      on: said.maintenance ?? SITE_KEYS.maintenance.default,
      file: said.maintenance_file ?? '',
      page: said.maintenance_page ?? '',
      allow: said.maintenance_allow ?? [],
      retry: said.maintenance_retry ?? SITE_KEYS.maintenance_retry.default,
    },
    said,
    origins: originsOf(table),
    origin: table.origin.kind === 'default' ? null : table.origin,
  };
}

/** Those of the site count more than those of the file's `[static]`, and less than what a flag or the environment says. */
function errorPagesOf(
  { error_pages: own = {} }: SiteValues,
  { settings, origins }: SiteContext,
): Readonly<Record<string, string>> {
  const kind = origins.get('error_pages')?.kind ?? 'default';
  const weak = kind === 'file' || kind === 'default';
  return weak ? { ...settings.error_pages, ...own } : { ...own, ...settings.error_pages };
}

/** What sites have to do with each other. */
function checkSeveral(sites: readonly Site[], diagnostics: Diagnostic[]): void {
  const seen = new Set<string>();
  for (const site of sites)
    for (const host of site.hosts) {
      const where = site.origins.get('hosts') ?? site.origin;
      if (seen.has(host))
        diagnostics.push(diagnostic('error', `two sites have the host \`${host}\``, { where }));
      seen.add(host);
    }
  const [, ...others] = sites.filter(({ said }) => said.default === true);
  for (const site of others) {
    const where = site.origins.get('default') ?? site.origin;
    diagnostics.push(
      diagnostic('error', 'two sites are the default', { where, hint: 'remove one of the two' }),
    );
  }
  const unnamed = sites.filter(nameless);
  const chosen = sites.find(({ said }) => said.default === true) ?? unnamed[0];
  for (const site of unnamed) {
    if (site === chosen) continue;
    const hint = 'add hosts = ["example.com"]';
    diagnostics.push(
      diagnostic('error', 'no request reaches this site: another one answers for all names', {
        where: site.origin,
        hint,
      }),
    );
  }
}

function nameless(site: Site): boolean {
  return site.hosts.length === 0;
}
