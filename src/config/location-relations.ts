import { checkAccess } from './access-relations.ts';
import { saysCacheControl } from './added-headers.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import { checkAnswers } from './location-answers.ts';
import { HANDLER_KEYS, type HandlerKey } from './location-key-row.ts';
import {
  LOCATION_KEY_NAMES,
  LOCATION_KEYS,
  type LocationKey,
  locationKeyRow,
  type LocationValues,
} from './location-keys.ts';
import { checkProxyPath } from './location-proxy.ts';
import type { LocationTable } from './location-table.ts';
import { asksApp, triesFolders } from './try-files.ts';

/**
 * What the keys of one location have to do with each other. Tells what is wrong; false when it can't be served.
 * @param app who answers the rest of the site; null: nobody does
 */
export function checkRelations(
  table: LocationTable,
  said: LocationValues,
  app: string | null,
  diagnostics: Diagnostic[],
): boolean {
  const told = diagnostics.length;
  const tell: Tell = (severity, key, message, hint) => {
    const where = (key === null ? undefined : table.values[key]?.origin) ?? table.origin;
    diagnostics.push(diagnostic(severity, message, { where, hint }));
  };
  if (!table.faulty) checkPresent(table, app, tell);
  // A folder that was named in a wrong way was meant all the same.
  if (table.values.static !== undefined) checkFiles(said, tell);
  checkAbout(table, said, tell);
  checkAnswers(said, (key, message, hint) => tell('error', key, message, hint));
  checkProxyPath(said, (key, message, hint) => tell('error', key, message, hint));
  if (said.mount === true && said.match === 'regex')
    tell('error', 'mount', 'an application is mounted at a path, not at a regular expression', 'remove it');
  checkAccess(said, tell);
  return diagnostics.slice(told).every((one) => one.severity !== 'error');
}

export type Tell = (
  severity: Diagnostic['severity'],
  key: LocationKey | null,
  message: string,
  hint: string | null,
) => void;

/** Keys that say where a location is, and nothing of what it is like. */
const PLACE_KEYS: readonly string[] = ['path', 'match'];

/** Whether a location says something of requests, and leaves it to the site who answers them. */
export function leavesAnswer({ values }: LocationTable): boolean {
  return (
    HANDLER_KEYS.every((key) => values[key] === undefined) &&
    LOCATION_KEY_NAMES.some((key) => values[key] !== undefined && !PLACE_KEYS.includes(key))
  );
}

function checkPresent(table: LocationTable, app: string | null, tell: Tell): void {
  const { values } = table;
  if (values.path === undefined) tell('error', null, 'this location has no `path`', 'add path = "/PREFIX/"');
  const given = HANDLER_KEYS.filter((key) => values[key] !== undefined);
  const hint =
    'add app = "NAME", the name of an application, static = "DIR", a folder, proxy = "http://HOST:PORT", another server, redirect = "URL", or respond = "TEXT"';
  if (given.length === 0 && (app === null || !leavesAnswer(table)))
    tell('error', null, 'this location says not who answers', hint);
  const [first, second = first] = given.filter((key) => key !== 'app' || values.static === undefined);
  if (first !== undefined && second !== undefined && first !== second)
    tell(
      'error',
      second,
      `this location has \`${first}\` and \`${second}\`: only one of them can answer`,
      'remove one of them',
    );
}

/** Keys that mean nothing beside the one that says who answers. */
function checkAbout(table: LocationTable, said: LocationValues, tell: Tell): void {
  const given: HandlerKey[] = HANDLER_KEYS.filter((key) => table.values[key] !== undefined);
  if (given.length === 0) given.push('app');
  const asks = asksApp(said.try_files ?? LOCATION_KEYS.try_files.default);
  if (given.includes('static') && !given.includes('app') && asks) given.push('app');
  for (const key of LOCATION_KEY_NAMES) {
    const { about } = locationKeyRow(key);
    if (about === 'any' || said[key] === undefined || about.some((one) => given.includes(one))) continue;
    if (about[0] === 'static' && about.length === 1) {
      const hint = 'add static = "DIR", or remove it';
      tell('error', key, `\`${key}\` is about files, and this location has none`, hint);
    } else if (about.length === 1 && about[0] === 'proxy') {
      const message = `\`${key}\` is about requests that are passed on, and this location passes none on`;
      tell('error', key, message, 'add proxy = "http://HOST:PORT", or remove it');
    } else if (key === 'request_timeout' && given.includes('proxy')) {
      const message = '`request_timeout` is about applications, and another server answers here';
      tell('error', key, message, 'use `proxy_read_timeout`');
    } else if (about[0] === 'app') {
      const message = `\`${key}\` is about applications, and this location never asks one`;
      const hint = given.includes('static') ? 'end try_files with "@app", or remove it' : 'remove it';
      tell('error', key, message, hint);
    } else {
      const beside = about.map((one) => `\`${one}\``).join(', ');
      tell('error', key, `\`${key}\` means something only beside ${beside}`, 'remove it');
    }
  }
}

function checkFiles(said: LocationValues, tell: Tell): void {
  const tryFiles = said.try_files ?? LOCATION_KEYS.try_files.default;
  const asks = asksApp(tryFiles);
  if (said.app !== undefined && !asks) {
    const hint = 'end try_files with "@app" to ask it for what is no file, or remove `app`';
    tell('error', 'app', 'this location has `static`, and never asks an application', hint);
  }
  if (said.compress === 'safe')
    tell('error', 'compress', 'files are compressed or not', 'write compress = true or compress = false');
  if (said.internal === true && asks) {
    const message = 'an application that sends a client here would be asked again';
    tell('error', 'try_files', message, 'remove "@app", or internal = true');
  }
  if (said.expires !== undefined && said.expires >= 0 && saysCacheControl(said.headers ?? {})) {
    const message = '`expires` and a header Cache-Control say the same twice';
    tell('error', 'expires', message, 'remove one of them');
  }
  for (const key of ['listing', 'index'] as const) {
    const asked = key === 'listing' ? said.listing === true : (said.index ?? []).length > 0;
    if (!asked || triesFolders(tryFiles)) continue;
    const message = `\`${key}\` is never used: \`try_files\` looks at no folder`;
    tell('warning', key, message, 'add "$uri/" to try_files');
  }
}
