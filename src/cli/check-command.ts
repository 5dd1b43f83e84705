import { diagnostic, type Diagnostic, hasErrors } from '../config/diagnostic.ts';
import { parseFlags } from '../config/flags.ts';
import type { Origin } from '../config/origin.ts';
import type { Resolution } from '../config/resolve.ts';
import { acmePlan } from './acme-plan.ts';
import { certificateFaults } from './certificate-faults.ts';
import { loadNative } from './load.ts';
import { report } from './report.ts';
import { answerCommandFlags, printConfig } from './serve-command.ts';
import { deniedFolders } from './static-folders.ts';
import type { Terminal } from './terminal.ts';

/** `licorne check`: every fault of the configuration at once, or a line that says it is sound. */
export async function runCheck(argv: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseFlags(argv);
  const early = await answerCommandFlags('check', line, terminal);
  if (early !== null) return early;
  const { resolution, file } = await loadNative(line, terminal);
  if (line.commands.has('print-config')) return printConfig(resolution, [], terminal);
  return reportCheck(resolution, file?.path ?? null, terminal);
}

/** Says whether a resolution is sound; exit code 0 or 1. */
export async function reportCheck(
  resolution: Resolution,
  file: string | null,
  terminal: Terminal,
): Promise<number> {
  const denied = await deniedFolders(resolution, terminal.files);
  const found = [
    ...resolution.diagnostics,
    ...orderFaults(resolution, terminal),
    ...certificateFaults(resolution),
  ];
  report(terminal, [...found, ...denied]);
  const errors = found.filter((one) => one.severity === 'error').length;
  if (hasErrors(found)) {
    terminal.err(`licorne: ${errors === 1 ? 'one error' : `${errors} errors`} in the configuration\n`);
    return 1;
  }
  const origins = resolution.apps.slice(1).flatMap((app) => [...app.origins.values()]);
  const said = [...resolution.origins.values(), ...origins].filter(isSaid).length;
  const from = file === null ? 'no configuration file' : file;
  const count = said === 1 ? 'one setting' : `${said} settings`;
  terminal.out(`configuration is sound: ${from}, ${count} given; the application itself was not imported\n`);
  return 0;
}

/** What keeps certificates from being ordered, as far as this machine can tell. */
function orderFaults(resolution: Resolution, { env }: Terminal): readonly Diagnostic[] {
  try {
    acmePlan(resolution, env, '');
    return [];
  } catch (error) {
    return [diagnostic('error', error instanceof Error ? error.message : String(error))];
  }
}

function isSaid(origin: Origin): boolean {
  if (origin.kind === 'tool') return origin.what !== 'default';
  return origin.kind !== 'default' && origin.kind !== 'inherited' && origin.kind !== 'found';
}
