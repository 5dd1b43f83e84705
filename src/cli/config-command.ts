import type { App } from '../config/apps.ts';
import { hasErrors } from '../config/diagnostic.ts';
import { type CommandLine, flagsOf, parseFlags } from '../config/flags.ts';
import { didYouMean } from '../config/nearest.ts';
import type { OptionRow } from '../config/option.ts';
import {
  APP_SETTING_NAMES,
  type AppSettingName,
  isAppSettingName,
  isSettingName,
  OPTIONS,
  SECTIONS,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  settingsOf,
  variableOf,
} from '../config/options.ts';
import { describeOrigin, type Origin } from '../config/origin.ts';
import { tomlValue } from '../config/print-toml.ts';
import type { Resolution } from '../config/resolve.ts';
import { jsonSchema } from '../config/schema.ts';
import { allowedOf } from '../config/value.ts';
import { loadNative } from './load.ts';
import {
  locationExplanation,
  locationKeyNamed,
  locationRows,
  siteExplanation,
  siteKeyNamed,
  siteRows,
} from './location-words.ts';
import { namedTables } from './named-tables.ts';
import { report } from './report.ts';
import { answerCommandFlags } from './serve-command.ts';
import type { Terminal } from './terminal.ts';

/** `licorne config show | explain KEY | schema`. */
export async function runConfig(argv: readonly string[], terminal: Terminal): Promise<number> {
  // `config explain --bind`: here a flag is the name of its setting.
  const [first, second = ''] = argv;
  const named = first === 'explain' && flagNames().has(second) ? second : null;
  const line = parseFlags(named === null ? argv : argv.filter((_, index) => index !== 1));
  const spoken = named === null ? line.positionals : [first ?? '', named, ...line.positionals.slice(1)];
  const [action = '', key = '', ...words] = spoken;
  const takesKey = action === 'explain';
  const rest: CommandLine = { ...line, positionals: takesKey || key === '' ? words : [key, ...words] };
  const early = await answerCommandFlags('config', rest, terminal);
  if (early !== null) return early;
  if (action === 'schema') return printSchema(terminal);
  if (action === 'show') return show(rest, terminal);
  if (takesKey && key !== '') return explain(key, rest, terminal);
  if (takesKey) {
    const hint = 'licorne config explain workers; licorne config show lists all settings';
    terminal.err(
      `licorne: error: config explain needs the name of a setting\n  usage    licorne config explain KEY\n  hint     ${hint}\n`,
    );
    return 2;
  }
  const fault = action === '' ? 'config needs to be told what to do' : `unknown action \`config ${action}\``;
  const hint =
    didYouMean(action, ['show', 'explain', 'schema']) ?? 'licorne config show, licorne config explain KEY';
  terminal.err(`licorne: error: ${fault}\n  allowed  show, explain KEY or schema\n  hint     ${hint}\n`);
  return 2;
}

function printSchema(terminal: Terminal): number {
  terminal.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return 0;
}

async function show(line: CommandLine, terminal: Terminal): Promise<number> {
  const resolution = await resolveForShow(line, terminal);
  const width = Math.max(...SETTING_NAMES.map((name) => name.length));
  const row = (key: string, value: string, origin: Origin): string =>
    `${`${key.padEnd(width)} = ${value}`.padEnd(width + 28)}  # ${describeOrigin(origin)}`;
  const table = (
    title: string,
    names: readonly SettingName[],
    { settings, origins }: { settings: Partial<Settings>; origins: Resolution['origins'] },
  ): string => {
    const rows = names.map((name) =>
      row(name, tomlValue(OPTIONS[name], settings[name] ?? ''), origins.get(name) ?? { kind: 'default' }),
    );
    return [`[${title}]`, ...rows].join('\n');
  };
  const blocks = SECTIONS.flatMap(({ name }) => [
    table(name, settingsOf(name), resolution),
    ...(name === 'app' ? resolution.apps.slice(1) : []).map((app) =>
      table(`apps.${app.name}`, APP_SETTING_NAMES, app),
    ),
  ]);
  for (const { title, rows } of namedTables(resolution))
    blocks.push([`[${title}]`, ...rows.map(({ key, value, origin }) => row(key, value, origin))].join('\n'));
  for (const site of resolution.sites) {
    if (site.origin === null && site.locations.length === 0) continue;
    blocks.push(
      ['[[site]]', ...siteRows(site).map(({ key, value, origin }) => row(key, value, origin))].join('\n'),
    );
    for (const location of site.locations) {
      const rows = locationRows(location).map(({ key, value, origin }) => row(key, value, origin));
      blocks.push(['[[site.location]]', ...rows].join('\n'));
    }
  }
  terminal.out(`${blocks.join('\n\n')}\n`);
  return hasErrors(resolution.diagnostics) ? 1 : 0;
}

async function explain(key: string, line: CommandLine, terminal: Terminal): Promise<number> {
  const locationKey = locationKeyNamed(key);
  if (locationKey !== null) {
    const { locations } = await resolveForShow(line, terminal);
    terminal.out(locationExplanation(locationKey, locations));
    return 0;
  }
  const siteKey = siteKeyNamed(key);
  if (siteKey !== null) {
    const { sites } = await resolveForShow(line, terminal);
    terminal.out(siteExplanation(siteKey, sites));
    return 0;
  }
  const [, table, rest] = /^\[?apps\.([^.\]]+)\]?[. ](.+)$/.exec(key) ?? [];
  const name = settingNamed(rest ?? key);
  if (name === null) {
    const hint = didYouMean(rest ?? key, SETTING_NAMES);
    terminal.err(
      `licorne: error: there is no setting \`${key}\`\n  hint     ${hint ?? 'licorne config show lists them'}\n`,
    );
    return 2;
  }
  const resolution = await resolveForShow(line, terminal);
  if (table === undefined) {
    terminal.out(explanation(name, resolution));
    return 0;
  }
  const app = resolution.apps.find((one) => one.name === table);
  if (app === undefined || !isAppSettingName(name)) {
    const fault =
      app === undefined
        ? `there is no application \`${table}\``
        : `\`${name}\` is not a setting of an application`;
    terminal.err(`licorne: error: ${fault}\n  hint     licorne config show lists them\n`);
    return 2;
  }
  terminal.out(appExplanation(name, app));
  return 0;
}

/** A setting by its name, by `[section] name`, `section.name`, or by one of its flags. */
function settingNamed(key: string): SettingName | null {
  const plain = key
    .replace(/^[a-z]+\./, '')
    .replaceAll('-', '_')
    .replace(/^_+/, '');
  if (isSettingName(plain)) return plain;
  const variable = SETTING_NAMES.find(
    (name) => variableOf(name) === key || OPTIONS[name].foreignEnv?.some((one) => one.name === key),
  );
  if (variable !== undefined) return variable;
  return SETTING_NAMES.find((name) => flagsOf(OPTIONS[name]).includes(key)) ?? null;
}

function flagNames(): ReadonlySet<string> {
  return new Set(SETTING_NAMES.flatMap((name) => flagsOf(OPTIONS[name])));
}

function explanation(name: SettingName, resolution: Resolution): string {
  const row = OPTIONS[name];
  const value = tomlValue(row, resolution.settings[name]);
  const others = (resolution.shadowed.get(name) ?? []).map(describeOrigin);
  const foreign = (row.foreignEnv ?? []).map((one) => one.name);
  const flags = flagsOf(row);
  return explanationText(row, {
    title: name,
    value,
    from: `${describeOrigin(originOf(resolution, name))}${others.length === 0 ? '' : `, stronger than ${others.join(', ')}`}`,
    standard: tomlValue(row, row.default),
    ways: [
      `  flag         ${flags.length === 0 ? `licorne ${row.metavar ?? ''}` : flags.join(', ')}`,
      `  environment  ${[variableOf(name), ...foreign].join(', ')}`,
      `  file         licorne.toml: [${row.section}] ${name} = ${exampleOf(value)}`,
    ],
  });
}

function appExplanation(name: AppSettingName, app: App): string {
  const row = OPTIONS[name];
  const value = tomlValue(row, app.settings[name]);
  return explanationText(row, {
    title: `apps.${app.name}.${name}`,
    value,
    from: describeOrigin(app.origins.get(name) ?? { kind: 'default' }),
    standard: row.shared === true ? 'as [app]' : tomlValue(row, row.default),
    ways: [`  file         licorne.toml: [apps.${app.name}] ${name} = ${exampleOf(value)}`],
  });
}

function exampleOf(value: string): string {
  return value === '""' || value === '[]' || value === '{}' ? '...' : value;
}

function explanationText(
  row: OptionRow,
  words: { title: string; value: string; from: string; standard: string; ways: readonly string[] },
): string {
  const lines = [
    `${words.title}: ${row.help}`,
    ...(row.doc === undefined ? [] : ['', ...wrap(row.doc, 96)]),
    '',
    `value     ${words.value}`,
    `from      ${words.from}`,
    `default   ${words.standard}`,
    `allowed   ${allowedOf(row)}`,
    `a change  ${RELOAD_WORDS[row.reload]}`,
    '',
    'set it',
    ...words.ways,
    `  by default   leave it out`,
  ];
  return `${lines.join('\n')}\n`;
}

const RELOAD_WORDS = {
  live: 'holds from a reload on; licorne reload --config is enough',
  workers: 'needs new workers: a reload does it without losing a request',
  gateways: 'needs new gateways: a reload does it without losing a request; WebSockets are closed',
  restart: 'needs the server to be started anew',
} as const;

async function resolveForShow(line: CommandLine, terminal: Terminal): Promise<Resolution> {
  const { resolution } = await loadNative(line, terminal);
  // Somebody who only looks at the settings need not have an application.
  report(
    terminal,
    resolution.diagnostics.filter((one) => one.severity !== 'note' && one.where !== null),
  );
  return resolution;
}

function originOf(resolution: Resolution, name: SettingName): Origin {
  return resolution.origins.get(name) ?? { kind: 'default' };
}

/** Breaks a text at spaces into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
