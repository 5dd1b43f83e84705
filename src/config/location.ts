import { MAIN_APP, type App } from './apps.ts';
import { saysCacheControl } from './added-headers.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { originsOf, readKeys } from './key-row.ts';
import type { LocationMatch } from '../routing/location-choice.ts';
import { ANSWER_KEYS } from './location-keys/answers.ts';
import { checkMatched } from './location-path.ts';
import { checkRelations, leavesAnswer } from './location-relations.ts';
import { LOCATION_KEYS, type LocationKey, type LocationValues } from './location-keys.ts';
import { checkProxy, type LocationProxy, locationProxy } from './location-proxy.ts';
import type { LocationTable } from './location-table.ts';
import { didYouMean } from './nearest.ts';
import type { ValueOf } from './option.ts';
import type { Settings } from './options.ts';
import type { Origin } from './origin.ts';
import { readTryFiles } from './try-files.ts';

/** Who answers requests for some paths. */
export interface Location {
  /** Compared with the decoded path as `match` says; begins with `/`, but for regular expressions. */
  readonly path: string;
  readonly match: LocationMatch;
  /** Name of the application that answers, or that is asked for what is no file; empty where nobody asks one. */
  readonly app: string;
  /** It says nothing of who answers, so that is who answers the rest of the site. */
  readonly leavesAnswer: boolean;
  /** Null: there are none. */
  readonly files: LocationFiles | null;
  /** Null: nothing is passed on to another server; else it answers all, and there is no application. */
  readonly proxy: LocationProxy | null;
  readonly redirect: { readonly to: string; readonly status: number } | null;
  /** Null: no fixed answer. `file`: a path that may be relative to the folder the server is started in; empty: none. */
  readonly respond: {
    readonly status: number;
    readonly text: string;
    readonly file: string;
    readonly contentType: string | null;
  } | null;
  /** What the path is changed into; empty: nothing. */
  readonly rewrite: string;
  /** Null: as the site. */
  readonly maintenance: boolean | null;
  /** The application is mounted at `path`. */
  readonly mount: boolean;
  /** Of a request, 0: no limit; null: as the setting says. */
  readonly bodyBytesMax: number | null;
  /** Seconds; null: as the setting says. */
  readonly bodyTimeout: number | null;
  /** Bytes per second, 0: any; null: as the setting says. */
  readonly bodyRateMin: number | null;
  /** Whether what the application answers is compressed; null: as the setting `compress` says. */
  readonly compress: Settings['compress'] | null;
  /** What the application has for a request, seconds, 0: no limit; null: as its setting `request_timeout` says. */
  readonly requestTimeout: number | null;
  /** Reached through X-Accel-Redirect only. */
  readonly internal: boolean;
  /** Added to every response, beside those of the site; an empty value removes one. */
  readonly headers: Readonly<Record<string, string>>;
  /** By status, beside those of the site. */
  readonly errorPages: Readonly<Record<string, string>>;
  /** What was said, key by key, for printing. */
  readonly said: LocationValues;
  readonly origins: ReadonlyMap<LocationKey, Origin>;
  readonly origin: Origin;
  /** It is an entry of `static_map`, and printed as such. */
  readonly fromSetting: boolean;
}

/** How files are served. Folders may be relative to the folder the server is started in. */
export interface LocationFiles {
  readonly dirs: readonly string[];
  readonly index: readonly string[];
  readonly tryFiles: readonly string[];
  readonly listing: boolean;
  readonly symlinks: ValueOf<(typeof LOCATION_KEYS)['symlinks']>;
  readonly dotfiles: boolean;
  readonly precompressed: boolean;
  readonly compress: boolean;
  /** Seconds; -1: nothing is said. */
  readonly expires: number;
  readonly immutable: boolean;
  readonly media: boolean;
}

/** What locations may name. */
export interface LocationContext {
  readonly apps: readonly App[];
  readonly settings: Settings;
  /** Names of `[upstreams.NAME]` and `[services.NAME]`. */
  readonly upstreams: readonly string[];
  /** Name of the application that answers what no location does; null: nobody does. */
  readonly app: string | null;
}

/**
 * The locations, the longest path first, then the regular expressions in their order; routing/location-choice says which one is chosen. Prefixes of applications are those of nginx: `/ws/` fits `/ws/x` and not `/ws`, while `/ws` fits
 * `/ws`, `/ws/x` and `/wsx`. Those of files end at a slash: `/static` and `/static/` are the same, and neither fits `/staticx`.
 * `tables` come with the strongest first.
 */
export function resolveLocations(
  tables: readonly LocationTable[],
  context: LocationContext,
  diagnostics: Diagnostic[],
): readonly Location[] {
  const locations: Location[] = [];
  for (const table of tables) {
    const location = readLocation(table, context, diagnostics);
    if (location === null) continue;
    const twin = locations.find((one) => samePath(one, location));
    // What is not from a table of the file is stronger; within the file it is a slip.
    if (twin !== undefined && (twin.fromSetting || twin.origin.kind !== 'file')) continue;
    if (twin !== undefined) {
      const where = location.origins.get('path') ?? table.origin;
      diagnostics.push(diagnostic('error', `the location \`${location.path}\` is given twice`, { where }));
    }
    locations.push(location);
  }
  const patterns = locations.filter(({ match }) => match === 'regex');
  const paths = locations.filter(({ match }) => match !== 'regex');
  return [...paths.toSorted((a, b) => b.path.length - a.path.length), ...patterns];
}

function readLocation(
  table: LocationTable,
  { apps, settings, upstreams, app }: LocationContext,
  diagnostics: Diagnostic[],
): Location | null {
  const names = apps.map(({ name }) => name);
  const { said: values, whole } = readKeys(
    LOCATION_KEYS,
    table,
    'site.location',
    diagnostics,
    (key, value) => {
      if (key === 'app') checkApp(value as string, names);
      if (key === 'proxy') checkProxy(value as string, upstreams);
      if (key === 'path') checkMatched(value as string, matchOf(table));
      return key === 'try_files' ? readTryFiles(value as readonly string[]) : value;
    },
  );
  const said = values as LocationValues;
  if (!checkRelations(table, said, app, diagnostics) || !whole || said.path === undefined) return null;
  const files = filesOf(said, settings);
  const leaves = leavesAnswer(table);
  const elsewhere = [said.proxy, said.redirect, said.respond, said.respond_file].some(
    (one) => one !== undefined,
  );
  return {
    path: said.path,
    match: said.match ?? 'prefix',
    app: elsewhere ? '' : (said.app ?? (leaves ? app : null) ?? MAIN_APP),
    leavesAnswer: leaves,
    files,
    proxy: locationProxy(said, upstreams),
    redirect: said.redirect === undefined ? null : { to: said.redirect, status: said.status ?? 302 },
    respond: respondOf(said),
    rewrite: said.rewrite ?? '',
    maintenance: said.maintenance ?? null,
    mount: said.mount ?? false,
    bodyBytesMax: said.body_bytes_max ?? null,
    bodyTimeout: said.body_timeout ?? null,
    bodyRateMin: said.body_rate_min ?? null,
    compress: files === null ? (said.compress ?? null) : null,
    requestTimeout: said.request_timeout ?? null,
    internal: said.internal ?? false,
    headers: said.headers ?? {},
    errorPages: said.error_pages ?? {},
    said,
    origins: originsOf(table),
    origin: table.origin,
    fromSetting: table.fromSetting === true,
  };
}

function filesOf(said: LocationValues, settings: Settings): LocationFiles | null {
  if (said.static === undefined) return null;
  const cacheControl = saysCacheControl(said.headers ?? {});
  return {
    dirs: said.static,
    index: said.index ?? LOCATION_KEYS.index.default,
    tryFiles: said.try_files ?? LOCATION_KEYS.try_files.default,
    listing: said.listing ?? false,
    symlinks: said.symlinks ?? 'inside',
    dotfiles: said.dotfiles ?? false,
    precompressed: said.precompressed ?? true,
    compress: said.compress === undefined ? settings.compress_static : said.compress !== 'off',
    // Somebody who writes the header wants it to stand alone.
    expires: said.expires ?? (cacheControl ? -1 : settings.static_expires),
    // What was said of this location counts more than what a name looks like.
    immutable: said.immutable ?? (said.expires === undefined && !cacheControl),
    media: said.media ?? false,
  };
}

function respondOf(said: LocationValues): Location['respond'] {
  if (said.respond === undefined && said.respond_file === undefined) return null;
  const { status = 200, respond: text = '', respond_file: file = '', content_type: type } = said;
  return { status, text, file, contentType: type ?? (file === '' ? ANSWER_KEYS.content_type.default : null) };
}

/** What is said to be wrong with `match` itself is told there. */
function matchOf({ values }: LocationTable): LocationMatch {
  const raw = values.match?.raw;
  return raw === 'exact' || raw === 'prefix-only' || raw === 'regex' ? raw : 'prefix';
}

/** Throws ConfigError. */
export function checkApp(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const hint = didYouMean(name, names) ?? (name === '' ? null : `add a table [apps.${name}] with its target`);
  throw new ConfigError(`there is no application \`${name}\``, names.join(', '), hint);
}

function samePath(a: Location, b: Location): boolean {
  if (a.match !== b.match && (isPattern(a) || isPattern(b))) return false;
  if (isPattern(a) || (a.files === null && b.files === null)) return a.path === b.path;
  return a.path.replace(/\/$/, '') === b.path.replace(/\/$/, '');
}

/** Others are prefixes. */
function isPattern({ match }: Location): boolean {
  return match === 'exact' || match === 'regex';
}
