import { flagsOf } from './flags.ts';
import { OPTIONS, SECTIONS, type SettingName, settingsOf, variableOf } from './options.ts';
import { tomlValue } from './print-toml.ts';
import { allowedOf } from './value.ts';

const RELOAD = {
  live: 'takes effect at a reload',
  workers: 'takes effect at a reload, with new workers',
  restart: 'takes effect when the server is started anew',
} as const;

/** docs/reference/settings.md, whole. */
export function settingsReference(): string {
  return [HEADER, ...SECTIONS.map((section) => sectionText(section.name, section.title, section.help))].join(
    '\n',
  );
}

const HEADER = `# Settings

Made from the option table by \`npm run derive\`; change the table in \`src/config/options/\`, not this page.

Every setting can be given in four ways. The stronger one wins, and \`licorne config explain KEY\` tells which one did:

1. a flag of the command line: \`--workers 4\`
2. a variable of the environment: \`LICORNE_WORKERS=4\`
3. a key of the configuration file (\`-c FILE\`, \`LICORNE_CONFIG\`, else \`licorne.toml\` in the current folder): \`workers = 4\` under \`[app]\`
4. nothing: the default

Sizes are bytes or \`64k\`, \`10m\`, \`1g\` (1k = 1024). Times are seconds or \`500ms\`, \`30s\`, \`2m\`, \`1h\`. A list is given by
repeating its flag, as an array in the file, and separated by commas in the environment; \`LICORNE_ENV\` has one \`KEY=VALUE\`
per line. Relative paths in a file are relative to the folder of the file, all others to the folder the server was started
in. An unknown key, flag or value is an error that names the nearest known one; nothing wrong is ever replaced by a default in silence.
`;

function sectionText(name: Parameters<typeof settingsOf>[0], title: string, help: string): string {
  return [`## ${title}: \`[${name}]\``, '', help, '', ...settingsOf(name).map(settingText)].join('\n');
}

function settingText(name: SettingName): string {
  const row = OPTIONS[name];
  const flags = flagsOf(row);
  const spoken =
    flags.length === 0 ? 'the word without a flag' : flags.map((flag) => `\`${flag}\``).join(', ');
  const variables = [variableOf(name), ...(row.foreignEnv ?? []).map((one) => one.name)].map(
    (one) => `\`${one}\``,
  );
  return [
    `### \`${name}\``,
    '',
    `${row.help}.${row.doc === undefined ? '' : ` ${row.doc}`}`,
    '',
    `- Default: \`${tomlValue(row, row.default)}\``,
    `- Allowed: ${allowedOf(row)}`,
    `- Flags: ${spoken}`,
    `- Environment: ${variables.join(', ')}`,
    `- A change ${RELOAD[row.reload]}`,
    '',
  ].join('\n');
}
