import { COMMAND_FLAGS } from '../config/flags.ts';
import type { OptionRow } from '../config/option.ts';
import { OPTIONS, SECTIONS, settingsOf } from '../config/options.ts';
import { tomlValue } from '../config/print-toml.ts';
import { formatBytes, formatDuration } from '../config/value.ts';
import { type Command, COMMANDS, findCommand } from './commands.ts';
import type { Terminal } from './terminal.ts';

const WIDTH = 100;
const FLAG_COLUMN = 36;

/** `licorne help [COMMAND]`. */
export function runHelp(argv: readonly string[], terminal: Terminal): Promise<number> {
  const name = argv.find((word) => !word.startsWith('-')) ?? '';
  const command = name === '' ? null : findCommand(name);
  if (name !== '' && command === null) {
    terminal.err(`licorne: error: there is no command \`${name}\`\n  hint     licorne help\n`);
    return Promise.resolve(2);
  }
  terminal.out(command === null ? mainHelp() : commandHelp(command));
  return Promise.resolve(0);
}

/** The whole help: commands, then every flag with its default, by section. */
export function mainHelp(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const commands = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    'licorne serves Python web applications: web server and application server in one program.',
    '',
    'Usage: licorne [TARGET] [OPTIONS]',
    '       licorne COMMAND [ARGUMENTS]',
    '',
    'TARGET is module, module:attribute or module:factory(). In a Django project it may be left out.',
    '',
    'Commands',
    ...commands,
    ...settingsHelp(),
    '',
    'Sizes: 65536, 64k, 10m, 1g. Times: 30, 500ms, 2m, 1h. Every option is also a key of licorne.toml',
    'and a variable: --graceful-timeout is graceful_timeout and LICORNE_GRACEFUL_TIMEOUT.',
    'More on one: licorne config explain KEY',
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const lines = [`Usage: licorne ${command.usage}`, '', `${command.summary}.`];
  if (command.detail !== undefined) lines.push('', command.detail);
  if (command.flags !== undefined)
    lines.push(
      '',
      ...Object.entries(command.flags).map(([flag, help]) => `  ${flag.padEnd(FLAG_COLUMN - 22)}${help}`),
    );
  if (command.takesSettings) lines.push(...settingsHelp());
  return `${lines.join('\n')}\n`;
}

function settingsHelp(): string[] {
  const lines = [
    '',
    'Command line',
    ...COMMAND_FLAGS.flatMap((one) => flagHelp(one.flags, one.metavar, one.help, null)),
  ];
  for (const section of SECTIONS) {
    const rows = settingsOf(section.name)
      .map((name) => OPTIONS[name])
      .filter((row) => row.flags.length > 0);
    lines.push('', section.title, ...rows.flatMap(optionHelp));
  }
  return lines;
}

function optionHelp(row: OptionRow): string[] {
  const metavar =
    row.type === 'choice' ? row.choices.join('|') : row.type === 'boolean' ? null : (row.metavar ?? 'VALUE');
  const bare = row.flags.some((flag) => Object.hasOwn(row.bareFlags ?? {}, flag));
  return flagHelp(
    row.flags,
    metavar === null ? null : bare ? `[${metavar}]` : metavar,
    row.help,
    defaultText(row),
  );
}

function flagHelp(
  flags: readonly string[],
  metavar: string | null,
  help: string,
  standard: string | null,
): string[] {
  const short = flags.some((flag) => !flag.startsWith('--'));
  const value = metavar === null ? '' : ` ${metavar}`;
  const left = `  ${short ? '' : '    '}${flags.join(', ')}${value}`;
  const text = standard === null ? help : `${help} [${standard}]`;
  const room = WIDTH - FLAG_COLUMN;
  const [first = '', ...more] = wrapped(text, room);
  const head =
    left.length + 2 <= FLAG_COLUMN
      ? [left.padEnd(FLAG_COLUMN) + first]
      : [left, ' '.repeat(FLAG_COLUMN) + first];
  return [...head, ...more.map((part) => ' '.repeat(FLAG_COLUMN) + part)];
}

function defaultText(row: OptionRow): string | null {
  if (row.default === '' || row.type === 'map' || row.default === false) return null;
  if (row.type === 'list') return row.default.length === 0 ? null : row.default.join(', ');
  if (row.type === 'bytes') return formatBytes(row.default);
  if (row.type === 'duration') return formatDuration(row.default);
  return row.type === 'mode' ? tomlValue(row, row.default) : String(row.default);
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
