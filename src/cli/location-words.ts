import type { Location } from '../config/location.ts';
import {
  isLocationKey,
  LOCATION_KEY_NAMES,
  type LocationKey,
  locationKeyRow,
  type LocationValues,
} from '../config/location-keys.ts';
import { describeOrigin, type Origin } from '../config/origin.ts';
import { tomlValue } from '../config/print-toml.ts';
import type { KeyRow } from '../config/key-row.ts';
import type { Site } from '../config/site.ts';
import { isSiteKey, SITE_KEY_NAMES, type SiteKey, siteKeyRow } from '../config/site-keys.ts';
import { allowedOf } from '../config/value.ts';

/** What one key of a location amounts to, as TOML, and who said so. */
export interface LocationRow {
  readonly key: LocationKey;
  readonly value: string;
  readonly origin: Origin;
}

/** All keys that mean something for a location, those that were not given included. */
export function locationRows(location: Location): readonly LocationRow[] {
  const values = valuesOf(location);
  return LOCATION_KEY_NAMES.flatMap((key) => {
    const value = values[key];
    const origin = location.origins.get(key) ?? { kind: 'default' };
    return value === undefined ? [] : [{ key, value: tomlValue(locationKeyRow(key), value), origin }];
  });
}

/** The keys of a site that somebody gave. */
export function siteRows(site: Site): readonly { key: SiteKey; value: string; origin: Origin }[] {
  return SITE_KEY_NAMES.flatMap((key) => {
    const value = site.said[key];
    const origin = site.origins.get(key) ?? { kind: 'default' };
    return value === undefined ? [] : [{ key, value: tomlValue(siteKeyRow(key), value), origin }];
  });
}

/** `location.expires`, `site.location.expires`, `[[site.location]] expires`: the key; null for anything else. */
export function locationKeyNamed(text: string): LocationKey | null {
  const key = /^(?:\[*site\.)?location\]*[. ] *([a-z_-]+)$/.exec(text)?.[1]?.replaceAll('-', '_') ?? '';
  return isLocationKey(key) ? key : null;
}

/** `site.hosts`, `[[site]] hosts`: the key; null for anything else. */
export function siteKeyNamed(text: string): SiteKey | null {
  const key = /^\[*site\]*[. ] *([a-z_-]+)$/.exec(text)?.[1]?.replaceAll('-', '_') ?? '';
  return isSiteKey(key) ? key : null;
}

/** A key of a site, what it means, and what it is for every site. */
export function siteExplanation(key: SiteKey, sites: readonly Site[]): string {
  const row = siteKeyRow(key);
  const said = sites.flatMap((site) =>
    siteRows(site)
      .filter((one) => one.key === key)
      .map(
        (one) =>
          `  ${site.hosts.join(', ') || '(all other hosts)'}  ${one.value}  # ${describeOrigin(one.origin)}`,
      ),
  );
  return keyExplanation(row, {
    title: `site.${key}`,
    said: said.length === 0 ? ['no site has it'] : ['the sites', ...said],
    table: '[[site]]',
  });
}

/** A key, what it means, and what it is for every location. */
export function locationExplanation(key: LocationKey, locations: readonly Location[]): string {
  const row = locationKeyRow(key);
  const said = locations.flatMap((location) =>
    locationRows(location)
      .filter((one) => one.key === key)
      .map((one) => `  ${location.path}  ${one.value}  # ${describeOrigin(one.origin)}`),
  );
  return keyExplanation(row, {
    title: `site.location.${key}`,
    said: said.length === 0 ? ['no location has it'] : ['the locations', ...said],
    table: '[[site.location]]',
  });
}

function keyExplanation(
  row: KeyRow,
  { title, said, table }: { title: string; said: readonly string[]; table: string },
): string {
  const lines = [
    `${title}: ${row.help}`,
    '',
    `default   ${row.standard ?? tomlValue(row, row.default)}`,
    `allowed   ${allowedOf(row)}`,
    '',
    ...said,
    '',
    `set it in licorne.toml, under ${table}`,
  ];
  return `${lines.join('\n')}\n`;
}

function valuesOf(location: Location): LocationValues {
  const { path, app, files, compress, internal, headers, proxy } = location;
  const { said, redirect, respond } = location;
  if (proxy !== null) return said;
  if (redirect !== null) return { ...said, redirect: redirect.to, status: redirect.status };
  if (respond !== null) return { ...said, status: respond.status };
  if (files === null) return { ...said, path, app, headers, ...(compress === null ? {} : { compress }) };
  return {
    ...said,
    path,
    ...(files.tryFiles.at(-1) === '@app' ? { app } : {}),
    static: files.dirs,
    index: files.index,
    try_files: files.tryFiles,
    listing: files.listing,
    symlinks: files.symlinks,
    dotfiles: files.dotfiles,
    precompressed: files.precompressed,
    compress: files.compress ? 'on' : 'off',
    expires: files.expires,
    immutable: files.immutable,
    media: files.media,
    internal,
    headers,
  };
}
