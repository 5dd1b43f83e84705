import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluatePreconditions, ifRangeHolds, isConditional } from '../../../src/http/conditional.ts';
import { isFault, parseRequestHead } from '../../../src/http/request.ts';
import type { HeaderBlock } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 8190, headerBytesMax: 65_536, headerCountMax: 100 };
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT';
const SAME = 'Sun, 06 Nov 1994 08:49:37 GMT';
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT';
const VALIDATORS = { etag: '"v1"', lastModified: 784_111_777 };
const NONE = { etag: '', lastModified: -1 };

function block(...lines: string[]): HeaderBlock {
  const head = parseRequestHead(['GET / HTTP/1.1', 'Host: a', ...lines].join('\r\n'), null, LIMITS);
  if (isFault(head)) throw new Error(head.reason);
  return head.block;
}

function evaluate(method: string, ...lines: string[]): string {
  return evaluatePreconditions(method, block(...lines), VALIDATORS);
}

// Each header: true, false or absent; what RFC 9110 13.2.2 makes of it, written down again as the RFC writes it.
const STATES = {
  'If-Match': { true: '"v1"', false: '"v2"' },
  'If-Unmodified-Since': { true: SAME, false: BEFORE },
  'If-None-Match': { true: '"v2"', false: '"v1"' },
  'If-Modified-Since': { true: BEFORE, false: SAME },
} as const;
type State = 'true' | 'false' | 'absent';

function precedence(method: string, state: (name: keyof typeof STATES) => State): string {
  const reads = method === 'GET' || method === 'HEAD';
  if (state('If-Match') === 'false') return 'failed';
  if (state('If-Match') === 'absent' && state('If-Unmodified-Since') === 'false') return 'failed';
  if (state('If-None-Match') === 'false') return reads ? 'not_modified' : 'failed';
  if (reads && state('If-None-Match') === 'absent' && state('If-Modified-Since') === 'false')
    return 'not_modified';
  return 'proceed';
}

test('every combination of the four conditions follows the precedence of 13.2.2', () => {
  const names = Object.keys(STATES) as (keyof typeof STATES)[];
  const states: State[] = ['true', 'false', 'absent'];
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'POST']) {
    for (let n = 0; n < 3 ** names.length; n++) {
      const state = (name: keyof typeof STATES): State =>
        states[Math.floor(n / 3 ** names.indexOf(name)) % 3] ?? 'absent';
      const lines = names.flatMap((name) => {
        const value = state(name);
        return value === 'absent' ? [] : [`${name}: ${STATES[name][value]}`];
      });
      assert.equal(evaluate(method, ...lines), precedence(method, state), `${method} ${lines.join(' | ')}`);
    }
  }
});

test('methods that select no representation have no conditions', () => {
  for (const method of ['OPTIONS', 'TRACE', 'CONNECT'])
    assert.equal(evaluate(method, 'If-Match: "other"', 'If-None-Match: *'), 'proceed');
});

test('If-None-Match compares weakly and reads lists of every shape', () => {
  const matching = [
    ...['"v1"', 'W/"v1"', '*', '"a", "v1"', '"v1","b"', ' ,, "a"\t,\t"v1" ,', '"a,b", W/"v1"', '"W/", "v1"'],
    ...['garbage, "v1"', 'W/x, "v1"'],
  ];
  for (const value of matching)
    assert.equal(evaluate('GET', `If-None-Match: ${value}`), 'not_modified', value);
  const others = [
    ...['', '"v2"', 'v1', '"v1', 'v1"', '"V1"', 'w/"v1"', '"a","b"', '"v1"x', '"v1" x', '"a,"v1"', '"a", *'],
    ...['W/ "v1"', 'W//"v1"', '"x"v1"', '"', 'W/"', 'W/'],
  ];
  for (const value of others) assert.equal(evaluate('GET', `If-None-Match: ${value}`), 'proceed', value);
});

test('several lines of a list are one list', () => {
  assert.equal(evaluate('GET', 'If-None-Match: "a"', 'If-None-Match: W/"v1"'), 'not_modified');
  assert.equal(evaluate('GET', 'If-Match: "a"', 'if-match: "v1"'), 'proceed');
});

test('If-Match compares strongly', () => {
  for (const value of ['"v1"', '*', 'W/"v1", "v1"'])
    assert.equal(evaluate('GET', `If-Match: ${value}`), 'proceed');
  for (const value of ['W/"v1"', '"v2"', '', 'v1'])
    assert.equal(evaluate('GET', `If-Match: ${value}`), 'failed');
  const weak = { etag: 'W/"v1"', lastModified: -1 };
  for (const value of ['W/"v1"', '"v1"'])
    assert.equal(evaluatePreconditions('GET', block(`If-Match: ${value}`), weak), 'failed');
  for (const value of ['W/"v1"', '"v1"', '"a", "v1"'])
    assert.equal(evaluatePreconditions('GET', block(`If-None-Match: ${value}`), weak), 'not_modified');
});

test('a representation without validators matches only the star', () => {
  assert.equal(evaluatePreconditions('GET', block('If-Match: ""'), NONE), 'failed');
  assert.equal(evaluatePreconditions('GET', block('If-Match: *'), NONE), 'proceed');
  assert.equal(evaluatePreconditions('PUT', block('If-None-Match: *'), NONE), 'failed');
  assert.equal(evaluatePreconditions('GET', block('If-None-Match: ""'), NONE), 'proceed');
  assert.equal(evaluatePreconditions('GET', block(`If-Modified-Since: ${AFTER}`), NONE), 'proceed');
  assert.equal(evaluatePreconditions('GET', block(`If-Unmodified-Since: ${BEFORE}`), NONE), 'proceed');
});

test('dates compare by the second, in every form, and are ignored when they are none', () => {
  assert.equal(evaluate('GET', `If-Modified-Since: ${AFTER}`), 'not_modified');
  assert.equal(evaluate('GET', 'If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT'), 'not_modified');
  assert.equal(evaluate('GET', 'If-Modified-Since: Sun Nov  6 08:49:36 1994'), 'proceed');
  assert.equal(evaluate('GET', `If-Unmodified-Since: ${AFTER}`), 'proceed');
  for (const date of ['', 'yesterday', `${SAME}, ${SAME}`, '-1']) {
    assert.equal(evaluate('GET', `If-Modified-Since: ${date}`), 'proceed', date);
    assert.equal(evaluate('GET', `If-Unmodified-Since: ${date}`), 'proceed', date);
  }
});

test('If-Range holds for our strong entity tag only', () => {
  assert.equal(ifRangeHolds(block(), VALIDATORS), true);
  assert.equal(ifRangeHolds(block('If-Range: "v1"'), VALIDATORS), true);
  for (const value of ['"v2"', 'W/"v1"', '"v1", "v1"', '*', '', 'v1'])
    assert.equal(ifRangeHolds(block(`If-Range: ${value}`), VALIDATORS), false, value);
  assert.equal(ifRangeHolds(block('If-Range: W/"v1"'), { etag: 'W/"v1"', lastModified: -1 }), false);
  assert.equal(ifRangeHolds(block('If-Range: ""'), NONE), false);
});

test('If-Range holds for exactly our date, once that second is over', () => {
  const over = (VALIDATORS.lastModified + 1) * 1000;
  assert.equal(ifRangeHolds(block(`If-Range: ${SAME}`), VALIDATORS), true);
  assert.equal(ifRangeHolds(block(`If-Range: ${SAME}`), VALIDATORS, over), true);
  assert.equal(ifRangeHolds(block(`If-Range: ${SAME}`), VALIDATORS, over - 1), false);
  for (const value of [BEFORE, AFTER, 'x'])
    assert.equal(ifRangeHolds(block(`If-Range: ${value}`), VALIDATORS, over), false);
  assert.equal(ifRangeHolds(block('If-Range: x'), NONE), false);
});

test('a request is conditional when one of the six headers is there', () => {
  assert.equal(isConditional(block()), false);
  assert.equal(isConditional(block('Referer: x', 'Range-Unit: x', 'If: x', 'If-Matches: x')), false);
  const names = [
    'If-Match',
    'If-None-Match',
    'If-Modified-Since',
    'If-Unmodified-Since',
    'If-Range',
    'RANGE',
  ];
  for (const name of names) assert.equal(isConditional(block('Accept: x', `${name}: x`)), true, name);
});
