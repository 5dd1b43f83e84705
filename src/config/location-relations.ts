import { checkAccess } from './access-relations.ts';
import { saysCacheControl } from './added-headers.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import { LOCATION_KEY_NAMES, LOCATION_KEYS, type LocationKey, type LocationValues } from './location-keys.ts';
import type { LocationTable } from './location-table.ts';
import { asksApp, triesFolders } from './try-files.ts';

/** What the keys of one location have to do with each other. Tells what is wrong; false when it can't be served. */
export function checkRelations(
  table: LocationTable,
  said: LocationValues,
  diagnostics: Diagnostic[],
): boolean {
  const told = diagnostics.length;
  const tell: Tell = (severity, key, message, hint) => {
    const where = (key === null ? undefined : table.values[key]?.origin) ?? table.origin;
    diagnostics.push(diagnostic(severity, message, { where, hint }));
  };
  if (!table.faulty) checkPresent(table, tell);
  // A folder that was named in a wrong way was meant all the same.
  if (table.values.proxy !== undefined) checkProxied(table, said, tell);
  else if (table.values.static === undefined) checkAppOnly(table, said, tell);
  else checkFiles(said, tell);
  if (table.values.proxy === undefined) checkAbout('proxy', said, tell);
  checkAccess(said, tell);
  return diagnostics.slice(told).every((one) => one.severity !== 'error');
}

export type Tell = (
  severity: Diagnostic['severity'],
  key: LocationKey | null,
  message: string,
  hint: string | null,
) => void;

function checkPresent({ values }: LocationTable, tell: Tell): void {
  if (values.path === undefined) tell('error', null, 'this location has no `path`', 'add path = "/PREFIX/"');
  if (values.app !== undefined || values.static !== undefined || values.proxy !== undefined) return;
  const hint =
    'add app = "NAME", the name of an application, static = "DIR", a folder, or proxy = "http://HOST:PORT", another server';
  tell('error', null, 'this location has neither `app` nor `static` nor `proxy`', hint);
}

function checkAppOnly(table: LocationTable, said: LocationValues, tell: Tell): void {
  if (table.values.app !== undefined) checkAbout('files', said, tell);
}

/** Keys that are about what the location does not have. */
function checkAbout(subject: 'files' | 'proxy', said: LocationValues, tell: Tell): void {
  for (const key of LOCATION_KEY_NAMES) {
    if (LOCATION_KEYS[key].about !== subject || said[key] === undefined) continue;
    if (subject === 'proxy') {
      const hint = 'add proxy = "http://HOST:PORT", or remove it';
      tell(
        'error',
        key,
        `\`${key}\` is about requests that are passed on, and this location passes none on`,
        hint,
      );
      continue;
    }
    const hint = key === 'internal' ? 'X-Accel-Redirect leads to files' : 'add static = "DIR", or remove it';
    tell('error', key, `\`${key}\` is about files, and this location has none`, hint);
  }
}

function checkProxied(table: LocationTable, said: LocationValues, tell: Tell): void {
  for (const key of ['app', 'static'] as const) {
    if (table.values[key] === undefined) continue;
    tell(
      'error',
      key,
      `this location has \`proxy\` and \`${key}\`: only one of them can answer`,
      'remove one of them',
    );
  }
  if (said.request_timeout !== undefined) {
    const message = '`request_timeout` is about applications, and another server answers here';
    tell('error', 'request_timeout', message, 'use `proxy_read_timeout`');
  }
  if (table.values.static === undefined) checkAbout('files', said, tell);
}

function checkFiles(said: LocationValues, tell: Tell): void {
  const tryFiles = said.try_files ?? LOCATION_KEYS.try_files.default;
  const asks = asksApp(tryFiles);
  if (said.app !== undefined && !asks) {
    const hint = 'end try_files with "@app" to ask it for what is no file, or remove `app`';
    tell('error', 'app', 'this location has `static`, and never asks an application', hint);
  }
  if (said.request_timeout !== undefined && !asks) {
    const message = '`request_timeout` is about applications, and this location never asks one';
    tell('error', 'request_timeout', message, 'end try_files with "@app", or remove it');
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
