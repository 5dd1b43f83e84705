import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { wsgiHeaderBlock, type BlockContext } from '../../../src/wire/environ.ts';
import { parseFileReference } from '../../../src/wire/file.ts';
import { FRAME_HEADER_BYTES, frameHeader } from '../../../src/wire/frame.ts';
import { requestPayload, wsgiRequestHead } from '../../../src/wire/request.ts';
import { parseResponseHead } from '../../../src/wire/response.ts';
import { WireError } from '../../../src/wire/wire-error.ts';
import { goldenVectors, hexOf, marshalValue, type PythonValue } from './golden.ts';

interface FrameVector {
  name: string;
  type: number;
  flags: number;
  stream: number;
  payload: string;
  hex: string;
}

interface ValueVector {
  name: string;
  value: PythonValue;
  hex: string;
}

interface RequestVector {
  name: string;
  slot: number;
  method: string;
  path_info: string;
  query: string;
  raw_uri: string;
  request_id: string;
  body: string | null;
  extra: [PythonValue, PythonValue][] | null;
  block: { fields: string[]; context: BlockContext } | null;
  environ: Record<string, string> | null;
  hex: string;
}

interface FileVector {
  name: string;
  head: string;
  path: string;
  offset: number;
  length: number;
  dev: number;
  ino: string;
  mtime_ns: string;
  size: number;
  hex: string;
}

interface HeadVector {
  name: string;
  status: string;
  headers: [string, string][];
  hex: string;
}

test('frames have the bytes of the golden vectors', () => {
  const results = goldenVectors<FrameVector>('frames.json', (v) => {
    return hexOf(frameHeader(v.payload.length / 2, v.stream, v.type, v.flags)) + v.payload;
  });
  for (const { vector, actual } of results) assert.equal(actual, vector.hex, vector.name);
});

test('marshal values have the bytes of the golden vectors', () => {
  const results = goldenVectors<ValueVector>('marshal.json', (v) => hexOf(marshalValue(v.value)));
  assert.ok(results.length > 20);
  for (const { vector, actual } of results) assert.equal(actual, vector.hex, vector.name);
});

test('request payloads have the bytes of the golden vectors', () => {
  const results = goldenVectors<RequestVector>('requests.json', (v) => {
    const body = v.body === null ? null : Buffer.from(v.body, 'hex').toString('latin1');
    const extra = v.extra === null ? null : marshalValue({ dict: v.extra });
    const block =
      v.block === null ? null : wsgiHeaderBlock(v.block.fields, { ...v.block.context, tls: null });
    return hexOf(
      requestPayload(
        v.slot,
        wsgiRequestHead(v.method, v.path_info, v.query, v.raw_uri, v.request_id),
        body,
        extra,
        block,
      ),
    );
  });
  for (const { vector, actual } of results) assert.equal(actual, vector.hex, vector.name);
});

test('response heads of the golden vectors are read as they were meant', () => {
  const url = new URL('../../golden/wire/response-heads.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(url, 'utf8')) as HeadVector[];
  assert.ok(vectors.length > 5);
  for (const vector of vectors) {
    const head = parseResponseHead(Buffer.from(vector.hex, 'hex').toString('latin1'));
    assert.equal(`${head.status} ${head.reason}`, vector.status, vector.name);
    assert.deepEqual(head.fields, vector.headers.flat(), vector.name);
  }
});

test('files of the golden vectors are read as they were meant', () => {
  const url = new URL('../../golden/wire/files.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(url, 'utf8')) as FileVector[];
  assert.ok(vectors.length > 3);
  for (const { name, head, hex, ino, mtime_ns, ...numbers } of vectors) {
    const data = Buffer.from(hex, 'hex');
    const start = FRAME_HEADER_BYTES + 4 + data.readUInt32LE(FRAME_HEADER_BYTES);
    assert.equal(data.toString('latin1', FRAME_HEADER_BYTES + 4, start), head, name);
    const file = parseFileReference(data, start, data.length);
    const path = Buffer.from(numbers.path, 'hex').toString('latin1');
    const mtimeMs = Number(mtime_ns) / 1e6;
    assert.deepEqual(file, { ...numbers, path, ino: Number(ino), mtimeMs }, name);
  }
});

test('a file that cannot be one is an error of the wire', () => {
  const payload = (path: string, offset: number, length: number, size: number): Buffer => {
    const numbers = Buffer.alloc(48);
    for (const [at, value] of [offset, length, 0, 0, 0, size].entries())
      numbers.writeBigUInt64LE(BigInt(value), at * 8);
    return Buffer.concat([numbers, Buffer.from(path)]);
  };
  const read = (data: Buffer): unknown => parseFileReference(data, 0, data.length);
  assert.doesNotThrow(() => read(payload('/a', 4, 6, 10)));
  for (const data of [
    payload('', 0, 0, 0),
    payload('a', 0, 0, 0),
    payload('/a\0b', 0, 0, 0),
    payload('/a', 4, 7, 10),
    payload('/a', 11, 0, 10),
    Buffer.alloc(47),
    Buffer.alloc(0),
  ])
    assert.throws(() => read(data), WireError, data.toString('hex'));
});
