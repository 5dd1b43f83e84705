import { MAIN_APP, type App } from './apps.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { didYouMean } from './nearest.ts';
import type { Origin } from './origin.ts';
import { readText } from './value.ts';

/** Where requests go whose path begins with `path`. */
export interface Location {
  /** Compared with the decoded path, byte for byte; begins with `/`. */
  readonly path: string;
  /** Name of an application. */
  readonly app: string;
  readonly origin: Origin;
}

/** A table `[[site.location]]` of the file, as it was written; keys that were not given are null. */
export interface LocationTable {
  readonly path: LocationValue | null;
  readonly app: LocationValue | null;
  /** It has keys that were told already; what it lacks may be a consequence. */
  readonly faulty: boolean;
  readonly origin: Origin;
}

export interface LocationValue {
  readonly raw: unknown;
  readonly origin: Origin;
}

export const LOCATIONS_HELP =
  'Which application answers the paths that begin with a prefix; all others are for that of [app].';

/** The keys of a location, for the schema and the documentation. */
export const LOCATION_KEYS = {
  path: 'Beginning of the paths it answers, percent-decoded; begins with /. The longest one that fits a request wins.',
  app: 'Name of the application that answers: NAME of [apps.NAME], or app for that of [app].',
} as const;

/**
 * The locations, the longest path first: the first whose `path` the request's path begins with is the one. A request that
 * none fits is the main application's. Prefixes are those of nginx: `/ws/` fits `/ws/x` and not `/ws`, while `/ws` fits
 * `/ws`, `/ws/x` and `/wsx`.
 */
export function resolveLocations(
  tables: readonly LocationTable[],
  apps: readonly App[],
  diagnostics: Diagnostic[],
): readonly Location[] {
  const locations: Location[] = [];
  const paths = new Set<string>();
  const names = apps.map((app) => app.name);
  for (const table of tables) {
    const path = read('path', table, checkPath, diagnostics);
    const app = read('app', table, (name) => checkApp(name, names), diagnostics);
    if (path === null || app === null) continue;
    if (paths.has(path)) {
      const where = table.path?.origin ?? table.origin;
      diagnostics.push(diagnostic('error', `the location \`${path}\` is given twice`, { where }));
    }
    paths.add(path);
    locations.push({ path, app, origin: table.origin });
  }
  return locations.toSorted((a, b) => b.path.length - a.path.length);
}

/** Applications that would be started and never be asked. */
export function unreachedApps(
  apps: readonly App[],
  tables: readonly LocationTable[],
): readonly { readonly name: string }[] {
  const named = new Set(tables.map((table) => table.app?.raw));
  return apps.filter((app) => app.name !== MAIN_APP && !named.has(app.name));
}

function read(
  key: keyof typeof LOCATION_KEYS,
  table: LocationTable,
  check: (text: string) => void,
  diagnostics: Diagnostic[],
): string | null {
  const said = table[key];
  if (said === null && table.faulty) return null;
  if (said === null) {
    const hint = key === 'path' ? 'add path = "/PREFIX/"' : 'add app = "NAME", the name of an application';
    diagnostics.push(diagnostic('error', `this location has no \`${key}\``, { where: table.origin, hint }));
    return null;
  }
  try {
    const text = readText(said.raw);
    check(text);
    return text;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const rest = { where: said.origin, allowed: error.allowed, hint: error.hint };
    diagnostics.push(diagnostic('error', `\`site.location.${key}\`: ${error.message}`, rest));
    return null;
  }
}

function checkPath(path: string): void {
  const allowed = 'the beginning of a path, such as /ws/';
  if (!path.startsWith('/')) {
    const hint = /^[\^~=@]/.test(path)
      ? 'regular expressions and exact paths are not in this version yet'
      : `write /${path}`;
    throw new ConfigError(`\`${path}\` does not begin with /`, allowed, hint);
  }
  if (/[*?#]/.test(path)) {
    const stem = /^[^*?#]*/.exec(path)?.[0] ?? '/';
    throw new ConfigError(
      `\`${path}\` holds a character that stands for itself in a path`,
      allowed,
      `a location is a prefix: ${stem} already means everything below`,
    );
  }
  if (/[\x00-\x1f\x7f]/.test(path)) throw new ConfigError('a control character in a path', allowed);
  if (/%[0-9a-fA-F]{2}/.test(path)) {
    throw new ConfigError(`\`${path}\` is percent-encoded`, allowed, 'write the characters themselves');
  }
}

function checkApp(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const hint = didYouMean(name, names) ?? (name === '' ? null : `add a table [apps.${name}] with its target`);
  throw new ConfigError(`there is no application \`${name}\``, names.join(', '), hint);
}
