import { diagnostic, hasErrors } from '../config/diagnostic.ts';
import { type CommandLine, parseFlags } from '../config/flags.ts';
import { printToml } from '../config/print-toml.ts';
import type { Resolution } from '../config/resolve.ts';
import { findCommand } from './commands.ts';
import type { DevMode } from './dev-mode.ts';
import { loadNative } from './load.ts';
import type { Reread } from './replan.ts';
import { configurationFault, report } from './report.ts';
import { tellPredecessor } from './tell-predecessor.ts';
import type { Terminal } from './terminal.ts';
import { fileAsTarget } from './words.ts';

/** `licorne [serve] [TARGET] [OPTIONS]`. */
export async function runServe(argv: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseFlags(argv);
  const early = await answerCommandFlags('serve', line, terminal);
  if (early !== null) return early;
  const { resolution } = await loadNative(line, terminal);
  if (line.commands.has('print-config')) return printConfig(resolution, [], terminal);
  const reread = async (): Promise<Resolution> => (await loadNative(line, terminal)).resolution;
  return serveResolution(resolution, reread, terminal);
}

/** Tells what is wrong, then serves when nothing is. @param reread the same resolution, made again. */
export async function serveResolution(
  resolution: Resolution,
  reread: Reread,
  terminal: Terminal,
  mode: DevMode | null = null,
): Promise<number> {
  report(terminal, resolution.diagnostics);
  if (hasErrors(resolution.diagnostics)) {
    await tellPredecessor(terminal.env, configurationFault(resolution.diagnostics));
    return 1;
  }
  return (await import('./serve.ts')).serve(resolution, reread, mode);
}

/** Prints the native file a resolution amounts to; its faults go to stderr and make the exit code 1. */
export function printConfig(resolution: Resolution, heading: readonly string[], terminal: Terminal): number {
  report(
    terminal,
    resolution.diagnostics.filter((one) => one.severity !== 'note'),
  );
  terminal.out(printToml(resolution, heading));
  return hasErrors(resolution.diagnostics) ? 1 : 0;
}

/**
 * What every command with settings does first: `--help`, `--version`, and the faults of the command line, which end it
 * with 2. Null: go on.
 */
export async function answerCommandFlags(
  name: string,
  line: CommandLine,
  terminal: Terminal,
): Promise<number | null> {
  if (line.commands.has('help'))
    return (await import('./help.ts')).runHelp(name === 'serve' ? [] : [name], terminal);
  if (line.commands.has('version')) {
    terminal.out(`licorne ${(await import('./version.ts')).version()}\n`);
    return 0;
  }
  const faults = [...line.diagnostics];
  // After a fault the words are not to be trusted: the value of an unknown flag is one of them.
  const [target] = line.positionals;
  const file = target === undefined ? null : fileAsTarget(target, terminal.files);
  if (faults.length === 0 && file !== null) faults.push(file);
  else if (faults.length === 0 && line.positionals.length > 1) faults.push(tooMany(line.positionals));
  if (faults.length === 0) return null;
  report(terminal, faults);
  terminal.err(
    `  usage    licorne ${findCommand(name)?.usage ?? name}; licorne ${name === 'serve' ? '' : `${name} `}--help\n`,
  );
  return 2;
}

function tooMany(words: readonly string[]): ReturnType<typeof diagnostic> {
  const command = words.map(findCommand).find((one) => one !== null);
  const hint = command ? `\`${command.name}\` is a command; it comes first: licorne ${command.usage}` : null;
  return diagnostic('error', `too many words: ${words.map((word) => `\`${word}\``).join(' ')}`, {
    allowed: 'one TARGET',
    hint,
  });
}
