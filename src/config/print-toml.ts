import { type App, saysItself } from './apps.ts';
import type { Location } from './location.ts';
import { LOCATION_KEY_NAMES, type LocationKey, locationKeyRow } from './location-keys.ts';
import type { SettingValue, ValueRow } from './option.ts';
import {
  APP_SETTING_NAMES,
  OPTIONS,
  SECTIONS,
  type SettingName,
  type Settings,
  settingsOf,
} from './options.ts';
import { describeOrigin, type Origin } from './origin.ts';
import type { Resolution } from './resolve.ts';
import { withoutSecrets } from './secrets.ts';
import { SERVICE_KEYS, type ServiceKey } from './service-keys.ts';
import type { Service } from './service.ts';
import type { Site } from './site.ts';
import { SITE_KEY_NAMES, siteKeyRow } from './site-keys.ts';
import { UPSTREAM_KEYS, type UpstreamKey } from './upstream-keys.ts';
import type { Upstream } from './upstream.ts';
import { formatBytes, formatDuration } from './value.ts';

/**
 * The configuration as a file that means the same, once its secrets are filled in: what differs from the defaults or was said by somebody, each line
 * with its origin. `heading` lines come first, as comments.
 */
export function printToml(resolution: Resolution, heading: readonly string[] = []): string {
  const parts = heading.length === 0 ? [] : [heading.map(comment).join('\n')];
  for (const section of SECTIONS) {
    const said = settingsOf(section.name).filter((name) => resolution.origins.get(name)?.kind !== 'default');
    if (said.length > 0)
      parts.push([`[${section.name}]`, ...said.map((name) => line(name, resolution))].join('\n'));
    if (section.name === 'app') parts.push(...resolution.apps.slice(1).map(appTable));
  }
  parts.push(...resolution.upstreams.map(upstreamTable), ...resolution.services.map(serviceTable));
  parts.push(...resolution.sites.flatMap(siteTables));
  return `${parts.join('\n\n')}\n`;
}

/** One value as TOML: sizes, times and permissions in the form people write. Secrets are left out. */
export function tomlValue(row: ValueRow & { readonly secret?: true }, said: SettingValue): string {
  const value = withoutSecrets(said, row.secret === true);
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return tomlNumber(row, value);
  if (Array.isArray(value)) return `[${value.map(tomlString).join(', ')}]`;
  const pairs = Object.entries(value as Readonly<Record<string, string>>).map(
    ([key, text]) => `${/^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key)} = ${tomlString(text)}`,
  );
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** Text in quotes, as TOML writes it. */
export function tomlString(text: string): string {
  // JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

/** What it shares with the main application is left out: that says it. */
function appTable(app: App): string {
  const said = APP_SETTING_NAMES.filter((name) => saysItself(app, name));
  return [`[apps.${app.name}]`, ...said.map((name) => line(name, app))].join('\n');
}

function upstreamTable({ name, said, origin }: Upstream): string {
  const keys = (Object.keys(UPSTREAM_KEYS) as UpstreamKey[]).flatMap((key) => {
    const value = said[key];
    return value === undefined ? [] : [`${key} = ${tomlValue(UPSTREAM_KEYS[key], value)}`];
  });
  return [withOrigin(`[upstreams.${name}]`, origin), ...keys].join('\n');
}

function serviceTable({ name, said, origin }: Service): string {
  const keys = (Object.keys(SERVICE_KEYS) as ServiceKey[]).flatMap((key) => {
    const value = said[key];
    return value === undefined ? [] : [`${key} = ${tomlValue(SERVICE_KEYS[key], value)}`];
  });
  return [withOrigin(`[services.${name}]`, origin), ...keys].join('\n');
}

/** The keys that were said, with their values, as TOML. */
export function saidOf(location: Location): readonly { readonly key: LocationKey; readonly value: string }[] {
  return LOCATION_KEY_NAMES.flatMap((key) => {
    const value = location.said[key];
    return value === undefined ? [] : [{ key, value: tomlValue(locationKeyRow(key), value) }];
  });
}

/** The table of a site, and those of its locations; none for one that nobody said anything of. */
function siteTables(site: Site): readonly string[] {
  // What `static_map` says stands with the settings already.
  const locations = site.locations.filter((one) => !one.fromSetting);
  if (site.origin === null && locations.length === 0) return [];
  const keys = SITE_KEY_NAMES.flatMap((key) => {
    const value = site.said[key];
    return value === undefined ? [] : [`${key} = ${tomlValue(siteKeyRow(key), value)}`];
  });
  const head = site.origin === null ? '[[site]]' : withOrigin('[[site]]', site.origin);
  return [[head, ...keys].join('\n'), ...locations.map(locationTable)];
}

function locationTable(location: Location): string {
  const keys = saidOf(location).map(({ key, value }) => `${key} = ${value}`);
  return [withOrigin('[[site.location]]', location.origin), ...keys].join('\n');
}

function line(
  name: SettingName,
  from: { readonly settings: Partial<Settings>; readonly origins: ReadonlyMap<SettingName, Origin> },
): string {
  const value = from.settings[name] ?? '';
  return withOrigin(`${name} = ${tomlValue(OPTIONS[name], value)}`, from.origins.get(name));
}

function withOrigin(said: string, origin: Origin = { kind: 'default' }): string {
  return `${said.padEnd(48)}  # ${oneLine(describeOrigin(origin))}`;
}

function tomlNumber(row: ValueRow, value: number): string {
  if (row.type === 'mode') return `0o${value.toString(8)}`;
  const text =
    row.type === 'bytes'
      ? formatBytes(value)
      : row.type === 'duration'
        ? formatDuration(value)
        : String(value);
  return /^[0-9]+$/.test(text) ? text : tomlString(text);
}

function comment(text: string): string {
  return text === '' ? '#' : `# ${oneLine(text)}`;
}

function oneLine(text: string): string {
  // A comment ends at a line break and may hold no other control character either.
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ');
}
