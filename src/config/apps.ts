import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import type { SettingValue } from './option.ts';
import {
  APP_SETTING_NAMES,
  type AppSettingName,
  type AppSettings,
  appSettingsOf,
  OPTIONS,
  type SettingName,
  type Settings,
} from './options.ts';
import type { Origin } from './origin.ts';
import { combine, weigh } from './weigh.ts';

/** The name of the application of `[app]` and the command line. */
export const MAIN_APP = 'app';

export const APP_NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,31}$';

export const APPS_HELP =
  'More applications, each with workers of its own; NAME is yours to choose. They take the options of [app].';

/** An application of the server, with everything it may be told. */
export interface App {
  readonly name: string;
  readonly settings: AppSettings;
  readonly origins: ReadonlyMap<SettingName, Origin>;
}

/** A table `[apps.NAME]` of the file, as it was written. */
export interface AppTable {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly origin: Origin;
}

/** What an application may be called: it stands in messages, in the log and in names of files. Throws ConfigError. */
export function checkAppName(name: string): void {
  if (name === MAIN_APP) {
    throw new ConfigError(
      `\`${MAIN_APP}\` is the name of the application of [app]`,
      null,
      'its settings go there; give this one another name',
    );
  }
  if (new RegExp(APP_NAME_PATTERN).test(name)) return;
  throw new ConfigError(
    `\`${name}\` is not a name for an application`,
    'a letter, then at most 31 letters, digits, - or _',
  );
}

/** The main application first, then those of the file, each with what it shares with the main one. */
export function resolveApps(
  main: { readonly settings: Settings; readonly origins: ReadonlyMap<SettingName, Origin> },
  tables: readonly AppTable[],
  diagnostics: Diagnostic[],
): readonly App[] {
  const first: App = { name: MAIN_APP, settings: appSettingsOf(main.settings), origins: main.origins };
  return [first, ...tables.map((table) => resolveApp(table, first, diagnostics))];
}

/** Whether the application said it itself; what it shares with the main one and what nobody said is not its own. */
export function saysItself(app: App, name: AppSettingName): boolean {
  const kind = app.origins.get(name)?.kind ?? 'default';
  return kind !== 'default' && kind !== 'inherited';
}

function resolveApp(table: AppTable, main: App, diagnostics: Diagnostic[]): App {
  const layers = [{ writing: 'typed', entries: table.entries }] as const;
  const own = weigh(APP_SETTING_NAMES, layers, diagnostics, (name) => `apps.${table.name}.${name}`);
  const values: Partial<Record<AppSettingName, SettingValue>> = {};
  for (const name of APP_SETTING_NAMES) {
    const said = own.origins.get(name)?.kind !== 'default';
    const value = own.values[name] ?? '';
    values[name] = value;
    if (OPTIONS[name].shared !== true) continue;
    if (OPTIONS[name].type === 'map') values[name] = combine(main.settings[name], value);
    else if (!said) values[name] = main.settings[name];
    if (!said) own.origins.set(name, inherited(main.origins.get(name)));
  }
  if (!table.entries.some((entry) => entry.name === 'target' && entry.raw !== '')) {
    const rest = { where: table.origin, hint: 'add target = "module:attribute"' };
    diagnostics.push(diagnostic('error', `[apps.${table.name}] names no application`, rest));
  }
  return { name: table.name, settings: values as unknown as AppSettings, origins: own.origins };
}

function inherited(origin: Origin | undefined): Origin {
  return origin === undefined || origin.kind === 'default'
    ? { kind: 'default' }
    : { kind: 'inherited', from: origin };
}
