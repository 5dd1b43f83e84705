import { APP_NAME_PATTERN, APPS_HELP, MAIN_APP } from './apps.ts';
import { HANDLER_KEYS } from './location-key-row.ts';
import { LOCATION_KEY_NAMES, LOCATIONS_HELP, locationKeyRow } from './location-keys.ts';
import type { KeyRow } from './key-row.ts';
import type { OptionRow, ValueRow } from './option.ts';
import { APP_SETTING_NAMES, OPTIONS, SECTIONS, settingsOf } from './options.ts';
import { tomlValue } from './print-toml.ts';
import { SERVICE_KEYS, SERVICES_HELP } from './service-keys.ts';
import { SITE_KEY_NAMES, SITES_HELP, siteKeyRow } from './site-keys.ts';
import { UPSTREAM_KEYS, UPSTREAMS_HELP } from './upstream-keys.ts';
import { UPSTREAM_NAME_PATTERN } from './upstream.ts';
import { allowedOf } from './value.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const SIZE = '^[0-9]{1,15}(\\.[0-9]{1,6})? ?[kmgtKMGT]?([iI]?[bB])?$';
const TIME = '^[0-9]{1,12}(\\.[0-9]{1,9})? ?(ms|s|m|h|d)?$';

/** The JSON Schema of licorne.toml, for editors. */
export function jsonSchema(): { readonly [key: string]: Json } {
  const sections = SECTIONS.map((section): [string, Json] => [
    section.name,
    {
      type: 'object',
      description: section.help,
      additionalProperties: false,
      properties: Object.fromEntries(settingsOf(section.name).map((name) => [name, property(OPTIONS[name])])),
    },
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'licorne.toml',
    description: 'Configuration of Licorne.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(sections),
      apps: appTables(),
      upstreams: namedTables(UPSTREAM_KEYS, UPSTREAMS_HELP, 'peers'),
      services: namedTables(SERVICE_KEYS, SERVICES_HELP, 'command'),
      site: sites(),
    },
  };
}

/** `[apps.NAME]`: the options of `[app]`; what it shares has no default of its own. */
function appTables(): Json {
  const properties = APP_SETTING_NAMES.map((name): [string, Json] => [name, property(OPTIONS[name], true)]);
  return {
    type: 'object',
    description: APPS_HELP,
    propertyNames: { pattern: APP_NAME_PATTERN, not: { const: MAIN_APP } },
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      required: ['target'],
      properties: Object.fromEntries(properties),
    },
  };
}

/** `[upstreams.NAME]` and their like. */
function namedTables(rows: Readonly<Record<string, KeyRow>>, description: string, required: string): Json {
  const keys = Object.entries(rows).map(([name, row]): [string, Json] => [name, keyProperty(row)]);
  return {
    type: 'object',
    description,
    propertyNames: { pattern: UPSTREAM_NAME_PATTERN },
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      required: [required],
      properties: Object.fromEntries(keys),
    },
  };
}

function sites(): Json {
  const keys = LOCATION_KEY_NAMES.map((name): [string, Json] => [name, keyProperty(locationKeyRow(name))]);
  const location = {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    anyOf: HANDLER_KEYS.map((name) => ({ required: [name] })),
    properties: Object.fromEntries(keys),
  };
  return {
    description: SITES_HELP,
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      properties: {
        location: { description: LOCATIONS_HELP, type: 'array', items: location },
        ...Object.fromEntries(SITE_KEY_NAMES.map((name) => [name, keyProperty(siteKeyRow(name))])),
      },
    },
  };
}

function keyProperty(row: KeyRow): { readonly [key: string]: Json } {
  const standard = row.standard ?? tomlValue(row, row.default);
  const description = `${row.help}\n\nAllowed: ${allowedOf(row)}.\n\nDefault: ${standard}`;
  return { description, ...shape(row) };
}

function property(row: OptionRow, ofApps = false): Json {
  const words = [`${row.help}.`, ...(row.doc === undefined ? [] : [row.doc]), `Allowed: ${allowedOf(row)}.`];
  const shared = ofApps && row.shared === true;
  const standard = shared ? SHARED_WORDS : tomlValue(row, row.default);
  return {
    description: `${words.join('\n\n')}\n\nDefault: ${standard}`,
    ...shape(row),
    ...(shared ? {} : { default: row.default as Json }),
  };
}

const SHARED_WORDS = 'as in [app]';

function shape(row: ValueRow): { readonly [key: string]: Json } {
  switch (row.type) {
    case 'string':
    case 'path':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'choice':
      // Whoever may say on and off may say true and false.
      return { enum: row.choices.includes('on') ? [...row.choices, true, false] : row.choices };
    case 'integer':
      return number('integer', row);
    case 'integer-or-auto':
      return { anyOf: [number('integer', row), { const: 'auto' }] };
    case 'mode':
      return {
        anyOf: [
          { type: 'integer', minimum: 0, maximum: 0o777 },
          { type: 'string', pattern: '^(0o?)?[0-7]{1,3}$' },
        ],
      };
    case 'bytes':
      return { anyOf: [number('integer', row), { type: 'string', pattern: SIZE }] };
    case 'duration':
      return {
        anyOf: [
          number('number', row),
          { type: 'string', pattern: TIME },
          ...(row.off === true ? [{ const: 'off' }] : []),
        ],
      };
    case 'list':
      return { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] };
    case 'map':
      return { type: 'object', additionalProperties: { type: 'string' } };
  }
}

function number(
  type: 'integer' | 'number',
  row: { min?: number; max?: number },
): { readonly [key: string]: Json } {
  return {
    type,
    ...(row.min === undefined ? {} : { minimum: row.min }),
    ...(row.max === undefined ? {} : { maximum: row.max }),
  };
}
