import { type ArgumentSpec, type FoundArgument, scanArguments } from './args.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { INSTEAD } from './instead.ts';
import type { OptionRow } from './option.ts';
import { OPTIONS, SETTING_NAMES, type SettingName } from './options.ts';
import type { Origin } from './origin.ts';

/** What a command line says about the settings; `diagnostics` are faults of the line itself (exit code 2). */
export interface ParsedFlags {
  readonly entries: readonly Entry[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A native command line: settings, words, and the flags that are about the command. */
export interface CommandLine extends ParsedFlags {
  readonly positionals: readonly string[];
  /** `-c FILE`, or null. */
  readonly config: string | null;
  readonly commands: ReadonlySet<CommandFlag>;
}

export type CommandFlag = 'help' | 'version' | 'print-config';

/** Flags that are not settings. */
export const COMMAND_FLAGS: readonly {
  readonly flags: readonly string[];
  readonly metavar: string | null;
  readonly help: string;
}[] = [
  {
    flags: ['-c', '--config'],
    metavar: 'FILE',
    help: 'Configuration file; default ./licorne.toml if there is one',
  },
  {
    flags: ['--print-config'],
    metavar: null,
    help: 'Print the configuration the command line amounts to, and leave',
  },
  { flags: ['-h', '--help'], metavar: null, help: 'Show help and leave' },
  { flags: ['-V', '--version'], metavar: null, help: 'Print the version and leave' },
];

/** Reads a native command line; the words that are no flags are left to the caller. */
export function parseFlags(argv: readonly string[]): CommandLine {
  const scan = scanArguments(argv, flagTable(), { prefixes: false, origin: flagOrigin, instead: INSTEAD });
  const entries: Entry[] = [];
  const commands = new Set<CommandFlag>();
  let config: string | null = null;
  const diagnostics = [...scan.faults];
  for (const found of scan.found) {
    if (found.spec.command === 'config') {
      if (config !== null)
        diagnostics.push(
          diagnostic('error', `${found.flag} was given twice`, { where: flagOrigin(found.flag) }),
        );
      config = found.value;
    } else if (found.spec.command !== null) commands.add(found.spec.command);
    else if (found.spec.name !== null) entries.push(entryOf(found, found.spec.name));
  }
  return { entries, diagnostics, positionals: scan.positionals, config, commands };
}

/** All flags of an option, the ones for its opposite included, in the order they are shown. */
export function flagsOf(row: OptionRow): readonly string[] {
  const bare = Object.keys(row.bareFlags ?? {}).filter((flag) => !row.flags.includes(flag));
  const no = row.type === 'boolean' ? row.flags.filter((flag) => flag.startsWith('--')).map(negated) : [];
  return [...row.flags, ...bare, ...no, ...(row.aliases ?? [])];
}

interface FlagSpec extends ArgumentSpec {
  readonly name: SettingName | null;
  readonly command: CommandFlag | 'config' | null;
  /** What the flag stands for when no value is attached. */
  readonly bare: string | null;
}

function entryOf(found: FoundArgument<FlagSpec>, name: SettingName): Entry {
  return { name, raw: found.value ?? found.spec.bare ?? '', origin: flagOrigin(found.flag) };
}

function flagOrigin(flag: string): Origin {
  return { kind: 'flag', flag };
}

function negated(flag: string): string {
  return `--no-${flag.slice(2)}`;
}

function flagTable(): ReadonlyMap<string, FlagSpec> {
  const table = new Map<string, FlagSpec>();
  for (const name of SETTING_NAMES) {
    const row = OPTIONS[name];
    for (const flag of flagsOf(row)) table.set(flag, specOf(name, row, flag));
  }
  for (const { flags, metavar } of COMMAND_FLAGS) {
    const command = flags[flags.length - 1]?.slice(2) as CommandFlag | 'config';
    for (const flag of flags)
      table.set(flag, { takes: metavar === null ? 'none' : 'value', name: null, command, bare: null });
  }
  return table;
}

function specOf(name: SettingName, row: OptionRow, flag: string): FlagSpec {
  const takesValue = row.flags.includes(flag) || (row.aliases?.includes(flag) ?? false);
  const bare = row.bareFlags?.[flag] ?? null;
  if (row.type === 'boolean') {
    const opposite = row.flags.some((one) => negated(one) === flag);
    return { takes: 'none', name, command: null, bare: opposite ? 'false' : 'true' };
  }
  return {
    takes: bare === null ? 'value' : takesValue ? 'optional-word' : 'none',
    name,
    command: null,
    bare,
  };
}
