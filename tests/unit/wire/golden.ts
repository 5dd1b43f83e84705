/**
 * The golden vectors of tests/golden/wire: what both sides of the wire agree on, as JSON. The `hex` of a vector is asserted here and by
 * tests/python/test_golden.py. With UPDATE_GOLDEN=1 the unit tests write what they compute.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  MARSHAL_NONE,
  marshalBytes,
  marshalDict,
  marshalInt,
  marshalText,
  marshalTuple,
} from '../../../src/wire/marshal.ts';

/** A Python value in JSON: null, text, or an object with one key. */
export type PythonValue =
  | null
  | string
  | { bytes: string }
  | { int: number }
  | { repeat: [text: string, times: number] }
  | { tuple: PythonValue[] }
  | { dict: [PythonValue, PythonValue][] };

/** The value as the wire has it. */
export function marshalValue(value: PythonValue): string {
  if (value === null) return MARSHAL_NONE;
  if (typeof value === 'string') return marshalText(value);
  if ('bytes' in value) return marshalBytes(Buffer.from(value.bytes, 'hex').toString('latin1'));
  if ('int' in value) return marshalInt(value.int);
  if ('repeat' in value) return marshalText(value.repeat[0].repeat(value.repeat[1]));
  if ('tuple' in value) return marshalTuple(value.tuple.map(marshalValue));
  return marshalDict(value.dict.map(([key, item]) => [marshalValue(key), marshalValue(item)] as const));
}

/** Hex digits of a latin-1 string. */
export function hexOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('hex');
}

/** The vectors of one file; `compute` is what we make of each, compared by the caller unless the file is being rewritten. */
export function goldenVectors<T extends { name: string; hex: string }>(
  file: string,
  compute: (vector: T) => string,
): { vector: T; actual: string }[] {
  const url = new URL(`../../golden/wire/${file}`, import.meta.url);
  const vectors = JSON.parse(readFileSync(url, 'utf8')) as T[];
  const results = vectors.map((vector) => ({ vector, actual: compute(vector) }));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    for (const { vector, actual } of results) vector.hex = actual;
    const lines = vectors.map((vector) => `  ${asciiJson(vector)}`);
    writeFileSync(url, `[\n${lines.join(',\n')}\n]\n`);
  }
  return results;
}

/** JSON of ASCII characters only, so that no editor changes a vector. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
