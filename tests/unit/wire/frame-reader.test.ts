import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_BYTES_MAX, frameHeader, FrameType, u32 } from '../../../src/wire/frame.ts';
import { type FrameHandler, FrameReader, WireError } from '../../../src/wire/frame-reader.ts';

interface Seen {
  type: number;
  flags: number;
  stream: number;
  payload: string;
  data: Buffer;
  more: number;
}

class Recorder implements FrameHandler {
  readonly seen: Seen[] = [];

  frame(
    type: number,
    flags: number,
    stream: number,
    data: Buffer,
    start: number,
    end: number,
    more: number,
  ): void {
    this.seen.push({ type, flags, stream, payload: data.toString('latin1', start, end), data, more });
  }
}

function bytes(...frames: [type: number, flags: number, stream: number, payload: string][]): Buffer {
  const parts = frames.map(([type, flags, stream, payload]) => {
    return frameHeader(payload.length, stream, type, flags) + payload;
  });
  return Buffer.from(parts.join(''), 'latin1');
}

test('a frame that lies whole in a chunk is handed on without a copy', () => {
  const recorder = new Recorder();
  const chunk = bytes([FrameType.BODY, 1, 0xffff_fffe, 'one'], [FrameType.DONE, 0, 2, '']);
  new FrameReader(recorder).push(chunk);
  assert.deepEqual(
    recorder.seen.map(({ type, flags, stream, payload }) => [type, flags, stream, payload]),
    [
      [FrameType.BODY, 1, 0xffff_fffe, 'one'],
      [FrameType.DONE, 0, 2, ''],
    ],
  );
  assert.ok(recorder.seen.every((frame) => frame.data === chunk));
});

test('frames are the same however the bytes are cut', () => {
  const chunk = bytes(
    [FrameType.HELLO, 0, 0, '{"protocol":2}'],
    [FrameType.BODY, 0, 1, ''],
    [FrameType.BODY, 1, 1, 'x'.repeat(300)],
    [FrameType.CREDIT, 0, 7, '\x00\x01\x02\x03'],
  );
  const whole = new Recorder();
  new FrameReader(whole).push(chunk);
  for (let size = 1; size <= chunk.length; size++) {
    const cut = new Recorder();
    const reader = new FrameReader(cut);
    for (let at = 0; at < chunk.length; at += size) reader.push(chunk, at, Math.min(at + size, chunk.length));
    assert.deepEqual(
      cut.seen.map((frame) => [frame.type, frame.flags, frame.stream, frame.payload]),
      whole.seen.map((frame) => [frame.type, frame.flags, frame.stream, frame.payload]),
      `pieces of ${size}`,
    );
  }
});

test('a long body is handed on as it comes, and each part says how much is still to come', () => {
  const head = '200 OK\nContent-Type: text/plain';
  const response = `${u32(head.length)}${head}${'r'.repeat(100_000)}`;
  const wire = bytes(
    [FrameType.RESPONSE, 1, 3, response],
    [FrameType.BODY, 5, 4, 'b'.repeat(70_000)],
    [FrameType.DONE, 0, 4, ''],
  );
  for (const size of [9, 50, 1000, 65_536, 100_020, 100_060, 170_000]) {
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    const shared = Buffer.alloc(size);
    for (let at = 0; at < wire.length; at += size) {
      reader.push(shared, 0, wire.copy(shared, 0, at, at + size));
      shared.fill(0xff);
    }
    const last = recorder.seen.filter(({ more }) => more === 0);
    assert.deepEqual(
      last.map(({ type, flags, stream }) => [type, flags, stream]),
      [
        [last[0]?.payload.length === response.length ? FrameType.RESPONSE : FrameType.BODY, 1, 3],
        [FrameType.BODY, 5, 4],
        [FrameType.DONE, 0, 4],
      ],
      `pieces of ${size}`,
    );
    const [first] = recorder.seen;
    assert.equal(first?.type, FrameType.RESPONSE);
    assert.ok(first.payload.startsWith(`${u32(head.length)}${head}`));
    for (const [stream, payload] of [[3, response] as const, [4, 'b'.repeat(70_000)] as const]) {
      let left = payload.length;
      const parts = recorder.seen.filter((part) => part.stream === stream && part.type !== FrameType.DONE);
      for (const part of parts) {
        left -= part.payload.length;
        assert.equal(part.more, left);
      }
      assert.equal(
        parts.map((part) => part.payload).join(''),
        payload,
        `stream ${stream}, pieces of ${size}`,
      );
    }
  }
});

test('only the given part of a chunk is read', () => {
  const recorder = new Recorder();
  const frame = bytes([FrameType.BODY, 0, 5, 'abc']);
  const chunk = Buffer.concat([Buffer.alloc(7, 0xff), frame, Buffer.alloc(9, 0xff)]);
  new FrameReader(recorder).push(chunk, 7, 7 + frame.length);
  assert.deepEqual(
    recorder.seen.map((seen) => seen.payload),
    ['abc'],
  );
});

test('a frame in parts survives the reuse of the read buffer', () => {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder);
  const frame = bytes([FrameType.BODY, 0, 5, 'abcdefgh']);
  const shared = Buffer.alloc(6);
  for (let at = 0; at < frame.length; at += 6) {
    const length = frame.copy(shared, 0, at, at + 6);
    reader.push(shared, 0, length);
    shared.fill(0xff);
  }
  assert.deepEqual(
    recorder.seen.map((seen) => seen.payload),
    ['abcdefgh'],
  );
});

test('the largest frame passes, one byte more is an error, whole or cut', () => {
  const recorder = new Recorder();
  const largest = bytes([FrameType.BODY, 0, 1, 'x'.repeat(FRAME_BYTES_MAX)]);
  const reader = new FrameReader(recorder);
  reader.push(largest.subarray(0, 100_000));
  reader.push(largest.subarray(100_000));
  assert.equal(recorder.seen.map(({ payload }) => payload).join('').length, FRAME_BYTES_MAX);
  for (const length of [FRAME_BYTES_MAX + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    const header = Buffer.from(frameHeader(length, 1, FrameType.BODY, 0), 'latin1');
    assert.throws(() => new FrameReader(recorder).push(header), WireError);
    const cut = new FrameReader(recorder);
    cut.push(header.subarray(0, 4));
    assert.throws(() => cut.push(header.subarray(4)), /over the limit of 1048576/);
  }
});

test('a frame of unknown type is an error before its payload has come', () => {
  const recorder = new Recorder();
  const header = Buffer.from(frameHeader(1000, 1, 14, 0), 'latin1');
  assert.throws(() => new FrameReader(recorder).push(header), /unknown type 14/);
  assert.equal(recorder.seen.length, 0);
});
