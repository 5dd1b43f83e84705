import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { ValueRow } from './option.ts';
import type { Origin } from './origin.ts';
import { allowedOf, readValue } from './value.ts';

/** A key of a table that there may be several of: what its values are, and what it means. */
export type KeyRow = ValueRow & {
  /** Whole sentences, in Markdown. */
  readonly help: string;
  /** What is so when it is left out, in words; null: it is in `default`. */
  readonly standard: string | null;
  /** Its value, of a map its values, are shown to nobody. */
  readonly secret?: true;
  /** What a value of the type has to be besides. Throws ConfigError. */
  readonly check?: (value: never) => void;
};

/** What somebody wrote for a key, and where. */
export interface KeyValue {
  readonly raw: unknown;
  readonly origin: Origin;
}

/** A table as somebody wrote it. */
export interface KeyTable<K extends string> {
  readonly values: { readonly [N in K]?: KeyValue };
  /** It has keys that were told already; what it lacks may be a consequence. */
  readonly faulty: boolean;
  readonly origin: Origin;
}

/** The values of a table, each checked by itself; `whole` when none was wrong. `label` is the name of the table in messages. */
export function readKeys<K extends string>(
  rows: Readonly<Record<K, KeyRow>>,
  table: KeyTable<K>,
  label: string,
  diagnostics: Diagnostic[],
  /** What is done with a value that is sound by itself; gives what is meant. Throws ConfigError. */
  refine: (key: K, value: unknown) => unknown = (_, value) => value,
): { readonly said: { readonly [N in K]?: unknown }; readonly whole: boolean } {
  const said: { [N in K]?: unknown } = {};
  let whole = !table.faulty;
  for (const key of Object.keys(rows) as K[]) {
    const value = table.values[key];
    if (value === undefined) continue;
    try {
      said[key] = refine(key, readKey(rows[key], value.raw));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      whole = false;
      const allowed = error.allowed ?? allowedOf(rows[key]);
      const rest = { where: value.origin, allowed, hint: error.hint };
      diagnostics.push(diagnostic('error', `\`${label}.${key}\`: ${error.message}`, rest));
    }
  }
  return { said, whole };
}

/** Where each key that was given stands. */
export function originsOf<K extends string>(table: KeyTable<K>): ReadonlyMap<K, Origin> {
  return new Map(
    (Object.entries(table.values) as [K, KeyValue | undefined][]).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value.origin] as const],
    ),
  );
}

function readKey(row: KeyRow, raw: unknown): unknown {
  const value = readValue(row, raw, 'typed');
  (row.check as ((value: unknown) => void) | undefined)?.(value);
  return value;
}
