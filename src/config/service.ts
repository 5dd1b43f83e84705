import { commandWords } from './command-words.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { type KeyTable, originsOf, readKeys } from './key-row.ts';
import type { Location } from './location.ts';
import type { Origin } from './origin.ts';
import { SERVICE_KEYS, type ServiceKey, type ServiceValues } from './service-keys.ts';
import { checkUpstreamName } from './upstream.ts';

/** A table `[services.NAME]` as somebody wrote it. */
export interface ServiceTable extends KeyTable<ServiceKey> {
  readonly name: string;
}

/** A process that the server keeps running behind it. */
export interface Service {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** What was said, key by key. */
  readonly said: ServiceValues;
  readonly origins: ReadonlyMap<ServiceKey, Origin>;
  readonly origin: Origin;
}

/** What a service may be called; as an upstream, because locations name both in the same way. Throws ConfigError. */
export function checkServiceName(name: string): void {
  try {
    checkUpstreamName(name);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message.replace('an upstream', 'a service'), error.allowed, error.hint);
  }
}

/** @param upstreams names that are taken. */
export function resolveServices(
  tables: readonly ServiceTable[],
  upstreams: readonly string[],
  diagnostics: Diagnostic[],
): readonly Service[] {
  const ports = new Map<number, string>();
  return tables.map((table) => {
    const { name, origin } = table;
    const label = `services.${name}`;
    const fault = (message: string, hint: string | null, where = origin): void => {
      diagnostics.push(diagnostic('error', message, { where, hint }));
    };
    const { said: values } = readKeys(SERVICE_KEYS, table, label, diagnostics, (key, value) =>
      key === 'command' ? wordsOf(table, value as readonly string[]) : value,
    );
    const said = values as ServiceValues;
    if (table.values.command === undefined && !table.faulty)
      fault(`[${label}] names no command`, 'add command = "node server.js"');
    if (upstreams.includes(name))
      fault(`\`${name}\` is an upstream and a service`, 'locations could not tell them apart: rename one');
    const { port = 0 } = said;
    const other = ports.get(port);
    if (port !== 0 && other !== undefined)
      fault(
        `port ${port} is that of [services.${other}] already`,
        'leave `port` out, and each has another',
        table.values.port?.origin,
      );
    ports.set(port, name);
    return { name, command: said.command ?? [], said, origins: originsOf(table), origin };
  });
}

/** One with a port that somebody chose may be there for the applications. */
export function warnOfUnused(
  services: readonly Service[],
  locations: readonly Location[],
  diagnostics: Diagnostic[],
): void {
  const used = new Set(locations.map(({ proxy }) => proxy?.upstream));
  for (const { name, said, origin: where } of services) {
    if (used.has(name) || (said.port ?? 0) !== 0) continue;
    const hint = `add a [[site.location]] with proxy = "${name}"`;
    diagnostics.push(diagnostic('warning', `no location leads to the service \`${name}\``, { where, hint }));
  }
}

/** A list is left as it is, even one of a single word. */
function wordsOf(table: ServiceTable, value: readonly string[]): readonly string[] {
  const raw = table.values.command?.raw;
  return typeof raw === 'string' ? commandWords(raw) : value;
}
