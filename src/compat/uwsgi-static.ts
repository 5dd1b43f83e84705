import { isAbsolute, join } from 'node:path';
import { ConfigError } from '../config/diagnostic.ts';
import { headersEverywhere } from './added-headers.ts';
import { parseMount } from '../config/static-map.ts';
import { accept, flag, keepAnd, later, row, type Row, warn } from './effect.ts';
import type { Kept, Use } from './translate.ts';

const TO_LOCATION = keepAnd(
  'a [`[[site.location]]`](settings.md#where-requests-go-sitelocation) whose `try_files` ends with `@app`',
);
const EXPIRES = keepAnd('its `expires`, when the expression means whole locations; else a warning');
const GZIP = accept('compressed files that lie beside a file are always used');
const MTIME = warn('the time of a file counts from the request here; left out');

/** uWSGI's options about files. */
export const UWSGI_STATIC_ROWS: readonly Row[] = [
  row('--static-map', TO_LOCATION),
  row('--static-map2', TO_LOCATION),
  row('--check-static --static-check', TO_LOCATION),
  row('--static-index', keepAnd('`index` of the locations')),
  row('--static-expires', EXPIRES),
  row('--static-expires-uri --static-expires-path-info', EXPIRES),
  row(
    '--static-expires-type',
    warn('there is no time for each type of content, left out; native: expires of a [[site.location]]'),
  ),
  row('--static-expires-mtime --static-expires-uri-mtime --static-expires-path-info-mtime', MTIME),
  row('--static-expires-type-mtime', MTIME),
  row(
    '--static-safe',
    later('links may lead anywhere inside the folders of their location; native: symlinks = "follow"'),
  ),
  row('--static-skip-ext', later('map only folders that hold no such files')),
  flag('--check-static-docroot', later('native: a [[site.location]] with static = "DIR"')),
  row('--static-gzip --static-gzip-ext --static-gzip-suffix --static-gzip-dir --static-gzip-prefix', GZIP),
  flag('--static-gzip-all', GZIP),
  row('--mime-file --mimefile', warn('types of content come from a table of ours; left out')),
  row('--file-serve-mode --fileserve-mode', accept('files are sent without Python, whoever asks')),
  row('--static-cache-paths --static-cache-paths-name --offload-threads', accept('a detail inside uWSGI')),
  flag('--honour-range', accept('ranges are always honoured')),
];

interface Draft {
  readonly path: string;
  readonly dirs: string[];
  readonly what: string;
}

/**
 * `static-map` and its like as locations. As in uWSGI the folders of one URL are looked through in their order, and what
 * is in none of them is for the application.
 * @param headers are added to every response
 */
export function staticLocations(use: Use, headers: Readonly<Record<string, string>>): void {
  const added = Object.keys(headers).length > 0 ? { headers } : {};
  const drafts = new Map<string, Draft>();
  // uWSGI looks for its folders when the first request comes, and has changed its own folder by then.
  const base = use.lastRaw('chdir');
  const add = (path: string, named: string, what: string): void => {
    const dir = typeof base !== 'string' || isAbsolute(named) ? named : join(base, named);
    const key = path.replace(/\/+$/, '');
    const known = drafts.get(key);
    if (known === undefined) drafts.set(key, { path, dirs: [dir], what });
    else known.dirs.push(dir);
  };
  for (const one of use.allKept('--static-map')) {
    const mount = mountOf(use, one);
    if (mount !== null) add(mount.path, mount.dir, one.what);
  }
  for (const one of use.allKept('--static-map2')) {
    const mount = mountOf(use, one);
    // The URL is a part of the file's path too.
    if (mount !== null) add(mount.path, joined(mount.dir, mount.path), one.what);
  }
  for (const { value, what } of use.allKept('--check-static')) add('/', value, what);
  const index = use.allKept('--static-index').map((one) => one.value);
  const rules = expiresRules(use);
  for (const { path, dirs, what } of drafts.values()) {
    const rule = rules.find((one) => one.covers(path, dirs));
    if (rule !== undefined) rule.used = true;
    use.location(
      {
        path,
        static: dirs,
        try_files: index.length > 0 ? ['$uri', '$uri/', '@app'] : ['$uri', '@app'],
        ...(index.length > 0 ? { index } : {}),
        ...(rule === undefined ? {} : { expires: rule.seconds }),
        ...added,
      },
      what,
    );
  }
  if (!drafts.has('')) headersEverywhere(use, headers, '--add-header');
  for (const { used, kept } of rules) {
    if (used) continue;
    const hint = 'native: `expires` of a [[site.location]]';
    use.warn(`\`${kept.value}\` does not mean a whole location; left out`, kept.what, hint);
  }
}

function mountOf(use: Use, { value, what }: Kept): { path: string; dir: string } | null {
  try {
    return parseMount(value);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    use.error(error.message, what, error.hint, error.allowed);
    return null;
  }
}

interface ExpiresRule {
  readonly kept: Kept;
  readonly seconds: number;
  covers(path: string, dirs: readonly string[]): boolean;
  used: boolean;
}

/** Asks for the hash in the names that Django and bundlers make. */
const HASH = /\[(a-f0-9|0-9a-f)\]|\[a-z0-9\]|\\w\{/i;

/** Ten years; what is longer means for ever. */
const SECONDS_MAX = 315_360_000;

/** `EXPRESSION SECONDS`, in the order uWSGI asks them: by the file first, then by the URL. */
function expiresRules(use: Use): ExpiresRule[] {
  const rules: ExpiresRule[] = [];
  const add = (
    kept: Kept,
    covers: (stem: string, path: string, dirs: readonly string[]) => boolean,
  ): void => {
    const [, expression = '', digits = ''] = /^(\S+)\s+([0-9]{1,12})$/.exec(kept.value.trim()) ?? [];
    if (digits === '') {
      use.error(`\`${kept.value}\` has no time`, kept.what, null, "an expression and seconds: '.* 86400'");
      return;
    }
    if (HASH.test(expression)) {
      use.accepted.push(`${kept.what}: names with a hash may be kept for a year anyway`);
      return;
    }
    const stem = stemOf(expression);
    rules.push({
      kept,
      seconds: Math.min(Number(digits), SECONDS_MAX),
      covers: (path, dirs) => stem !== null && (stem === '' || covers(stem, path, dirs)),
      used: false,
    });
  };
  for (const kept of use.allKept('--static-expires'))
    add(kept, (stem, _path, dirs) => dirs.every((dir) => joined(dir, '/').startsWith(stem)));
  for (const kept of use.allKept('--static-expires-uri'))
    add(kept, (stem, path) => joined(path, '/').startsWith(stem));
  return rules;
}

/** The plain beginning that an expression asks for: empty when everything fits; null when it asks for more. */
function stemOf(expression: string): string | null {
  const plain = expression.replace(/^\^/, '').replace(/(\.\*|\/\*)?\$?$/, '');
  if (/[\\^$.|?*+()[\]{}]/.test(plain)) return null;
  return plain === '/' ? '' : plain;
}

function joined(dir: string, path: string): string {
  return `${dir.replace(/\/+$/, '')}${path}`;
}
