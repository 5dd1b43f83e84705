import { checkAddedHeaders } from './added-headers.ts';
import { ACCESS_KEYS } from './access-keys.ts';
import { checkErrorPages } from './error-page-names.ts';
import type { KeyRow } from './key-row.ts';
import { MAINTENANCE_KEYS } from './maintenance-keys.ts';
import type { ValueOf } from './option.ts';
import { checkHosts } from './site-hosts.ts';
import { SITE_TLS_KEYS } from './site-tls-keys.ts';

export const SITES_HELP =
  'What is said of a site, by the names it is asked for. Without `hosts` it answers for every name, and one is all that is needed.';

/** All keys of a site besides its locations. */
export const SITE_KEYS = {
  hosts: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'Names the site answers for: `example.com`, or `*.example.com` for all names below it. An exact name counts more than `*.`, a longer one more than a shorter.',
    standard: 'every name that no other site has',
    check: checkHosts,
  },
  default: {
    type: 'boolean',
    default: false,
    help: 'Whether it also answers for the names that no site has. When all sites have `hosts` and none is the default, such a request gets 421.',
    standard: 'true for the first site without `hosts`',
  },
  app: {
    type: 'string',
    default: '',
    help: 'Name of the application that answers what no location does; `none`: nobody does (404).',
    standard: 'that of [app]; none where there is no such application',
  },
  tls: {
    type: 'choice',
    choices: ['manual', 'auto'],
    default: 'manual',
    help: 'Where the certificate for `hosts` comes from: `auto`, it is ordered and renewed by itself, as `[acme]` says; `manual`, from `certificate`, or from `[tls]`.',
    standard: null,
  },
  headers: {
    type: 'map',
    default: {},
    help: 'Headers added to every response of the site. A location may say another value, and `""` removes a header, whoever has set it.',
    standard: null,
    check: checkAddedHeaders,
  },
  error_pages: {
    type: 'map',
    values: 'path',
    default: {},
    help: 'Pages in the place of our own: a status, `4xx` or `5xx`, and a file. Beside those of `[static]`, and stronger.',
    standard: null,
    check: checkErrorPages,
  },
  ...SITE_TLS_KEYS,
  ...MAINTENANCE_KEYS,
  ...ACCESS_KEYS,
} as const satisfies Record<string, KeyRow>;

export type SiteKey = keyof typeof SITE_KEYS;

/** What the keys of a site say; those that were not given are absent. */
export type SiteValues = { readonly [K in SiteKey]?: ValueOf<(typeof SITE_KEYS)[K]> };

/** The keys in the order of the table. */
export const SITE_KEY_NAMES = Object.keys(SITE_KEYS) as readonly SiteKey[];

export function isSiteKey(text: string): text is SiteKey {
  return Object.hasOwn(SITE_KEYS, text);
}

export function siteKeyRow(key: SiteKey): KeyRow {
  return SITE_KEYS[key];
}
