import { type AST, getStaticTOMLValue } from 'toml-eslint-parser';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { isLocationKey, LOCATION_KEY_NAMES, type LocationKey, locationKeyRow } from './location-keys.ts';
import type { LocationTable, LocationValue } from './location-table.ts';
import { didYouMean, nearest } from './nearest.ts';
import { OPTIONS } from './options.ts';
import type { Origin } from './origin.ts';
import { rebase } from './rebase.ts';

/** Names of tables, numbers of those in a list: `['site', 0, 'location', 2]`. */
export type TomlPath = readonly (string | number)[];

/** Keys that will mean something one day; using them now must not pass in silence. */
const LATER_SITE_KEYS = [
  'host',
  'hosts',
  'name',
  'names',
  'server_name',
  'tls',
  'redirect',
  'headers',
  'limits',
];
const LATER_LOCATION_KEYS = [
  'proxy',
  'redirect',
  'respond',
  'cache',
  'auth',
  'rate_limit',
  'error_pages',
  'limits',
  'regex',
  'exact',
];

/** Keys of `[[site]]` besides its locations: they are settings. */
const SITE_SETTINGS = ['error_pages'] as const;

/** What other servers call it. */
const INSTEAD: Readonly<Record<string, string>> = {
  root: 'use `static`: what follows `path` in the request is looked for in it',
  alias: 'use `static`',
  dir: 'did you mean `static`?',
  directory: 'did you mean `static`?',
  autoindex: 'did you mean `listing`?',
  browse: 'did you mean `listing`?',
  add_header: 'did you mean `headers`?',
  cache_control: 'use `expires`, or Cache-Control in `headers`',
  max_age: 'use `expires`',
  gzip: 'did you mean `compress`?',
  gzip_static: 'did you mean `precompressed`?',
  follow_symlinks: 'use symlinks = "follow"',
};

interface LocationDraft extends LocationTable {
  readonly values: { [K in LocationKey]?: LocationValue };
  faulty: boolean;
}

/** Reads `[[site]]` and `[[site.location]]`. Paths are given without the word `site` that leads them. */
export class SiteReader {
  readonly locations: LocationDraft[] = [];
  readonly entries: Entry[] = [];
  readonly #file: string;
  readonly #byNumber = new Map<number, LocationDraft>();
  readonly #origin: (at: AST.TOMLNode) => Origin;
  readonly #diagnostics: Diagnostic[];
  readonly #told = new Set<string>();

  /** `file` as people name it: paths are relative to its folder. */
  constructor(file: string, origin: (at: AST.TOMLNode) => Origin, diagnostics: Diagnostic[]) {
    this.#file = file;
    this.#origin = origin;
    this.#diagnostics = diagnostics;
  }

  /** The head of a table: `[[site]]`, `[[site.location]]`, and what people write in their place. */
  table(path: TomlPath, isList: boolean, at: AST.TOMLNode): void {
    const [site, key, number, ...deeper] = path;
    if (typeof site !== 'number') return this.#outside(path, at);
    if (key === undefined) {
      if (site > 0) this.#fault(at, 'a second [[site]] is not in this version yet', 'remove it');
    } else if (isSiteSetting(key) && !isList && number === undefined) return;
    else if (key !== 'location') this.#unknownKey('site', String(key), at);
    else if (!isList && number === undefined)
      this.#fault(at, '[site.location] is a list', 'write [[site.location]]');
    else if (site === 0) {
      const location = this.#location(Number(number), at);
      if (deeper[0] !== undefined && (isList || !isMapKey(deeper)))
        this.#unknownLocationKey(location, String(deeper[0]), at);
    }
  }

  /** One key and its value; lists and tables in braces are taken apart. */
  value(path: TomlPath, at: AST.TOMLNode, value: AST.TOMLContentNode): void {
    const [site, key, number, name] = path;
    if (site === undefined) return this.#list(path, at, value, '[[site]]');
    if (typeof site !== 'number') return this.#outside(path, at);
    if (site > 0 || key === undefined) return;
    if (isSiteSetting(key)) return this.#setting(key, path.slice(2), at, value);
    if (key !== 'location') return this.#unknownKey('site', String(key), at);
    if (number === undefined) return this.#list(path, at, value, '[[site.location]]');
    if (typeof number !== 'number' || name === undefined) return;
    const location = this.#location(number, at);
    const keys = path.slice(3);
    if (!isLocationKey(String(name)) || (keys.length > 1 && !isMapKey(keys.slice(0, -1))))
      this.#unknownLocationKey(location, String(name), at);
    else this.#locationValue(location, keys.map(String), value);
  }

  #locationValue(location: LocationDraft, keys: readonly string[], value: AST.TOMLContentNode): void {
    const [name = '', inner] = keys;
    if (!isLocationKey(name)) return;
    const own: unknown = getStaticTOMLValue(value);
    const raw = rebase(locationKeyRow(name), inner === undefined ? own : { [inner]: own }, this.#file);
    const before = location.values[name];
    // Of a table that was written pair by pair the first says where it stands.
    location.values[name] =
      before === undefined || inner === undefined
        ? { raw, origin: this.#origin(value) }
        : { raw: { ...(before.raw as object), ...(raw as object) }, origin: before.origin };
  }

  #setting(
    name: (typeof SITE_SETTINGS)[number],
    keys: TomlPath,
    at: AST.TOMLNode,
    value: AST.TOMLContentNode,
  ): void {
    const [inner, ...deeper] = keys.map(String);
    if (deeper.length > 0) return this.#fault(at, `\`${name}.${inner}\` in [[site]] is not a table`, null);
    const own: unknown = getStaticTOMLValue(value);
    const raw = rebase(OPTIONS[name], inner === undefined ? own : { [inner]: own }, this.#file);
    this.entries.push({ name, raw, origin: this.#origin(value) });
  }

  #list(path: TomlPath, at: AST.TOMLNode, value: AST.TOMLContentNode, written: string): void {
    const tables = value.type === 'TOMLArray' ? value.elements : [];
    if (value.type !== 'TOMLArray' || tables.some((table) => table.type !== 'TOMLInlineTable'))
      return this.#fault(at, `${written} is a list of tables`, `write ${written}`);
    for (const [index, table] of tables.entries()) {
      const below = [...path, index];
      this.table(below, true, table);
      for (const pair of table.type === 'TOMLInlineTable' ? table.body : []) {
        const keys = pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
        this.value([...below, ...keys], pair.key, pair.value);
      }
    }
  }

  #location(number: number, at: AST.TOMLNode): LocationDraft {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const location: LocationDraft = { values: {}, faulty: false, origin: this.#origin(at) };
    this.#byNumber.set(number, location);
    this.locations.push(location);
    return location;
  }

  /** Told once: every key of such a table would be told else. */
  #outside(path: TomlPath, at: AST.TOMLNode): void {
    if (this.#told.has('site')) return;
    this.#told.add('site');
    if (path[0] === 'location') {
      this.#fault(at, '[[site.location]] stands outside a site', 'write [[site]] on a line before it');
    } else this.#fault(at, '[site] is a list', 'write [[site]]');
  }

  #unknownLocationKey(location: LocationDraft, key: string, at: AST.TOMLNode): void {
    location.faulty = true;
    this.#unknownKey('site.location', key, at);
  }

  #unknownKey(table: 'site' | 'site.location', key: string, at: AST.TOMLNode): void {
    if (this.#told.has(`${table}.${key}`)) return;
    this.#told.add(`${table}.${key}`);
    const own: readonly string[] = table === 'site' ? ['location', ...SITE_SETTINGS] : LOCATION_KEY_NAMES;
    const later = table === 'site' ? LATER_SITE_KEYS : LATER_LOCATION_KEYS;
    if (isMapKey([key])) this.#fault(at, `\`${key}\` in [[${table}]] holds text, not tables`, null);
    else if (own.includes(key)) this.#fault(at, `\`${key}\` in [[${table}]] is not a table`, null);
    else if (later.includes(key))
      this.#fault(
        at,
        `\`${key}\` in [[${table}]] is known, but not honoured in this version yet`,
        'remove it',
      );
    else {
      const soon = nearest(key, later);
      const instead = table === 'site' ? undefined : INSTEAD[key];
      const near =
        instead ?? didYouMean(key, own) ?? (soon === null ? null : `\`${soon}\` is not in this version yet`);
      this.#fault(at, `unknown key \`${key}\` in [[${table}]]`, near, own.join(', '));
    }
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    this.#diagnostics.push(diagnostic('error', message, { where: this.#origin(at), hint, allowed }));
  }
}

function isSiteSetting(key: string | number): key is (typeof SITE_SETTINGS)[number] {
  return SITE_SETTINGS.some((name) => name === key);
}

/** Whether these are the name of one key whose value is a table, and nothing deeper. */
function isMapKey(keys: TomlPath): boolean {
  const [name = ''] = keys.map(String);
  return keys.length === 1 && isLocationKey(name) && locationKeyRow(name).type === 'map';
}
