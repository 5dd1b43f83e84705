import { ConfigError } from '../diagnostic.ts';
import type { LocationKeyRow } from '../location-key-row.ts';

/** Files of folders. */
export const FILES_KEYS = {
  static: {
    type: 'list',
    items: 'path',
    commas: false,
    default: [],
    about: 'any',
    help: 'Folder whose files answer, or several, looked through in this order. What follows `path` in the request is looked for in them.',
    standard: 'none',
    check: checkDirs,
  },
  index: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['index.html'],
    about: ['static'],
    help: 'Names of the files that stand for their folder; the first that is there.',
    standard: null,
    check: checkIndex,
  },
  try_files: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['$uri', '$uri/', '=404'],
    about: ['static'],
    help: 'What is looked for, in this order: `$uri` the file, `$uri/` the folder (its index, or its listing), `$uri.html` with something added, `/index.html` that file of the folder; the last may be `@app`, the application, or a status such as `=404`.',
    standard: null,
  },
  listing: {
    type: 'boolean',
    default: false,
    about: ['static'],
    help: 'Whether a folder without an index file shows what is in it.',
    standard: null,
  },
  symlinks: {
    type: 'choice',
    choices: ['inside', 'follow', 'refuse'],
    default: 'inside',
    about: ['static'],
    help: 'Where symbolic links may lead: to somewhere inside the folders of the location, anywhere, or nowhere.',
    standard: null,
  },
  dotfiles: {
    type: 'boolean',
    default: false,
    about: ['static'],
    help: 'Whether files and folders are sent whose names begin with a dot. `.well-known` always is.',
    standard: null,
  },
  precompressed: {
    type: 'boolean',
    default: true,
    about: ['static'],
    help: 'Whether `a.css.br`, `a.css.zst` and `a.css.gz` are sent in the place of `a.css` to clients that take them.',
    standard: null,
  },
  expires: {
    type: 'duration',
    off: true,
    default: 60,
    min: 0,
    max: 315_360_000,
    unit: 'seconds',
    about: ['static'],
    help: 'Time a file may be used without asking again; `off`: nothing is said.',
    standard: 'as `static_expires`',
  },
  immutable: {
    type: 'boolean',
    default: true,
    about: ['static'],
    help: 'Whether files with a hash of their content in their name may be kept for a year.',
    standard: 'true; false beside `expires` or a Cache-Control in `headers`',
  },
  media: {
    type: 'boolean',
    default: false,
    about: ['static'],
    help: 'Whether the files come from strangers: browsers are kept from running anything in them.',
    standard: null,
  },
  internal: {
    type: 'boolean',
    default: false,
    about: ['static', 'app', 'proxy'],
    help: 'Whether only an application may send clients here, with `X-Accel-Redirect` (files), and `auth_request` may ask here. For a client that asks for it itself it is not there (404).',
    standard: null,
  },
} as const satisfies Record<string, LocationKeyRow>;

function checkDirs(dirs: readonly string[]): void {
  if (dirs.length === 0 || dirs.includes(''))
    throw new ConfigError('no folder is named', 'a folder, or a list of folders');
}

function checkIndex(index: readonly string[]): void {
  const wrong = index.find((name) => name === '' || /^\.\.?$|[/\x00-\x1f\x7f]/.test(name));
  if (wrong === undefined) return;
  throw new ConfigError(`\`${wrong}\` is not the name of a file`, 'names such as index.html, without a path');
}
