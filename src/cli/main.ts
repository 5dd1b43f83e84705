import { type Command, findCommand } from './commands.ts';
import { earlySignals } from './early-signals.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs one command line; gives the exit code: 0 done, 1 wrong configuration, 2 wrong command line. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const [first = '', second = ''] = argv;
  if (argv.length === 1 && (first === '--version' || first === '-V')) {
    terminal.out(`licorne ${version()}\n`);
    return 0;
  }
  // `licorne --print-config gunicorn ...` asks the same as `licorne gunicorn ... --print-config`.
  const command = findCommand(first === '--print-config' ? second : first);
  if (command !== null && first === '--print-config')
    return main([second, first, ...argv.slice(2)], terminal);
  if (command === null) return runDefault(argv, terminal);
  decideSignals(command.serves === true, argv);
  return command.run(argv.slice(1), terminal);
}

async function runDefault(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first = ''] = argv;
  const { isModuleHere, unknownCommand } = await import('./words.ts');
  const unknown = unknownCommand(first, terminal.files);
  if (unknown !== null) {
    (await import('./report.ts')).report(terminal, [unknown]);
    return 2;
  }
  const { parseFlags } = await import('../config/flags.ts');
  const [word = ''] = parseFlags(argv).positionals;
  const late = findCommand(word);
  if (late !== null && !isModuleHere(terminal.files, word)) return runLate(late, argv, terminal);
  decideSignals(true, argv);
  return (await import('./serve-command.ts')).runServe(argv, terminal);
}

/** With one of these nothing is served, whatever the command. */
const NOT_SERVED = new Set(['--help', '-h', '--version', '-V', '--print-config', '--check-config']);

function decideSignals(serves: boolean, argv: readonly string[]): void {
  if (serves && !argv.some((word) => NOT_SERVED.has(word))) earlySignals.server();
  else earlySignals.release();
}

/** `licorne -c site.toml check`: the command is meant, though it comes after flags. */
async function runLate(command: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  const { name } = command;
  const at = argv.indexOf(name);
  // The flags before another server's name are ours, and it has its own.
  if (command.takesSettings && at === argv.lastIndexOf(name))
    return main([name, ...argv.slice(0, at), ...argv.slice(at + 1)], terminal);
  terminal.err(
    `licorne: error: \`${name}\` is a command; it comes first\n  hint     licorne ${command.usage}\n`,
  );
  return 2;
}
