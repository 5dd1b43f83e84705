import { type App, resolveApps } from './apps.ts';
import type { BindAddress } from './bind.ts';
import { certificatesWanted, portNote, type WantedNames, withAcmeBinds } from './certificates-wanted.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { type Environment, readEnvironment } from './env.ts';
import type { ParsedFlags } from './flags.ts';
import type { Location } from './location.ts';
import type { LocationTable } from './location-table.ts';
import { SETTING_NAMES, type SettingName, type Settings } from './options.ts';
import type { Origin } from './origin.ts';
import { resolveSites, type Site, unreachedApps } from './site.ts';
import { staticMapTables } from './static-map.ts';
import { type ConfigFile, type FileContent, readToml } from './toml.ts';
import { resolveServices, type Service, warnOfUnused } from './service.ts';
import { resolveUpstreams, type Upstream } from './upstream.ts';
import { validate, validateApp } from './validate.ts';
import { type Layer, weigh } from './weigh.ts';

/** What was said, weighed: every value, where it came from, and everything wrong with any of it. */
export interface Resolution {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingName, Origin>;
  /** All applications: the main one, if there is one, whose settings are in `settings` too, then those of `[apps.NAME]`. */
  readonly apps: readonly App[];
  /** In the order of the file, at least one. */
  readonly sites: readonly Site[];
  /** Those of `[upstreams.NAME]`. */
  readonly upstreams: readonly Upstream[];
  /** The names of each certificate that is ordered and renewed by itself. */
  readonly certificatesWanted: readonly WantedNames[];
  /** Those of `[services.NAME]`. */
  readonly services: readonly Service[];
  /** Those of all sites. */
  readonly locations: readonly Location[];
  readonly diagnostics: readonly Diagnostic[];
  /** `settings.bind`, parsed; addresses that do not parse are in the diagnostics instead. */
  readonly binds: readonly BindAddress[];
  /** `settings.admin_bind`, parsed; null: there is none, or it does not parse. */
  readonly adminBind: BindAddress | null;
  /** Weaker sources that said something else, strongest first; for `config explain`. */
  readonly shadowed: ReadonlyMap<SettingName, readonly Origin[]>;
}

export interface ResolveInput {
  readonly flags: ParsedFlags;
  readonly env: Environment;
  readonly file: ConfigFile | null;
  /** Stronger than the defaults, weaker than everything a person said: what was found in the project. */
  readonly base?: readonly Entry[];
  /** Locations that no setting can say; as strong as flags. */
  readonly locations?: readonly LocationTable[];
  /** There is no main application: those of `[apps.NAME]`, files and other servers answer. */
  readonly withoutMain?: boolean;
}

/** Flags > environment > file > base > defaults. Pure. All faults are gathered, those of values that lost included. */
export function resolveSettings(input: ResolveInput): Resolution {
  const env = readEnvironment(input.env);
  const file = input.file === null ? EMPTY_FILE : readToml(input.file);
  const layers: readonly Layer[] = [
    { writing: 'text', entries: input.flags.entries },
    { writing: 'variable', entries: env.entries },
    { writing: 'typed', entries: file.entries },
    { writing: 'text', entries: input.base ?? [] },
  ];
  const diagnostics = [...file.diagnostics, ...env.diagnostics, ...input.flags.diagnostics];
  const { values, origins, shadowed } = weigh(SETTING_NAMES, layers, diagnostics);
  const said = values as unknown as Settings;
  const all = resolveApps({ settings: said, origins }, file.apps, diagnostics);
  const apps = input.withoutMain === true ? all.slice(1) : all;
  const mapped = staticMapTables(
    said.static_map,
    origins.get('static_map') ?? { kind: 'default' },
    diagnostics,
  );
  const common = [...(input.locations ?? []), ...mapped];
  const upstreams = resolveUpstreams(file.upstreams, diagnostics);
  const services = resolveServices(file.services, namesOf(upstreams), diagnostics);
  const behind = namesOf([...upstreams, ...services]);
  const context = { apps, settings: said, origins, common, upstreams: behind };
  const sites = resolveSites(file.sites, context, diagnostics);
  const tables = [...common, ...file.sites, ...file.sites.flatMap((site) => site.locations)];
  const wanted = certificatesWanted(said, sites, diagnostics);
  const settings = withAcmeBinds(said, origins, wanted);
  const validated = validate(settings, origins, wanted.length > 0 || sites.some(hasCertificate));
  diagnostics.push(...apps.flatMap(validateApp), ...validated.diagnostics);
  for (const { name } of unreachedApps(apps, tables)) {
    const where = file.apps.find((table) => table.name === name)?.origin ?? null;
    const hint = `add a [[site.location]] with app = "${name}"`;
    diagnostics.push(
      diagnostic('warning', `no location leads to the application \`${name}\``, { where, hint }),
    );
  }
  const { binds, adminBind } = validated;
  diagnostics.push(...portNote(wanted, binds));
  const locations = sites.flatMap((site) => site.locations);
  warnOfUnused(services, locations, diagnostics);
  return {
    settings,
    origins,
    apps,
    sites,
    upstreams,
    services,
    certificatesWanted: wanted,
    locations,
    diagnostics,
    binds,
    adminBind,
    shadowed,
  };
}

function hasCertificate({ said }: Site): boolean {
  return (said.certificate ?? '') !== '';
}

function namesOf(tables: readonly { readonly name: string }[]): readonly string[] {
  return tables.map(({ name }) => name);
}

const EMPTY_FILE: FileContent = {
  entries: [],
  apps: [],
  sites: [],
  upstreams: [],
  services: [],
  diagnostics: [],
};
