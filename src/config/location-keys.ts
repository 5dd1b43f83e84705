import { ACCESS_KEYS } from './access-keys.ts';
import type { LocationKeyRow } from './location-key-row.ts';
import { ANSWER_KEYS } from './location-keys/answers.ts';
import { APP_KEYS } from './location-keys/app.ts';
import { FILES_KEYS } from './location-keys/files.ts';
import { PROXY_KEYS } from './location-keys/proxy.ts';
import { LIMIT_KEYS } from './location-keys/limits.ts';
import { RESPONSE_KEYS } from './location-keys/response.ts';
import { ROUTING_KEYS } from './location-keys/routing.ts';
import type { ValueOf } from './option.ts';

export const LOCATIONS_HELP =
  'Who answers some of the paths: an application, the files of a folder, another server, or a fixed answer. All other paths are for the application of the site.';

/** All keys of a location, by subject: how it is read, printed, described and checked comes from here. */
export const LOCATION_KEYS = {
  ...ROUTING_KEYS,
  ...APP_KEYS,
  ...FILES_KEYS,
  ...PROXY_KEYS,
  ...ANSWER_KEYS,
  ...LIMIT_KEYS,
  ...RESPONSE_KEYS,
  ...ACCESS_KEYS,
} as const satisfies Record<string, LocationKeyRow>;

export type LocationKey = keyof typeof LOCATION_KEYS;

/** What the keys of a location say; those that were not given are absent. */
export type LocationValues = { readonly [K in LocationKey]?: ValueOf<(typeof LOCATION_KEYS)[K]> };

/** The keys in the order of the table. */
export const LOCATION_KEY_NAMES = Object.keys(LOCATION_KEYS) as readonly LocationKey[];

export function isLocationKey(text: string): text is LocationKey {
  return Object.hasOwn(LOCATION_KEYS, text);
}

export function locationKeyRow(key: LocationKey): LocationKeyRow {
  return LOCATION_KEYS[key];
}
