import { addedHeaders } from './added-headers.ts';
import type { Row } from './effect.ts';
import type { Argument, Kept, Surroundings, Tool, Use } from './translate.ts';
import { iniArguments } from './uwsgi-ini.ts';
import { UWSGI_ROWS } from './uwsgi-rows.ts';
import { pathPrefix } from './path-prefix.ts';
import { routeLocations } from './uwsgi-routes.ts';
import { staticLocations } from './uwsgi-static.ts';

/** `uwsgi [OPTIONS]`, uWSGI 2.0. Every option is also a variable: UWSGI_PROCESSES. */
export const uwsgi: Tool = {
  name: 'uwsgi',
  rows: UWSGI_ROWS,
  ignoredEnv: ['PORT', 'WEB_CONCURRENCY', 'FORWARDED_ALLOW_IPS'],
  arguments: fromVariables,
  following: fromFiles,
  finish(use, positionals, around) {
    for (const word of positionals) positional(use, word);
    binds(use);
    processes(use, around);
    application(use);
    const headers = addedHeaders(use, '--add-header');
    routeLocations(use, headers);
    staticLocations(use, headers);
    logs(use);
  },
};

const MOUNT = 'native: [apps.NAME] for each, and a [[site.location]] with app = "NAME" and mount = true';
const SHARED = 'give an address such as :8000';

const INI = /\.ini(:[^/]*)?$/;

/** The ini files that are named, with `--ini` or by themselves. */
function fromFiles(
  use: Use,
  positionals: readonly string[],
  table: ReadonlyMap<string, Row>,
  around: Surroundings,
): readonly Argument[] {
  const words = positionals.filter((word) => INI.test(word)).map((word) => ({ value: word, what: word }));
  return [...use.allKept('--ini'), ...words].flatMap((named) => iniArguments(named, table, around, use));
}

function positional(use: Use, word: string): void {
  if (INI.test(word)) return;
  if (/\.(xml|ya?ml|json)$/.test(word)) {
    use.error('of the configuration files of uWSGI only ini files are read', word, 'write it as an ini file');
    return;
  }
  const message = `unexpected word \`${word}\``;
  use.usage.push({
    severity: 'error',
    message,
    where: null,
    allowed: '--OPTION or --OPTION VALUE',
    hint: null,
  });
}

function binds(use: Use): void {
  const sockets = [...use.allKept('--http'), ...use.allKept('--http-socket')];
  for (const one of sockets) {
    const address = addressOf(use, one);
    if (address !== null) use.set('bind', [address], one.what);
  }
  // After another fault (an ini file, a uwsgi socket) this one would only mislead.
  const https = use.entries.some(({ name }) => name === 'bind');
  if (sockets.length === 0 && !https && !use.failed) {
    use.error('no socket was given, and uWSGI has no default', null, 'licorne uwsgi --http :8000 ...');
  }
}

function addressOf(use: Use, { value, what }: Kept): string | null {
  const [address = '', ...backend] = value.split(',');
  if (backend.length > 0) {
    use.error(`\`${what}\` with a backend is known, but not honoured yet`, `${what} ${value}`);
    return null;
  }
  if (/^@|^=/.test(address)) {
    use.error('abstract and shared sockets are known, but not honoured yet', `${what} ${value}`, SHARED);
    return null;
  }
  if (/^fd:\/\//.test(address)) return address;
  // As uWSGI sees it: what has a colon is an address, the rest a file.
  if (address.includes(':')) return address;
  if (/^[0-9]+$/.test(address)) {
    use.error(
      `uWSGI takes \`${address}\` for the name of a socket file`,
      `${what} ${value}`,
      `for a port write :${address}`,
    );
    return null;
  }
  return `unix:${address}`;
}

/** `%k` is the number of processors. */
function processes(use: Use, around: Surroundings): void {
  const said = use.kept('--processes');
  const fewest = use.kept('--cheaper');
  const most = said === null ? null : said.value.replaceAll('%k', String(around.cpus));
  if (fewest !== null && fewest.value !== '0') {
    use.set('workers', fewest.value, fewest.what);
    if (said !== null && most !== null) use.set('workers_max', most, said.what);
  } else if (said !== null && most !== null) use.set('workers', most, said.what);
}

function application(use: Use): void {
  const module = use.kept('--module');
  const file = use.kept('--wsgi-file');
  const callable = use.kept('--callable');
  const named = module ?? file ?? mounted(use);
  for (const { value, what } of use.allKept('--mount'))
    if (named?.what !== what)
      use.error(
        `\`${what} ${value}\` of uwsgi beside another application is known, but not honoured yet`,
        what,
        MOUNT,
      );
  if (named === null) {
    if (!use.failed)
      use.error('no application was named', null, 'licorne uwsgi --http :8000 --module PROJECT.wsgi');
    return;
  }
  const isFile = module === null && (file !== null || named.value.endsWith('.py'));
  const target = isFile ? moduleOf(use, named) : named.value;
  if (target === null) return;
  const attribute = callable === null || target.includes(':') ? '' : `:${callable.value}`;
  use.set(
    'target',
    `${target}${attribute}`,
    attribute === '' ? named.what : `${named.what} ${callable?.what ?? ''}`,
  );
}

/** `/shop=MODULE` or `/shop=FILE.py`: the one application there is, under this path. */
function mounted(use: Use): Kept | null {
  const [one, ...others] = use.allKept('--mount');
  if (one === undefined || others.length > 0) return null;
  const [, path = '', value = ''] = /^(\/[^=]*)=(.+)$/.exec(one.value) ?? [];
  if (value === '') return null;
  if (pathPrefix(path) !== '') use.set('root_path', pathPrefix(path), one.what);
  return { value, what: one.what };
}

/** The module a file is: by dots when it lies below the project, else its folder goes on sys.path. */
function moduleOf(use: Use, { value, what }: Kept): string | null {
  const path = value.replace(/^(\.\/)+/, '');
  if (!path.endsWith('.py')) {
    use.error(
      'a file that does not end in .py is known, but not honoured yet',
      `${what} ${value}`,
      'name it with --module',
    );
    return null;
  }
  const stem = path.slice(0, -'.py'.length);
  const parts = stem.split('/');
  if (parts.every((part) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(part))) return parts.join('.');
  const slash = stem.lastIndexOf('/');
  use.set('pythonpath', [stem.slice(0, slash) || '/'], what);
  return stem.slice(slash + 1);
}

/** uWSGI writes its messages and a line for each request to one place. */
function logs(use: Use): void {
  const file = use.kept('--logto');
  const quiet = use.kept('--disable-logging');
  if (file !== null) use.set('error_log', file.value, file.what);
  if (quiet !== null) use.set('access_log', '', quiet.what);
  else if (file !== null) use.set('access_log', file.value, file.what);
  else use.standard('access_log', '-');
}

/** UWSGI_<OPTION> for every option we know. */
function fromVariables(around: Surroundings): readonly Argument[] {
  const sources: Argument[] = [];
  for (const { names, takes } of UWSGI_ROWS) {
    for (const long of names.filter((name) => name.startsWith('--'))) {
      const variable = `UWSGI_${long.slice(2).toUpperCase().replaceAll('-', '_')}`;
      const value = around.env[variable];
      if (value === undefined || value === '') continue;
      if (takes !== 'none') sources.push({ words: [`${long}=${value}`], source: variable });
      else if (/^(1|true|yes|on)$/i.test(value)) sources.push({ words: [long], source: variable });
    }
  }
  return sources;
}
