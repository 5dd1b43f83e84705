import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { test } from 'node:test';
import { generateConnection } from './http-cases.ts';
import { Oracle } from './http-oracle.ts';
import { readWithLicorne } from './http-outcome.ts';
import type { Outcome } from './http-outcome.ts';
import { Random } from './random.ts';

const CASES = Number(process.env.LICORNE_FUZZ_CASES ?? 60_000);
const SEED = Number(process.env.LICORNE_FUZZ_SEED ?? 1);
const page = readFileSync(new URL('../../docs/internals/http-strictness.md', import.meta.url), 'utf8');

// What we accept although llhttp refuses: a row of the page, and how to know it. Only the first difference of a connection is looked at.
const LAXER: Readonly<Record<string, (text: string, oracle: Outcome, ours: Outcome) => boolean>> = {
  'unknown method': (_text, oracle, ours) => {
    const request = ours.requests[oracle.requests.length];
    return (
      oracle.refused === 'HPE_INVALID_METHOD' && request !== undefined && !METHODS.includes(request.method)
    );
  },
  'byte above 0x7f in the target': (_text, oracle, ours) =>
    oracle.refused === 'HPE_INVALID_URL' &&
    /[\x80-\xff]/.test(ours.requests[oracle.requests.length]?.target ?? ''),
  'whitespace after a semicolon in a chunk extension': (text, oracle) =>
    /^HPE_(STRICT|INVALID_CHUNK_SIZE|INTERNAL)$/.test(oracle.refused) && /;[ \t]/.test(text),
  'connection goes on after Proxy-Connection': (text, oracle) =>
    oracle.refused === 'HPE_CLOSED_CONNECTION' && /proxy-connection:[^\n]*close/i.test(text),
  'connection goes on after an Upgrade that was not granted': (text, oracle) =>
    oracle.refused === '' && /\nupgrade:/i.test(text) && /\nconnection:[^\n]*upgrade/i.test(text),
};

/** Compares two outcomes; an empty text when they agree, else `ours stricter: REASON`, `ours laxer: CODE` or `different meaning`. */
function difference(oracle: Outcome, ours: Outcome): string {
  const count = Math.max(oracle.requests.length, ours.requests.length);
  for (let i = 0; i < count; i++) {
    const theirs = oracle.requests[i];
    const mine = ours.requests[i];
    if (mine === undefined || theirs === undefined) {
      if (mine !== undefined) return `ours laxer: ${oracle.refused}`;
      return ours.closed ? 'different meaning: closed' : `ours stricter: ${ours.refused}`;
    }
    if (mine.method !== theirs.method || mine.target !== theirs.target)
      return 'different meaning: request line';
    if (mine.complete && !theirs.complete) return `ours laxer: ${oracle.refused}`;
    if (!mine.complete && theirs.complete) return `ours stricter: ${ours.refused}`;
    if (mine.complete && mine.body !== theirs.body) return 'different meaning: body';
  }
  return '';
}

test('No generated or mutated connection is framed differently than llhttp frames it, but for the documented differences.', async () => {
  const random = new Random(SEED);
  const oracle = new Oracle();
  const unexplained: string[] = [];
  let agreed = 0;
  let requests = 0;
  for (let i = 0; i < CASES && unexplained.length < 5; i++) {
    const text = generateConnection(random);
    const theirs = await oracle.read(text);
    const ours = readWithLicorne(text, () => text.length);
    const found = difference(theirs, ours);
    requests += ours.requests.filter((request) => request.complete).length;
    if (found === '') agreed++;
    else if (!isDocumented(found, text, theirs, ours)) {
      unexplained.push(
        `${found}\n  ${JSON.stringify(text)}\n  llhttp ${JSON.stringify(theirs)}\n  ours ${JSON.stringify(ours)}`,
      );
    }
  }
  assert.deepEqual(unexplained, []);
  // The generator must not have lost itself in noise: most connections mean something, and the same to both.
  assert.ok(agreed > CASES / 2, `only ${agreed} of ${CASES} agreed`);
  assert.ok(requests > CASES / 2, `only ${requests} requests in ${CASES} connections`);
});

test('What is made of a connection does not depend on how it is cut.', () => {
  const random = new Random(SEED + 1);
  for (let i = 0; i < CASES / 4; i++) {
    const text = generateConnection(random);
    const whole = readWithLicorne(text, () => text.length);
    assert.deepEqual(
      readWithLicorne(text, () => 1),
      whole,
      JSON.stringify(text),
    );
    assert.deepEqual(
      readWithLicorne(text, () => 1 + random.below(20)),
      whole,
      JSON.stringify(text),
    );
  }
});

function isDocumented(found: string, text: string, oracle: Outcome, ours: Outcome): boolean {
  if (found.startsWith('ours stricter: ')) {
    const reason = found
      .slice(15)
      .replace(/^repeated \S+ header$/, 'repeated … header')
      .replace(/^method \S+ is/, 'method … is');
    return reason !== '' && page.includes(`| \`${reason}\` |`);
  }
  if (!found.startsWith('ours laxer: ')) return false;
  return Object.entries(LAXER).some(
    ([row, holds]) => page.includes(`| \`${row}\` |`) && holds(text, oracle, ours),
  );
}
