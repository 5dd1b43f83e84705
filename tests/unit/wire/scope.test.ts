import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asgiRequestHead, requestPayload } from '../../../src/wire/request.ts';
import { asgiHeaderBlock, type ScopeContext } from '../../../src/wire/scope.ts';
import { goldenVectors, hexOf } from './golden.ts';

interface AsgiRequestVector {
  name: string;
  slot: number;
  method: string;
  path: string;
  query: string;
  raw_path: string;
  request_id: string;
  body: string | null;
  block: { lower: string[]; fields: string[]; context: ScopeContext } | null;
  /** What Python makes of the block (tests/python/test_golden_asgi.py). */
  scope: unknown;
  hex: string;
}

test('ASGI request payloads have the bytes of the golden vectors', () => {
  const results = goldenVectors<AsgiRequestVector>('asgi-requests.json', (v) => {
    const body = v.body === null ? null : Buffer.from(v.body, 'hex').toString('latin1');
    const block =
      v.block === null
        ? null
        : asgiHeaderBlock(v.block.lower, v.block.fields, { ...v.block.context, tls: null });
    const head = asgiRequestHead(v.method, v.path, v.query, v.raw_path, v.request_id);
    return hexOf(requestPayload(v.slot, head, body, null, block));
  });
  assert.ok(results.length > 10);
  for (const { vector, actual } of results) assert.equal(actual, vector.hex, vector.name);
});

const CONTEXT: ScopeContext = {
  type: 'http',
  httpVersion: '1.1',
  scheme: 'http',
  client: null,
  server: { address: '/s', port: null },
  rootPath: '',
  subprotocols: null,
  tls: null,
};

test('names from clients are remembered without end to neither number nor length', () => {
  const block = (name: string): string => asgiHeaderBlock([name], [name, 'v'], CONTEXT);
  const first = block('x-first');
  const long = 'x'.repeat(5000);
  assert.ok(block(long).includes(long));
  for (let i = 0; i < 3000; i += 1) assert.ok(block(`x-${i}`).includes(`x-${i}`));
  assert.equal(block('x-first'), first);
});
