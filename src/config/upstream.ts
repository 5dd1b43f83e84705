import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { type KeyTable, originsOf, readKeys } from './key-row.ts';
import type { Origin } from './origin.ts';
import { readUpstreamPeer, type UpstreamPeer } from './upstream-peer.ts';
import { upstreamRelations } from './upstream-relations.ts';
import { UPSTREAM_KEYS, type UpstreamKey, type UpstreamValues } from './upstream-keys.ts';

export const UPSTREAM_NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,31}$';

/** A table `[upstreams.NAME]` as somebody wrote it. */
export interface UpstreamTable extends KeyTable<UpstreamKey> {
  readonly name: string;
}

/** Servers that answer the same. */
export interface Upstream {
  readonly name: string;
  readonly peers: readonly UpstreamPeer[];
  /** What was said, key by key, for printing. */
  readonly said: UpstreamValues;
  readonly origins: ReadonlyMap<UpstreamKey, Origin>;
  readonly origin: Origin;
}

/** What an upstream may be called. Throws ConfigError. */
export function checkUpstreamName(name: string): void {
  if (new RegExp(UPSTREAM_NAME_PATTERN).test(name)) return;
  throw new ConfigError(
    `\`${name}\` is not a name for an upstream`,
    'a letter, then at most 31 letters, digits, - or _',
  );
}

export function resolveUpstreams(
  tables: readonly UpstreamTable[],
  diagnostics: Diagnostic[],
): readonly Upstream[] {
  return tables.map((table) => {
    const label = `upstreams.${table.name}`;
    const said = readKeys(UPSTREAM_KEYS, table, label, diagnostics).said as UpstreamValues;
    if (table.values.peers === undefined && !table.faulty)
      diagnostics.push(
        diagnostic('error', `[${label}] names no servers`, {
          where: table.origin,
          hint: 'add peers = ["http://10.0.0.1:8000"]',
        }),
      );
    const peers = (said.peers ?? []).map(readUpstreamPeer);
    const upstream: Upstream = {
      name: table.name,
      peers,
      said,
      origins: originsOf(table),
      origin: table.origin,
    };
    diagnostics.push(...upstreamRelations(upstream));
    return upstream;
  });
}
