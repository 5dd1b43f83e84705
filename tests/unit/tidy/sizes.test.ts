import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sources } from './sources.ts';

/** Longest file and longest function there are; they may be lowered, not raised. */
const FILE_LINES_MAX = 380;
const FUNCTION_LINES_MAX = 62;

test(`no file of src/ has more than ${FILE_LINES_MAX} lines`, () => {
  const long = sources('src')
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter((file) => file.lines > FILE_LINES_MAX);
  assert.deepEqual(long, []);
});

test(`no function of src/ has more than ${FUNCTION_LINES_MAX} lines`, () => {
  const long = sources('src').flatMap((file) =>
    functionsOf(file.text)
      .filter((found) => found.lines > FUNCTION_LINES_MAX)
      .map((found) => `${file.path}:${found.line} (${found.lines} lines)`),
  );
  assert.deepEqual(long, []);
});

/** The formatter's indentation tells where a function or method that begins on a line ends. */
function functionsOf(text: string): { line: number; lines: number }[] {
  const lines = text.split('\n');
  const found: { line: number; lines: number }[] = [];
  for (const [index, line] of lines.entries()) {
    const match =
      /^( *)(?:export |private |static |async |get |set )*(?:function\b|#?\w+\([^()]*\)(?:: [^=]+)? \{$|(?:const|let) \w+ = (?:async )?\()/.exec(
        line,
      );
    if (match === null || /^ *(?:if|for|while|switch|return|await)\b/.test(line) || /[;,]$/.test(line))
      continue;
    const close = `${match[1]}}`;
    const end = lines.findIndex((candidate, at) => at > index && candidate.startsWith(close));
    if (end !== -1) found.push({ line: index + 1, lines: end - index + 1 });
  }
  return found;
}
