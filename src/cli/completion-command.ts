import { COMMAND_FLAGS, flagsOf } from '../config/flags.ts';
import type { OptionRow } from '../config/option.ts';
import { OPTIONS, SETTING_NAMES } from '../config/options.ts';
import { type Command, COMMANDS } from './commands.ts';
import type { Terminal } from './terminal.ts';

/** `licorne completion bash|zsh|fish`. */
export async function runCompletion(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [shell = ''] = argv;
  if (argv.includes('--help') || argv.includes('-h'))
    return (await import('./help.ts')).runHelp(['completion'], terminal);
  const script = SHELLS[shell];
  if (script === undefined || argv.length !== 1) {
    terminal.err('licorne: error: completion needs the name of a shell\n  allowed  bash, zsh or fish\n');
    return 2;
  }
  terminal.out(script());
  return 0;
}

interface Flag {
  readonly flag: string;
  readonly help: string;
  /** Values to offer, empty: no value; `files`, `folders` or `any`: what follows. */
  readonly value: readonly string[] | 'none' | 'files' | 'folders' | 'any';
}

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

function flags(): readonly Flag[] {
  const own = SETTING_NAMES.flatMap((name) => {
    const row = OPTIONS[name];
    return flagsOf(row).map((flag): Flag => ({ flag, help: row.help, value: valueOf(row, flag) }));
  });
  const rest = COMMAND_FLAGS.flatMap(({ flags: names, help, metavar }) =>
    names.map((flag): Flag => ({ flag, help, value: metavar === null ? 'none' : 'files' })),
  );
  return [...rest, ...own];
}

function valueOf(row: OptionRow, flag: string): Flag['value'] {
  if (row.type === 'boolean' || Object.hasOwn(row.bareFlags ?? {}, flag)) return 'none';
  if (row.type === 'choice') return row.choices;
  if (row.type === 'path') return row.metavar === 'DIR' ? 'folders' : 'files';
  return row.type === 'list' && row.items === 'path' ? 'folders' : 'any';
}

function words(): readonly string[] {
  return COMMANDS.map((command) => command.name);
}

function bash(): string {
  const cases = flags()
    .filter((one) => one.value !== 'none')
    .map(({ flag, value }) => `    ${flag}) ${bashReply(value)}; return ;;`);
  return `# licorne completion for bash
_licorne() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  case "$prev" in
${cases.join('\n')}
    --pid) return ;;
    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")); return ;;
    config) COMPREPLY=($(compgen -W 'show explain schema' -- "$cur")); return ;;
    explain) COMPREPLY=($(compgen -W '${SETTING_NAMES.join(' ')}' -- "$cur")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${COMMANDS.flatMap(bashOwnFlags).join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W '${flags()
      .map((one) => one.flag)
      .join(' ')}' -- "$cur"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${words().join(' ')}' -- "$cur"))
  fi
}
complete -o default -F _licorne licorne
`;
}

/** What follows a flag of a command. */
function valueOfOwn(flag: string): Flag['value'] {
  if (flag === '--run-dir') return 'folders';
  return flag === '--pid' ? 'any' : 'none';
}

/** A command with flags of its own takes no others. */
function bashOwnFlags({ name, flags: own }: Command): readonly string[] {
  if (own === undefined) return [];
  return [`    ${name}) COMPREPLY=($(compgen -W '${Object.keys(own).join(' ')}' -- "$cur")); return ;;`];
}

function bashReply(value: Flag['value']): string {
  if (value === 'files') return 'COMPREPLY=($(compgen -f -- "$cur"))';
  if (value === 'folders') return 'COMPREPLY=($(compgen -d -- "$cur"))';
  return value === 'any' || value === 'none'
    ? ':'
    : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur"))`;
}

function zsh(): string {
  const specs = flags().map(({ flag, help, value }) => `    '${flag}[${zshText(help)}]${zshValue(value)}'`);
  const commands = COMMANDS.map((command) => `    '${command.name}:${zshText(command.summary)}'`);
  return `#compdef licorne
# licorne completion for zsh
_licorne() {
  local -a commands options
  commands=(
${commands.join('\n')}
  )
  options=(
${specs.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ "$words[2]" != -* ]]; then
    _describe -t commands command commands
${COMMANDS.flatMap(zshOwnFlags).join('\n')}
  elif [[ "$words[2]" == completion ]]; then
    _values shell bash zsh fish
  elif [[ "$words[2]" == config && CURRENT -eq 3 ]]; then
    _values action show explain schema
  elif [[ "$words[2]" == config && "$words[3]" == explain ]]; then
    _values setting ${SETTING_NAMES.join(' ')}
  else
    _arguments -s $options
  fi
}
(( $+functions[compdef] )) && compdef _licorne licorne
`;
}

function zshOwnFlags({ name, flags: own }: Command): readonly string[] {
  if (own === undefined) return [];
  const specs = Object.entries(own).map(
    ([flag, help]) => ` '${flag}[${zshText(help)}]${zshValue(valueOfOwn(flag))}'`,
  );
  return [`  elif [[ "$words[2]" == ${name} ]]; then`, `    _arguments${specs.join('')}`];
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, (char) => `\\${char}`);
}

function zshValue(value: Flag['value']): string {
  if (value === 'none') return '';
  if (value === 'files') return ':file:_files';
  if (value === 'folders') return ':folder:_files -/';
  return value === 'any' ? ':value: ' : `:value:(${value.join(' ')})`;
}

function fish(): string {
  const lines = ['# licorne completion for fish', 'complete -c licorne -f'];
  for (const { name, summary } of COMMANDS) {
    lines.push(`complete -c licorne -n __fish_use_subcommand -a ${name} -d ${fishText(summary)}`);
  }
  lines.push("complete -c licorne -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
  lines.push("complete -c licorne -n '__fish_seen_subcommand_from config' -a 'show explain schema'");
  lines.push(`complete -c licorne -n '__fish_seen_subcommand_from explain' -a '${SETTING_NAMES.join(' ')}'`);
  for (const { name, flags: own } of COMMANDS)
    for (const [flag, help] of Object.entries(own ?? {}))
      lines.push(
        `complete -c licorne -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${fishText(help)}${fishValue(valueOfOwn(flag))}`,
      );
  for (const { flag, help, value } of flags()) {
    const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
    lines.push(`complete -c licorne ${name}${fishValue(value)} -d ${fishText(help)}`);
  }
  return `${lines.join('\n')}\n`;
}

function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function fishValue(value: Flag['value']): string {
  if (value === 'none') return '';
  if (value === 'files') return ' -r -F';
  if (value === 'folders') return " -x -a '(__fish_complete_directories)'";
  return value === 'any' ? ' -x' : ` -x -a '${value.join(' ')}'`;
}
