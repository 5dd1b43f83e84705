import type { Diagnostic } from '../config/diagnostic.ts';
import { describeOrigin } from '../config/origin.ts';
import type { Refusal } from '../supervisor/reload.ts';
import type { Terminal } from './terminal.ts';

const COLORS = { error: '31;1', warning: '33;1', note: '36' } as const;

/** Writes diagnostics to stderr: `licorne: error: ...`, then where, what is allowed, what to do. */
export function report(terminal: Terminal, diagnostics: readonly Diagnostic[]): void {
  for (const one of diagnostics) terminal.err(diagnosticText(one, terminal.color));
}

/** One diagnostic as it is shown, with its line breaks. */
export function diagnosticText(one: Diagnostic, color = false): string {
  const paint = (text: string, code: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const where = one.where === null || one.where.kind === 'default' ? null : one.where;
  // A place in a file leads the line, in the form editors jump to.
  const [place, detail] =
    where?.kind === 'file'
      ? [describeOrigin(where), null]
      : ['licorne', where === null ? null : describeOrigin(where)];
  const lines = [`${place}: ${paint(`${one.severity}:`, COLORS[one.severity])} ${clean(one.message)}`];
  if (detail !== null) lines.push(`  from     ${clean(detail)}`);
  if (one.allowed !== null) lines.push(`  allowed  ${clean(one.allowed)}`);
  if (one.hint !== null) lines.push(`  hint     ${clean(one.hint)}`);
  return `${lines.join('\n')}\n`;
}

/** Those of a kind, as they are shown. */
export function diagnosticTexts(
  diagnostics: readonly Diagnostic[],
  severity: Diagnostic['severity'],
): readonly string[] {
  return diagnostics.filter((one) => one.severity === severity).map((one) => diagnosticText(one));
}

/** All that is wrong with a configuration, as the reason why something is not done. */
export function configurationFault(diagnostics: readonly Diagnostic[]): Refusal {
  const errors = diagnosticTexts(diagnostics, 'error');
  const title = `${errors.length === 1 ? 'one error' : `${errors.length} errors`} in the configuration`;
  return { ok: false, title, traceback: errors.join(''), hint: '' };
}

/** Values are quoted in messages; none of them may drive the terminal. */
function clean(text: string): string {
  return text.replaceAll(
    /[\x00-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
