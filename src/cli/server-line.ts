import { type ArgumentSpec, scanArguments } from '../config/args.ts';
import { diagnostic } from '../config/diagnostic.ts';
import { findCommand } from './commands.ts';
import { report } from './report.ts';
import type { Terminal } from './terminal.ts';

/** What was typed after `licorne reload` and its like. */
export interface ServerLine {
  /** Of the master; null: the server of this folder. */
  readonly pid: number | null;
  /** Where its control socket is; null: not said. */
  readonly runDir: string | null;
  /** The flags of this command that were given, such as `--json`. */
  readonly flags: ReadonlySet<string>;
  readonly positionals: readonly string[];
}

interface FlagSpec extends ArgumentSpec {
  readonly takes: 'value' | 'none';
}

/**
 * Reads the line of a command that talks to a running server; a number is the exit code of a line that was answered at once, by its help or its faults.
 * @param own flags of this command, which take no value
 */
export async function readServerLine(
  name: string,
  argv: readonly string[],
  own: readonly string[],
  positionalsMax: number,
  terminal: Terminal,
): Promise<ServerLine | number> {
  const table = new Map<string, FlagSpec>([
    ['--pid', { takes: 'value' }],
    ['--run-dir', { takes: 'value' }],
    ['-h', { takes: 'none' }],
    ['--help', { takes: 'none' }],
    ...own.map((flag): [string, FlagSpec] => [flag, { takes: 'none' }]),
  ]);
  const scan = scanArguments(argv, table, { prefixes: false, origin: (flag) => ({ kind: 'flag', flag }) });
  const given = new Map(scan.found.map(({ flag, value }) => [flag, value ?? '']));
  if (given.has('-h') || given.has('--help')) return (await import('./help.ts')).runHelp([name], terminal);
  const faults = [...scan.faults];
  const pid = given.get('--pid');
  if (pid !== undefined && !/^[1-9][0-9]{0,9}$/.test(pid)) {
    const where = { kind: 'flag', flag: '--pid' } as const;
    const message = `\`${pid}\` is no process id`;
    faults.push(
      diagnostic('error', message, { where, hint: 'licorne status --all lists the servers that run' }),
    );
  }
  if (scan.positionals.length > positionalsMax) {
    const extra = scan.positionals.slice(positionalsMax).map((word) => `\`${word}\``);
    faults.push(diagnostic('error', `unexpected: ${extra.join(' ')}`));
  }
  if (faults.length > 0) {
    report(terminal, faults);
    terminal.err(`  usage    licorne ${findCommand(name)?.usage ?? name}\n`);
    return 2;
  }
  return {
    pid: pid === undefined ? null : Number(pid),
    runDir: given.get('--run-dir') ?? null,
    flags: new Set(own.filter((flag) => given.has(flag))),
    positionals: scan.positionals,
  };
}
