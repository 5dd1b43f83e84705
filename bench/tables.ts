// Measures as Markdown. Pure.
import { advantage, type Measure, OURS } from './measure.ts';
import { judge } from './goals.ts';
import { readable, times } from './numbers.ts';
import { median, quantile } from './statistics.ts';

/** What stands above the tables. */
export interface Preface {
  readonly title: string;
  /** Name and value, such as the processor. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What could not be measured, and why. */
  readonly skipped: readonly string[];
  /** How each server was started; of those that differ between works, the first one. */
  readonly commands: readonly (readonly [server: string, command: string])[];
  /** The picture beside this file. */
  readonly chart: string | null;
}

/** The whole document. */
export function document(preface: Preface, measures: readonly Measure[]): string {
  const facts = preface.facts.map(([name, value]) => [name, value]);
  const goals = judge(measures).map(({ goal, measured, met }) => [goal, measured, met ? 'yes' : '**no**']);
  const parts = [
    `# ${preface.title}`,
    'All servers of a table ran at the same time and were loaded in turn, in short rounds. The last column is the median of the ratios of each round, and between ' +
      'which values they lay: only these compare servers. Absolute figures say what this machine did at that hour.',
    preface.chart ? `![Requests per second by server](${preface.chart})` : '',
    table(['', ''], facts),
    preface.skipped.length > 0
      ? `Not measured:\n\n${preface.skipped.map((line) => `- ${line}`).join('\n')}`
      : '',
    goals.length > 0 ? `## Goals\n\n${table(['goal', 'measured', 'met'], goals)}` : '',
    ...measures.map(section),
    preface.commands.length > 0
      ? `## Commands\n\n${preface.commands.map(([server, command]) => `- ${server}: \`${command}\``).join('\n')}`
      : '',
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One measure: heading, table, note. */
export function section(measure: Measure): string {
  const headers =
    measure.headers === null ? '' : measure.headers === 'bare' ? ', bare headers' : ', a browser’s headers';
  const rows = sorted(measure).map((figure) => {
    if (figure.failed !== undefined) return [figure.server, '–', figure.failed];
    const rounds = figure.rounds;
    const middle = `${readable(median(rounds))} (${readable(quantile(rounds, 0.25))}–${readable(quantile(rounds, 0.75))})`;
    const ratio = figure.server === OURS ? undefined : advantage(measure, OURS, figure.server);
    const against = ratio ? `${times(ratio.median)} × (${times(ratio.low)}–${times(ratio.high)})` : '';
    return [figure.server, middle, against];
  });
  const unit = `${measure.unit}: median (middle half)`;
  const text = `## ${measure.work}: ${measure.title}${headers}\n\n${table(['server', unit, `${OURS} is better by`], rows)}`;
  return measure.note ? `${text}\n\n${measure.note}` : text;
}

function sorted(measure: Measure): Measure['figures'] {
  const sign = measure.better === 'higher' ? -1 : 1;
  const worst = measure.better === 'higher' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = (rounds: readonly number[]) => (rounds.length === 0 ? worst : median(rounds));
  return [...measure.figures].sort((a, b) => {
    const [left, right] = [value(a.rounds), value(b.rounds)];
    return left === right ? 0 : sign * (left - right);
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}
