import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArgumentSpec, scanArguments } from '../../../src/config/args.ts';

const TABLE = new Map<string, ArgumentSpec>([
  ['--workers', { takes: 'value' }],
  ['-w', { takes: 'value' }],
  ['--work-dir', { takes: 'value' }],
  ['--quiet', { takes: 'none' }],
  ['-q', { takes: 'none' }],
  ['-v', { takes: 'none' }],
  ['--log', { takes: 'optional' }],
  ['--to', { takes: 'optional-word' }],
]);

function scan(
  line: string,
  prefixes = false,
): { found: string[]; words: readonly string[]; faults: string[] } {
  const result = scanArguments(
    line.split(' ').filter((word) => word !== ''),
    TABLE,
    {
      prefixes,
      origin: (flag) => ({ kind: 'flag', flag }),
    },
  );
  return {
    found: result.found.map((one) => `${one.flag}${one.value === null ? '' : `=${one.value}`}`),
    words: result.positionals,
    faults: result.faults.map((one) => `${one.message}${one.hint === null ? '' : ` (${one.hint})`}`),
  };
}

test('values follow, are attached, or are glued to a short flag', () => {
  assert.deepEqual(scan('--workers 4 --workers=5 -w 6 -w7 -w=8').found, [
    '--workers=4',
    '--workers=5',
    '-w=6',
    '-w=7',
    '-w=8',
  ]);
});

test('short flags without values may be put together, the last one with its value', () => {
  assert.deepEqual(scan('-qvw4').found, ['-q', '-v', '-w=4']);
});

test('an optional value is only taken when it is attached', () => {
  const result = scan('--log app --log=file');
  assert.deepEqual(result.found, ['--log', '--log=file']);
  assert.deepEqual(result.words, ['app']);
});

test('an optional word is taken when it is no flag', () => {
  const found = (line: string): string[] => scan(line).found;
  assert.deepEqual(found('--to file -q'), ['--to=file', '-q']);
  assert.deepEqual(found('--to -'), ['--to=-']);
  assert.deepEqual(found('--to=file'), ['--to=file']);
  assert.deepEqual(found('--to -q'), ['--to', '-q']);
  assert.deepEqual(found('--to'), ['--to']);
});

test('words that are no flags keep their order, and all are words after --', () => {
  assert.deepEqual(scan('a -q b - -- -w --x').words, ['a', 'b', '-', '-w', '--x']);
});

test('a negative number is a value, another flag is not', () => {
  assert.deepEqual(scan('--workers -4').found, ['--workers=-4']);
  assert.deepEqual(scan('--workers --quiet').faults, ['--workers needs a value']);
  assert.deepEqual(scan('--workers').faults, ['--workers needs a value']);
});

test('all faults are told at once, with the nearest flag', () => {
  assert.deepEqual(scan('--wrokers 4 --quiet=yes -x').faults, [
    'unknown option `--wrokers` (did you mean `--workers`?)',
    '--quiet takes no value, but was given `yes`',
    'unknown option `-x`',
  ]);
});

test('a long flag written with one dash is recognised in the hint', () => {
  assert.deepEqual(scan('-workers').faults, []);
  assert.deepEqual(scan('-quiet').faults, ['unknown option `-u` in `-quiet` (did you mean `--quiet`?)']);
});

test('unique prefixes stand for a flag only where the tool does that', () => {
  assert.deepEqual(scan('--worke 4', true).found, ['--workers=4']);
  assert.deepEqual(scan('--work 4', true).faults, [
    '`--work` may mean --workers, --work-dir (write the whole option)',
  ]);
  assert.deepEqual(scan('--worke 4').faults, ['unknown option `--worke` (did you mean `--workers`?)']);
});
