import { hasErrors } from '../config/diagnostic.ts';
import { parseFlags } from '../config/flags.ts';
import { parseTarget, type Target } from '../http/target.ts';
import { explanationOf } from './explanation.ts';
import { loadNative } from './load.ts';
import { report } from './report.ts';
import { answerCommandFlags } from './serve-command.ts';
import type { Terminal } from './terminal.ts';

/** `licorne explain URL`: exit code 0, 1 with a faulty configuration, 2 without a URL. */
export async function runExplain(argv: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseFlags(argv);
  const [text = '', ...positionals] = line.positionals;
  const rest = { ...line, positionals };
  const early = await answerCommandFlags('explain', rest, terminal);
  if (early !== null) return early;
  const asked = readUrl(text);
  if (typeof asked === 'string') {
    terminal.err(
      `licorne: error: ${asked}\n  usage    licorne explain URL\n  hint     licorne explain https://example.com/static/a.css\n`,
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
  terminal.out(explanationOf(asked, resolution));
  return 0;
}

/** A URL as a client would ask for it. */
export interface AskedUrl {
  readonly scheme: 'http' | 'https';
  /** Empty: it names none. */
  readonly host: string;
  readonly target: Target;
}

/** With scheme and host, with a host, or a path alone; else what is wrong with it. */
export function readUrl(text: string): AskedUrl | string {
  if (text === '') return 'explain needs a URL';
  const [, scheme = 'http', host = '', rest = ''] =
    /^(?:(https?):\/\/)?([^/?#]*)([^]*)$/i.exec(
      text.includes('://') || !text.startsWith('/') ? text : `http://${text}`,
    ) ?? [];
  if (text.includes('://') && host === '') return `\`${text}\` names no host`;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  const raw = Buffer.from(path.replace(/#[^]*$/, ''), 'utf8')
    .toString('latin1')
    .replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  const target = parseTarget(raw, 'GET');
  if (!('path' in target)) return `\`${text}\`: ${target.reason}`;
  return { scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http', host, target };
}
