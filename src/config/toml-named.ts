import { type AST, getStaticTOMLValue } from 'toml-eslint-parser';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { KeyRow, KeyTable, KeyValue } from './key-row.ts';
import { didYouMean } from './nearest.ts';
import type { Origin } from './origin.ts';
import { rebase } from './rebase.ts';

interface Draft<K extends string> extends KeyTable<K> {
  readonly name: string;
  readonly values: { [N in K]?: KeyValue };
  faulty: boolean;
}

export interface NamedTablesOptions<K extends string> {
  /** `upstreams`, as in `[upstreams.NAME]`. */
  readonly section: string;
  readonly rows: Readonly<Record<K, KeyRow>>;
  /** Throws ConfigError. */
  readonly checkName: (name: string) => void;
  /** What other servers call the keys. */
  readonly instead: Readonly<Record<string, string>>;
  /** As people name it: paths are relative to its folder. */
  readonly file: string;
  readonly origin: (at: AST.TOMLNode) => Origin;
  readonly diagnostics: Diagnostic[];
}

/** Reads tables `[SECTION.NAME]` whose names somebody chose. Paths are given without the section that leads them. */
export class NamedTables<K extends string> {
  readonly tables: Draft<K>[] = [];
  readonly #options: NamedTablesOptions<K>;
  readonly #told = new Set<string>();

  constructor(options: NamedTablesOptions<K>) {
    this.#options = options;
  }

  /** The head of a table: `[SECTION]`, `[SECTION.NAME]`, `[SECTION.NAME.KEY]`. */
  table(path: readonly string[], at: AST.TOMLNode): void {
    const [name, key, ...deeper] = path;
    if (name === undefined) return;
    const table = this.#table(name, at);
    if (table === null || key === undefined) return;
    if (!this.#isKey(key)) this.#unknown(table, key, at);
    else if (deeper.length > 0 || this.#options.rows[key].type !== 'map')
      this.#noTable(table, [key, ...deeper], at);
  }

  /** One key and its value; tables in braces are taken apart. */
  value(path: readonly string[], at: AST.TOMLNode, value: AST.TOMLContentNode): void {
    const [name, key, inner, ...deeper] = path;
    if (name === undefined || key === undefined) return this.#inline(path, at, value);
    const table = this.#table(name, at);
    if (table === null) return;
    if (!this.#isKey(key)) return this.#unknown(table, key, at);
    const row = this.#options.rows[key];
    if (deeper.length > 0 || (inner !== undefined && row.type !== 'map'))
      return this.#noTable(table, path.slice(1), at);
    const own: unknown = getStaticTOMLValue(value);
    const raw = rebase(row, inner === undefined ? own : { [inner]: own }, this.#options.file);
    const before = table.values[key];
    table.values[key] =
      before === undefined || inner === undefined
        ? { raw, origin: this.#options.origin(value) }
        : { raw: { ...(before.raw as object), ...(raw as object) }, origin: before.origin };
  }

  #inline(path: readonly string[], at: AST.TOMLNode, value: AST.TOMLContentNode): void {
    const { section } = this.#options;
    const name = [section, ...path].join('.');
    if (value.type !== 'TOMLInlineTable') return this.#fault(at, `\`${name}\` is a table`, `write [${name}]`);
    if (path[0] !== undefined) this.#table(path[0], at);
    for (const pair of value.body) {
      const keys = pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
      this.value([...path, ...keys], pair.key, pair.value);
    }
  }

  #table(name: string, at: AST.TOMLNode): Draft<K> | null {
    const known = this.tables.find((one) => one.name === name);
    if (known !== undefined) return known;
    try {
      this.#options.checkName(name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (!this.#told.has(name)) this.#fault(at, error.message, error.hint, error.allowed);
      this.#told.add(name);
      return null;
    }
    const table: Draft<K> = { name, values: {}, faulty: false, origin: this.#options.origin(at) };
    this.tables.push(table);
    return table;
  }

  #isKey(text: string): text is K {
    return Object.hasOwn(this.#options.rows, text);
  }

  #unknown(table: Draft<K>, key: string, at: AST.TOMLNode): void {
    table.faulty = true;
    const { section, instead, rows } = this.#options;
    if (this.#told.has(`${table.name}.${key}`)) return;
    this.#told.add(`${table.name}.${key}`);
    const own = Object.keys(rows);
    const hint = instead[key] ?? didYouMean(key, own);
    this.#fault(at, `unknown key \`${key}\` in [${section}.${table.name}]`, hint, own.join(', '));
  }

  #noTable(table: Draft<K>, keys: readonly string[], at: AST.TOMLNode): void {
    table.faulty = true;
    this.#fault(at, `\`${keys.join('.')}\` in [${this.#options.section}.${table.name}] is not a table`, null);
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    const { diagnostics, origin } = this.#options;
    diagnostics.push(diagnostic('error', message, { where: origin(at), hint, allowed }));
  }
}
