import { COMMANDS, findCommand } from './commands.ts';
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
  if (command.run === null) {
    terminal.err(`licorne: error: \`licorne ${command.name}\` is not in this version yet\n`);
    return 1;
  }
  return command.run(argv.slice(1), terminal);
}

async function runDefault(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first = ''] = argv;
  // A single lower-case word may be a module; it is taken for a misspelled command only when no such module is here.
  if (/^[a-z]+$/.test(first) && !terminal.files.exists(`${first}.py`) && !terminal.files.exists(first)) {
    const { nearest } = await import('../config/nearest.ts');
    const names = COMMANDS.map((command) => command.name);
    const meant = nearest(first, names);
    if (meant !== null) {
      terminal.err(
        `licorne: error: unknown command \`${first}\`\n  hint     did you mean \`${meant}\`? To serve the module ${first}, write licorne serve ${first}\n`,
      );
      return 2;
    }
  }
  return (await import('./serve-command.ts')).runServe(argv, terminal);
}
