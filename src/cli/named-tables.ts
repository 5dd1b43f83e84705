import type { KeyRow } from '../config/key-row.ts';
import type { SettingValue } from '../config/option.ts';
import type { Origin } from '../config/origin.ts';
import { tomlValue } from '../config/print-toml.ts';
import type { Resolution } from '../config/resolve.ts';
import { SERVICE_KEYS } from '../config/service-keys.ts';
import { UPSTREAM_KEYS } from '../config/upstream-keys.ts';

/** A table whose name somebody chose, with what was said in it. */
export interface ShownTable {
  /** `upstreams.api` */
  readonly title: string;
  readonly rows: readonly { readonly key: string; readonly value: string; readonly origin: Origin }[];
}

interface Said {
  readonly said: Readonly<Record<string, SettingValue | undefined>>;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly origin: Origin;
}

/** `[upstreams.NAME]` and `[services.NAME]`. */
export function namedTables({ upstreams, services }: Resolution): readonly ShownTable[] {
  return [
    ...upstreams.map((one) => ({ title: `upstreams.${one.name}`, rows: rowsOf(one, UPSTREAM_KEYS) })),
    ...services.map((one) => ({ title: `services.${one.name}`, rows: rowsOf(one, SERVICE_KEYS) })),
  ];
}

function rowsOf({ said, origins, origin }: Said, keys: Readonly<Record<string, KeyRow>>): ShownTable['rows'] {
  return Object.entries(keys).flatMap(([key, row]) => {
    const value = said[key];
    if (value === undefined) return [];
    return [{ key, value: tomlValue(row, value), origin: origins.get(key) ?? origin }];
  });
}
