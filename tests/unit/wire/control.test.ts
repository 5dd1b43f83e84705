import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CONTROL_LINE_BYTES_MAX,
  type ControlEnvelope,
  ControlReader,
  encodeControl,
} from '../../../src/wire/control.ts';
import { workerArguments } from '../../../src/wire/python-boot.ts';
import { WireError } from '../../../src/wire/wire-error.ts';

interface Text extends ControlEnvelope {
  text?: string;
}

test('messages come out as they went in, however the bytes are cut', () => {
  const messages: Text[] = [
    { type: 'ready', text: 'Grüße 🦄' },
    { type: 'leaving' },
    { type: 'failed', text: 'x\ny'.repeat(500) },
  ];
  const data = Buffer.from(messages.map((message) => encodeControl(message)).join(''));
  for (const size of [1, 2, 3, 7, 100, data.length]) {
    const seen: Text[] = [];
    const reader = new ControlReader<Text>((message) => seen.push(message));
    const shared = Buffer.alloc(size);
    for (let at = 0; at < data.length; at += size) {
      const length = data.copy(shared, 0, at, at + size);
      reader.push(shared.subarray(0, length));
      shared.fill(0);
    }
    assert.deepEqual(seen, messages, `pieces of ${size}`);
  }
});

test('text chunks are read too', () => {
  const seen: Text[] = [];
  const reader = new ControlReader<Text>((message) => seen.push(message));
  reader.push('{"type":"a"}\n{"ty');
  reader.push('pe":"b"}\n');
  assert.deepEqual(seen, [{ type: 'a' }, { type: 'b' }]);
});

test('a line that is not an object with a type is an error', () => {
  for (const line of ['', 'x', '1', 'null', '[]', '{}', '{"type":1}', '{"type":"a"']) {
    const reader = new ControlReader(() => assert.fail('a message'));
    assert.throws(() => reader.push(`${line}\n`), WireError, line);
  }
});

test('a line over the limit is an error on both sides, one at the limit is not', () => {
  const overhead = encodeControl({ type: 'a' }).length;
  const fits = encodeControl({ type: 'a'.repeat(CONTROL_LINE_BYTES_MAX - overhead + 1) });
  assert.equal(fits.length, CONTROL_LINE_BYTES_MAX);
  let seen = 0;
  new ControlReader(() => seen++).push(fits);
  assert.equal(seen, 1);
  assert.throws(() => encodeControl({ type: 'a'.repeat(CONTROL_LINE_BYTES_MAX) }), WireError);
  const reader = new ControlReader(() => assert.fail('a message'));
  reader.push('x'.repeat(CONTROL_LINE_BYTES_MAX));
  assert.throws(() => reader.push('x'), WireError);
});

test('the worker is started by one line that takes the bridge folder as its argument', () => {
  const [option, line, folder, ...rest] = workerArguments('/bridge with spaces');
  assert.equal(option, '-c');
  assert.match(line as string, /^import sys; .*licorne_worker\.boot/);
  assert.equal(folder, '/bridge with spaces');
  assert.deepEqual(rest, []);
});
