/** A line of an explanation: an empty label goes on with the line above; `but` and `unless` keep the answer from being given. */
export type WordsRow = readonly [label: string, words: string];

const EXCEPTIONS: readonly string[] = ['but', 'unless'];
const LABEL_WIDTH = 13;

/** The lines, with what keeps the answer from being given at the end; of several such the first does. */
export function wordsText(rows: readonly WordsRow[]): string {
  const exceptions = rows.filter(([label]) => EXCEPTIONS.includes(label));
  return [...rows.filter(([label]) => !EXCEPTIONS.includes(label)), ...exceptions]
    .map(([label, words]) => `${label.padEnd(LABEL_WIDTH)}${words}\n`)
    .join('');
}
