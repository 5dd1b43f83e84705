import type { ValueOf, ValueRow } from './option.ts';

/** A key of `[[site.location]]`: what its values are, and what it means. */
export type LocationKeyRow = ValueRow & {
  /** `files`: only beside `static`. */
  readonly about: 'any' | 'files';
  /** Whole sentences, in Markdown. */
  readonly help: string;
  /** What is so when it is left out, in words; null: it is in `default`. */
  readonly standard: string | null;
};

export const LOCATIONS_HELP =
  'Who answers the paths that begin with a prefix: an application, or the files of a folder. All other paths are for the application of [app].';

/** All keys of a location: how it is read, printed, described and checked comes from here. */
export const LOCATION_KEYS = {
  path: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Beginning of the paths it answers, percent-decoded; begins with /. The longest one that fits a request wins.',
    standard: 'none, it is required',
  },
  app: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Name of the application that answers: NAME of [apps.NAME], or app for that of [app]. Beside `static`: the one that `@app` in `try_files` asks.',
    standard: 'app where `try_files` asks one',
  },
  static: {
    type: 'list',
    items: 'path',
    commas: false,
    default: [],
    about: 'any',
    help: 'Folder whose files answer, or several, looked through in this order. What follows `path` in the request is looked for in them.',
    standard: 'none',
  },
  index: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['index.html'],
    about: 'files',
    help: 'Names of the files that stand for their folder; the first that is there.',
    standard: null,
  },
  try_files: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['$uri', '$uri/', '=404'],
    about: 'files',
    help: 'What is looked for, in this order: `$uri` the file, `$uri/` the folder (its index, or its listing), `$uri.html` with something added, `/index.html` that file of the folder; the last may be `@app`, the application, or a status such as `=404`.',
    standard: null,
  },
  listing: {
    type: 'boolean',
    default: false,
    about: 'files',
    help: 'Whether a folder without an index file shows what is in it.',
    standard: null,
  },
  symlinks: {
    type: 'choice',
    choices: ['inside', 'follow', 'refuse'],
    default: 'inside',
    about: 'files',
    help: 'Where symbolic links may lead: to somewhere inside the folders of the location, anywhere, or nowhere.',
    standard: null,
  },
  dotfiles: {
    type: 'boolean',
    default: false,
    about: 'files',
    help: 'Whether files and folders are sent whose names begin with a dot. `.well-known` always is.',
    standard: null,
  },
  precompressed: {
    type: 'boolean',
    default: true,
    about: 'files',
    help: 'Whether `a.css.br`, `a.css.zst` and `a.css.gz` are sent in the place of `a.css` to clients that take them.',
    standard: null,
  },
  compress: {
    type: 'choice',
    choices: ['off', 'safe', 'on'],
    default: 'off',
    about: 'any',
    help: 'Beside `static`: whether files are compressed, true or false (`on` and `off` mean the same). Else whether what the application answers is: off, safe or on.',
    standard: 'as `compress_static`, or as `compress`',
  },
  request_timeout: {
    type: 'duration',
    default: 0,
    min: 0,
    max: 86_400,
    unit: 'seconds',
    about: 'any',
    help: 'Time the application has for a request here; then 504. 0: no limit, for streams that never end.',
    standard: 'as `request_timeout` of the application',
  },
  expires: {
    type: 'duration',
    off: true,
    default: 60,
    min: 0,
    max: 315_360_000,
    unit: 'seconds',
    about: 'files',
    help: 'Time a file may be used without asking again; `off`: nothing is said.',
    standard: 'as `static_expires`',
  },
  immutable: {
    type: 'boolean',
    default: true,
    about: 'files',
    help: 'Whether files with a hash of their content in their name may be kept for a year.',
    standard: 'true; false beside `expires` or a Cache-Control in `headers`',
  },
  media: {
    type: 'boolean',
    default: false,
    about: 'files',
    help: 'Whether the files come from strangers: browsers are kept from running anything in them.',
    standard: null,
  },
  internal: {
    type: 'boolean',
    default: false,
    about: 'files',
    help: 'Whether only an application may send clients here, with `X-Accel-Redirect`. For a client that asks for it itself it is not there (404).',
    standard: null,
  },
  headers: {
    type: 'map',
    default: {},
    about: 'any',
    help: 'Headers added to every response. Those that let it be kept, such as `Cache-Control` or `Expires`, not to errors; `no-store` to all.',
    standard: null,
  },
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
