import { type AST, getStaticTOMLValue } from 'toml-eslint-parser';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import { LOCATION_KEYS, type LocationTable, type LocationValue } from './location.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Origin } from './origin.ts';

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
  'error_pages',
  'limits',
];
const LATER_LOCATION_KEYS = [
  'static',
  'proxy',
  'redirect',
  'respond',
  'try_files',
  'index',
  'expires',
  'headers',
  'cache',
  'compress',
  'auth',
  'rate_limit',
  'error_pages',
  'limits',
  'regex',
  'exact',
];

interface LocationDraft extends LocationTable {
  path: LocationValue | null;
  app: LocationValue | null;
  faulty: boolean;
}

/** Reads `[[site]]` and `[[site.location]]`. Paths are given without the word `site` that leads them. */
export class SiteReader {
  readonly locations: LocationDraft[] = [];
  readonly #byNumber = new Map<number, LocationDraft>();
  readonly #origin: (at: AST.TOMLNode) => Origin;
  readonly #diagnostics: Diagnostic[];
  readonly #told = new Set<string>();

  constructor(origin: (at: AST.TOMLNode) => Origin, diagnostics: Diagnostic[]) {
    this.#origin = origin;
    this.#diagnostics = diagnostics;
  }

  /** The head of a table: `[[site]]`, `[[site.location]]`, and what people write in their place. */
  table(path: TomlPath, isList: boolean, at: AST.TOMLNode): void {
    const [site, key, number, ...deeper] = path;
    if (typeof site !== 'number') return this.#outside(path, at);
    if (key === undefined) {
      if (site > 0) this.#fault(at, 'a second [[site]] is not in this version yet', 'remove it');
    } else if (key !== 'location') this.#unknownKey('site', String(key), at);
    else if (!isList && number === undefined)
      this.#fault(at, '[site.location] is a list', 'write [[site.location]]');
    else if (deeper[0] !== undefined) this.#unknownKey('site.location', String(deeper[0]), at);
    else if (site === 0) this.#location(Number(number), at);
  }

  /** One key and its value; lists and tables in braces are taken apart. */
  value(path: TomlPath, at: AST.TOMLNode, value: AST.TOMLContentNode): void {
    const [site, key, number, name] = path;
    if (site === undefined) return this.#list(path, at, value, '[[site]]');
    if (typeof site !== 'number') return this.#outside(path, at);
    if (site > 0 || key === undefined) return;
    if (key !== 'location') return this.#unknownKey('site', String(key), at);
    if (number === undefined) return this.#list(path, at, value, '[[site.location]]');
    if (typeof number !== 'number' || name === undefined) return;
    const location = this.#location(number, at);
    if (path.length === 4 && (name === 'path' || name === 'app'))
      location[name] = { raw: getStaticTOMLValue(value), origin: this.#origin(value) };
    else {
      location.faulty = true;
      this.#unknownKey('site.location', String(name), at);
    }
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
    const location: LocationDraft = { path: null, app: null, faulty: false, origin: this.#origin(at) };
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

  #unknownKey(table: 'site' | 'site.location', key: string, at: AST.TOMLNode): void {
    if (this.#told.has(`${table}.${key}`)) return;
    this.#told.add(`${table}.${key}`);
    const own = table === 'site' ? ['location'] : Object.keys(LOCATION_KEYS);
    const later = table === 'site' ? LATER_SITE_KEYS : LATER_LOCATION_KEYS;
    if (own.includes(key)) this.#fault(at, `\`${key}\` in [[${table}]] is not a table`, null);
    else if (later.includes(key))
      this.#fault(
        at,
        `\`${key}\` in [[${table}]] is known, but not honoured in this version yet`,
        'remove it',
      );
    else {
      const soon = nearest(key, later);
      const near = didYouMean(key, own) ?? (soon === null ? null : `\`${soon}\` is not in this version yet`);
      this.#fault(at, `unknown key \`${key}\` in [[${table}]]`, near, own.join(', '));
    }
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    this.#diagnostics.push(diagnostic('error', message, { where: this.#origin(at), hint, allowed }));
  }
}
