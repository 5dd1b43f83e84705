import { hasErrors } from '../config/diagnostic.ts';
import { parseFlags } from '../config/flags.ts';
import { askedRequest, readAskedFlags } from './asked-request.ts';
import { explanationOf } from './explanation.ts';
import { loadNative } from './load.ts';
import { report } from './report.ts';
import { answerCommandFlags } from './serve-command.ts';
import type { Terminal } from './terminal.ts';

/** `licorne explain URL`: exit code 0, 1 with a faulty configuration, 2 without a URL. */
export async function runExplain(argv: readonly string[], terminal: Terminal): Promise<number> {
  const flags = readAskedFlags(argv);
  const line = parseFlags(flags.rest);
  const [text = '', ...positionals] = line.positionals;
  const rest = { ...line, positionals };
  const early = await answerCommandFlags('explain', rest, terminal);
  if (early !== null) return early;
  const asked = flags.fault === '' ? askedRequest(text, flags) : flags.fault;
  if (typeof asked === 'string') {
    terminal.err(
      `licorne: error: ${asked}\n  usage    licorne explain URL [--method M] [--header 'NAME: VALUE'] [--client ADDRESS]\n  hint     licorne explain https://example.com/static/a.css\n`,
    );
    return 2;
  }
  const { resolution } = await loadNative(rest, terminal);
  // Who only asks where a request goes need not have an application.
  report(
    terminal,
    resolution.diagnostics.filter((one) => one.severity !== 'note' && one.where !== null),
  );
  if (hasErrors(resolution.diagnostics.filter((one) => one.where !== null))) return 1;
  terminal.out(explanationOf(asked, resolution, (path) => terminal.files.read(path)));
  return 0;
}
