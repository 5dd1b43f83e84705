import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { checkPath } from './location-path.ts';
import type { LocationTable } from './location-table.ts';
import type { Origin } from './origin.ts';

const ALLOWED = 'URL=DIR, such as /static=assets';

/** The locations that `static_map` stands for: one for each URL, with its folders in the order they were given. */
export function staticMapTables(
  items: readonly string[],
  origin: Origin,
  diagnostics: Diagnostic[],
): readonly LocationTable[] {
  const folders = new Map<string, { readonly path: string; readonly dirs: string[] }>();
  for (const item of items) {
    try {
      const { path, dir } = parseMount(item);
      const key = path.replace(/\/$/, '');
      const known = folders.get(key);
      if (known === undefined) folders.set(key, { path, dirs: [dir] });
      else known.dirs.push(dir);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const rest = { where: origin, allowed: error.allowed ?? ALLOWED, hint: error.hint };
      diagnostics.push(diagnostic('error', `\`static_map\`: ${error.message}`, rest));
    }
  }
  return [...folders.values()].map(({ path, dirs }) => ({
    values: { path: { raw: path, origin }, static: { raw: dirs, origin } },
    faulty: false,
    origin,
    fromSetting: true,
  }));
}

/** `URL=DIR`. Throws ConfigError. */
export function parseMount(item: string): { readonly path: string; readonly dir: string } {
  const equals = item.indexOf('=');
  if (equals < 0) {
    const hint = /^\/[^:]*:./.test(item)
      ? `write ${item.replace(':', '=')}`
      : item.startsWith('/')
        ? `write ${item}=DIR`
        : `write /static=${item}`;
    throw new ConfigError(`\`${item}\` has no =`, ALLOWED, hint);
  }
  const path = item.slice(0, equals).trim();
  const dir = item.slice(equals + 1).trim();
  if (dir === '') throw new ConfigError(`\`${item}\` names no folder`, ALLOWED);
  if (path !== '' && !path.startsWith('/'))
    throw new ConfigError(
      `\`${item}\`: the URL \`${path}\` does not begin with /`,
      ALLOWED,
      `write /${item}`,
    );
  if (path === '') throw new ConfigError(`\`${item}\` names no URL`, ALLOWED, `write /static=${dir}`);
  checkPath(path);
  return { path, dir };
}
