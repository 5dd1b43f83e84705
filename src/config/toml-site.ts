import { type AST, getStaticTOMLValue } from 'toml-eslint-parser';
import { INSTEAD_OF_ACCESS_KEYS } from './access-instead.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { KeyRow, KeyValue } from './key-row.ts';
import { isLocationKey, LOCATION_KEY_NAMES, type LocationKey, locationKeyRow } from './location-keys.ts';
import type { LocationTable } from './location-table.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Origin } from './origin.ts';
import { rebase } from './rebase.ts';
import { isSiteKey, SITE_KEY_NAMES, type SiteKey, siteKeyRow } from './site-keys.ts';
import type { SiteTable } from './site-table.ts';

/** Names of tables, numbers of those in a list: `['site', 0, 'location', 2]`. */
export type TomlPath = readonly (string | number)[];

/** Keys that will mean something one day; using them now must not pass in silence. */
const LATER_SITE_KEYS: readonly string[] = [];
const LATER_LOCATION_KEYS = ['cache'];

/** What other servers call the keys of a site. */
const INSTEAD_OF_SITE_KEYS: Readonly<Record<string, string>> = {
  ...INSTEAD_OF_ACCESS_KEYS,
  host: 'did you mean `hosts`?',
  name: 'did you mean `hosts`?',
  names: 'did you mean `hosts`?',
  domains: 'did you mean `hosts`?',
  server_name: 'did you mean `hosts`?',
  default_server: 'did you mean `default`?',
  add_header: 'did you mean `headers`?',
  error_page: 'did you mean `error_pages`?',
};

/** What other servers call those of a location. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...INSTEAD_OF_ACCESS_KEYS,
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
  proxy_pass: 'did you mean `proxy`?',
  uwsgi_pass: 'use proxy = "uwsgi://HOST:PORT" or "uwsgi:///PATH"',
  proxy_set_header: 'did you mean `proxy_headers`, or `proxy_host`?',
  proxy_hide_header: 'did you mean `proxy_hide_headers`?',
  proxy_buffer_size: 'use `response_header_bytes_max` in [limits]',
  proxy_buffers: 'did you mean `proxy_buffer_bytes`?',
  gzip_static: 'did you mean `precompressed`?',
  follow_symlinks: 'use symlinks = "follow"',
  regex: 'use match = "regex" and `path`',
  exact: 'use match = "exact" and `path`',
  return: 'use `redirect`, or `respond` and `status`',
  client_max_body_size: 'did you mean `body_bytes_max`?',
  error_page: 'did you mean `error_pages`?',
  root_path: 'use mount = true',
  strip_prefix: 'use mount = true',
};

interface LocationDraft extends LocationTable {
  readonly values: { [K in LocationKey]?: KeyValue };
  faulty: boolean;
}

interface SiteDraft extends SiteTable {
  readonly values: { [K in SiteKey]?: KeyValue };
  faulty: boolean;
  readonly locations: LocationDraft[];
  readonly byNumber: Map<number, LocationDraft>;
}

/** Reads `[[site]]` and `[[site.location]]`. Paths are given without the word `site` that leads them. */
export class SiteReader {
  readonly sites: SiteDraft[] = [];
  readonly #file: string;
  readonly #byNumber = new Map<number, SiteDraft>();
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
    const [number, key, locationNumber, ...deeper] = path;
    if (typeof number !== 'number') return this.#outside(path, at);
    const site = this.#site(number, at);
    if (key === undefined || (isSiteMap([key, locationNumber]) && !isList)) return;
    if (key !== 'location') this.#unknownSiteKey(site, String(key), at);
    else if (!isList && locationNumber === undefined)
      this.#fault(at, '[site.location] is a list', 'write [[site.location]]');
    else {
      const location = this.#location(site, Number(locationNumber), at);
      if (deeper[0] !== undefined && (isList || !isMapKey(deeper)))
        this.#unknownLocationKey(location, String(deeper[0]), at);
    }
  }

  /** One key and its value; lists and tables in braces are taken apart. */
  value(path: TomlPath, at: AST.TOMLNode, value: AST.TOMLContentNode): void {
    const [number, key, locationNumber, name] = path;
    if (number === undefined) return this.#list(path, at, value, '[[site]]');
    if (typeof number !== 'number') return this.#outside(path, at);
    if (key === undefined) return;
    const site = this.#site(number, at);
    if (key !== 'location') return this.#siteValue(site, path.slice(1).map(String), at, value);
    if (locationNumber === undefined) return this.#list(path, at, value, '[[site.location]]');
    if (typeof locationNumber !== 'number' || name === undefined) return;
    const location = this.#location(site, locationNumber, at);
    const keys = path.slice(3);
    if (!isLocationKey(String(name)) || (keys.length > 1 && !isMapKey(keys.slice(0, -1))))
      this.#unknownLocationKey(location, String(name), at);
    else {
      const [key_ = '', inner] = keys.map(String);
      if (isLocationKey(key_)) this.#keep(location.values, key_, locationKeyRow(key_), inner, value);
    }
  }

  #siteValue(
    site: SiteDraft,
    [name = '', inner, ...deeper]: readonly string[],
    at: AST.TOMLNode,
    value: AST.TOMLContentNode,
  ): void {
    if (!isSiteKey(name) || (inner !== undefined && siteKeyRow(name).type !== 'map'))
      this.#unknownSiteKey(site, name, at);
    else if (deeper.length > 0) this.#fault(at, `\`${name}.${inner}\` in [[site]] is not a table`, null);
    else this.#keep(site.values, name, siteKeyRow(name), inner, value);
  }

  /** Keeps a value, or with `inner` one pair of it. */
  #keep<K extends string>(
    values: { [N in K]?: KeyValue },
    name: K,
    row: KeyRow,
    inner: string | undefined,
    value: AST.TOMLContentNode,
  ): void {
    const own: unknown = getStaticTOMLValue(value);
    const raw = rebase(row, inner === undefined ? own : { [inner]: own }, this.#file);
    const before = values[name];
    // Of a table that was written pair by pair the first says where it stands.
    values[name] =
      before === undefined || inner === undefined
        ? { raw, origin: this.#origin(value) }
        : { raw: { ...(before.raw as object), ...(raw as object) }, origin: before.origin };
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

  #site(number: number, at: AST.TOMLNode): SiteDraft {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const origin = this.#origin(at);
    const site: SiteDraft = { values: {}, faulty: false, locations: [], byNumber: new Map(), origin };
    this.#byNumber.set(number, site);
    this.sites.push(site);
    return site;
  }

  #location(site: SiteDraft, number: number, at: AST.TOMLNode): LocationDraft {
    const known = site.byNumber.get(number);
    if (known !== undefined) return known;
    const location: LocationDraft = { values: {}, faulty: false, origin: this.#origin(at) };
    site.byNumber.set(number, location);
    site.locations.push(location);
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

  #unknownSiteKey(site: SiteDraft, key: string, at: AST.TOMLNode): void {
    site.faulty = true;
    this.#unknownKey('site', key, at);
  }

  #unknownLocationKey(location: LocationDraft, key: string, at: AST.TOMLNode): void {
    location.faulty = true;
    this.#unknownKey('site.location', key, at);
  }

  #unknownKey(table: 'site' | 'site.location', key: string, at: AST.TOMLNode): void {
    if (this.#told.has(`${table}.${key}`)) return;
    this.#told.add(`${table}.${key}`);
    const ofSite = table === 'site';
    const own: readonly string[] = ofSite ? ['location', ...SITE_KEY_NAMES] : LOCATION_KEY_NAMES;
    const later = ofSite ? LATER_SITE_KEYS : LATER_LOCATION_KEYS;
    if (ofSite ? isSiteMap([key]) : isMapKey([key]))
      this.#fault(at, `\`${key}\` in [[${table}]] holds text, not tables`, null);
    else if (own.includes(key)) this.#fault(at, `\`${key}\` in [[${table}]] is not a table`, null);
    else if (later.includes(key))
      this.#fault(
        at,
        `\`${key}\` in [[${table}]] is known, but not honoured in this version yet`,
        'remove it',
      );
    else {
      const soon = nearest(key, later);
      const instead = (ofSite ? INSTEAD_OF_SITE_KEYS : INSTEAD)[key];
      const near =
        instead ?? didYouMean(key, own) ?? (soon === null ? null : `\`${soon}\` is not in this version yet`);
      // A list of sixty keys hides the one that is meant.
      const allowed = near === null ? own.join(', ') : null;
      this.#fault(at, `unknown key \`${key}\` in [[${table}]]`, near, allowed);
    }
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    this.#diagnostics.push(diagnostic('error', message, { where: this.#origin(at), hint, allowed }));
  }
}

/** Whether these are the name of one key of a site whose value is a table, and nothing deeper. */
function isSiteMap([name, deeper]: readonly (string | number | undefined)[]): boolean {
  const key = String(name);
  return deeper === undefined && isSiteKey(key) && siteKeyRow(key).type === 'map';
}

/** Whether these are the name of one key whose value is a table, and nothing deeper. */
function isMapKey(keys: TomlPath): boolean {
  const [name = ''] = keys.map(String);
  return keys.length === 1 && isLocationKey(name) && locationKeyRow(name).type === 'map';
}
