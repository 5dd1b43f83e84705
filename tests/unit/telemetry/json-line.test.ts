import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLine } from '../../../src/telemetry/json-line.ts';

test('no control character of any kind stands raw in a JSON line, and it reads back the same', () => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
  const line = jsonLine({ all });
  assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f]/);
  assert.deepEqual(JSON.parse(line), { all });
});
