import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RANGES_MAX, selectRanges, type ByteRange } from '../../../src/http/range.ts';

function pairs(header: string, size: number): string | null {
  const ranges = selectRanges(header, size);
  if (ranges === null || ranges === 'unsatisfiable') return ranges;
  return ranges.map((range) => `${range.first}-${range.last}`).join(' ');
}

test('the examples of RFC 9110 14.1.2, of 10000 bytes', () => {
  assert.equal(pairs('bytes=0-499', 10_000), '0-499');
  assert.equal(pairs('bytes=500-999', 10_000), '500-999');
  assert.equal(pairs('bytes=-500', 10_000), '9500-9999');
  assert.equal(pairs('bytes=9500-', 10_000), '9500-9999');
  assert.equal(pairs('bytes=0-0,-1', 10_000), '0-0 9999-9999');
  assert.equal(pairs('bytes= 0-999, 4500-5499, -1000', 10_000), '0-999 4500-5499 9000-9999');
  assert.equal(pairs('bytes=500-600,601-999', 10_000), '500-999');
  assert.equal(pairs('bytes=500-700,601-999', 10_000), '500-999');
});

test('ends beyond the representation are its end', () => {
  assert.equal(pairs('bytes=5-100', 10), '5-9');
  assert.equal(pairs('bytes=-100', 10), '0-9');
  assert.equal(pairs('Bytes=9-', 10), '9-9');
  assert.equal(pairs('bytes=0-99999999999999999999999999999999', 10), '0-9');
  assert.equal(pairs(`bytes=-${'9'.repeat(400)}`, 10), '0-9');
  assert.equal(
    pairs('bytes=0-9007199254740993', Number.MAX_SAFE_INTEGER),
    `0-${Number.MAX_SAFE_INTEGER - 1}`,
  );
});

test('nothing of the representation asked for is unsatisfiable', () => {
  for (const header of ['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=10-,-0', `bytes=${'9'.repeat(400)}-`])
    assert.equal(pairs(header, 10), 'unsatisfiable', header);
  for (const header of ['bytes=0-', 'bytes=-5', 'bytes=0-0']) assert.equal(pairs(header, 0), 'unsatisfiable');
  assert.equal(pairs('bytes=10-,0-0,-0', 10), '0-0');
});

test('what is malformed or of another unit is ignored', () => {
  const headers = [
    ...[
      '',
      'bytes',
      'bytes=',
      'bytes=,',
      'bytes= , ,',
      'bytes=-',
      'bytes=a-b',
      'bytes=1',
      'bytes=5-4',
      'bytes=0-1,5-4',
    ],
    ...[
      'bytes=0-1-2',
      'bytes=--1',
      'bytes=0 -1',
      'bytes=0- 1',
      'bytes=+1-2',
      'bytes=0x1-2',
      'bytes=0-1;2',
      'bytes=0-1 2-3',
    ],
    ...[
      'bytes =0-1',
      ' bytes=0-1',
      'items=0-1',
      'bytes:0-1',
      'bytes=1e3-',
      'bytes=-1-',
      'bytes=0-1,x',
      'bytes=\u00b2-3',
    ],
  ];
  for (const header of headers) assert.equal(pairs(header, 100), null, header);
});

test('ranges that cost more than everything are ignored', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, i) => `${3 * i}-${3 * i}`).join(',');
  assert.equal(selectRanges(`bytes=${many(RANGES_MAX)}`, 1000)?.length, RANGES_MAX);
  assert.equal(pairs(`bytes=${many(RANGES_MAX + 1)}`, 1000), null);
  assert.equal(pairs(`bytes=${'0-,'.repeat(5000)}0-`, 1000), null);
  assert.equal(pairs('bytes=0-,0-', 1000), null);
  assert.equal(pairs('bytes=0-599,500-999', 1000), null);
  assert.equal(pairs('bytes=0-499,500-999', 1000), '0-999');
  assert.equal(pairs('bytes=0-9,5-14,8-20', 1000), null);
  assert.equal(pairs('bytes=8-20,0-9,30-31,5-14', 1000), null);
  assert.equal(pairs('bytes=0-9,5-14,12-20', 1000), '0-20');
});

test('the order of the client is kept, and only neighbours are joined', () => {
  assert.equal(pairs('bytes=500-599,0-99', 1000), '500-599 0-99');
  assert.equal(pairs('bytes=100-199,50-149', 1000), '100-199 50-149');
  assert.equal(pairs('bytes=0-9,20-29,10-19', 1000), '0-9 20-29 10-19');
  assert.equal(pairs('bytes=0-99,10-19,100-109', 1000), '0-109');
});

// The same, said plainly: bytes are looked at one by one.
function naive(header: string, size: number): string | null {
  if (!/^bytes=[ \t,]*(?:\d+-\d*|-\d+)(?:[ \t]*,(?:[ \t,]*(?:\d+-\d*|-\d+))?)*[ \t]*$/i.test(header))
    return null;
  const specs = header.slice(6).match(/\d*-\d*/g) ?? [];
  if (specs.length > RANGES_MAX) return null;
  const covered = new Array<number>(size).fill(0);
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const [from = '', to = ''] = spec.split('-');
    if (from !== '' && to !== '' && Number(to) < Number(from)) return null;
    const bytes = [...covered.keys()].filter((at) =>
      from === '' ? at >= size - Number(to) : at >= Number(from) && (to === '' || at <= Number(to)),
    );
    for (const at of bytes) covered[at] = (covered[at] ?? 0) + 1;
    if (bytes.length > 0) ranges.push({ first: bytes[0] ?? -1, last: bytes.at(-1) ?? -1 });
  }
  if (ranges.length === 0) return 'unsatisfiable';
  const sum = covered.reduce((a, b) => a + b, 0);
  if (ranges.length > 1 && (sum > size || covered.some((times) => times > 2))) return null;
  const joined: ByteRange[] = [];
  for (const range of ranges) {
    const before = joined.at(-1);
    if (before !== undefined && range.first >= before.first && range.first <= before.last + 1)
      joined.splice(-1, 1, { first: before.first, last: Math.max(before.last, range.last) });
    else joined.push(range);
  }
  return joined.map((range) => `${range.first}-${range.last}`).join(' ');
}

test('20000 headers, sound and broken, are read as a slow reader would', () => {
  let seed = 42;
  const below = (bound: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % bound;
  };
  const pick = (choices: readonly string[]): string => choices[below(choices.length)] ?? '';
  const outcomes = new Map<string, number>();
  for (let n = 0; n < 20_000; n++) {
    const size = below(40);
    const number = (): string => String(below(50));
    const spec = (): string => {
      const kind = below(30);
      if (kind === 0) return pick(['-', '', 'x', '1', '--1', '1-2-3', '1 -2']);
      if (kind < 6) return `-${number()}`;
      const first = below(45);
      return kind < 10 ? `${first}-` : `${first}-${first + below(9) - (below(40) === 0 ? 9 : 0)}`;
    };
    const specs = Array.from({ length: below(20) === 0 ? below(20) : 1 + below(4) }, spec);
    const header = `${pick(['bytes=', 'bytes=', 'BYTES=', 'bytes= '])}${specs.join(pick([',', ', ', ' ,\t,']))}`;
    const expected = naive(header, size);
    assert.equal(pairs(header, size), expected, `${header} of ${size}`);
    const outcome = expected === null || expected === 'unsatisfiable' ? String(expected) : 'ranges';
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  for (const outcome of ['null', 'unsatisfiable', 'ranges'])
    assert.ok((outcomes.get(outcome) ?? 0) > 1000, `${outcome} was tried too seldom`);
});
