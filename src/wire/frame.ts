/**
 * The frames of the wire between a gateway and a worker: numbers, limits and the ten-byte header.
 * Everything that is sent is built as a latin-1 string, one character per byte, because joining strings and flattening
 * them once in `socket.write(text, 'latin1')` costs less than filling many small buffers. See docs/internals/wire.md.
 */

/** Frame types (u8). */
export const FrameType = {
  HELLO: 0,
  REQUEST: 1,
  BODY: 2,
  RESPONSE: 3,
  INFORM: 4,
  TRAILERS: 5,
  ACCEPT: 6,
  MESSAGE: 7,
  CLOSE: 8,
  RESET: 9,
  CREDIT: 10,
  FILE: 11,
  DONE: 12,
} as const;

/** The highest frame type there is; a higher one is a protocol error. */
export const FRAME_TYPE_LAST = 12;

/** Frame flags (bits of a u8): END, nothing follows in this direction; BLOCK, a header block is included; BUSY, DONE follows. */
export const Flag = { END: 1, BLOCK: 2, BUSY: 4, EXPECT: 8, TEXT: 16, MORE: 32, AHEAD: 64 } as const;

/** The first byte of a RESET payload: why the stream ended before its time. */
export const ResetReason = {
  APP_ERROR: 1,
  CLIENT_GONE: 2,
  PROTOCOL_ERROR: 3,
  SHUTTING_DOWN: 4,
  REFUSED: 5,
  TIMEOUT: 6,
} as const;

/** Bytes before the payload: u32 payload length, u32 stream, u8 type, u8 flags, little endian. */
export const FRAME_HEADER_BYTES = 10;

/** The largest payload of one frame. */
export const FRAME_BYTES_MAX = 1_048_576;

/** Body bytes that each direction of each stream may send before any CREDIT frame. */
export const STREAM_CREDIT = 262_144;

/** Header blocks that a link remembers; slots are numbered from 0. */
export const BLOCK_SLOTS = 1024;

/** The header of one frame as ten latin-1 characters. `payloadBytes` 0..FRAME_BYTES_MAX, `stream` 0..2^32-1. */
export function frameHeader(payloadBytes: number, stream: number, type: number, flags: number): string {
  return String.fromCharCode(
    payloadBytes & 255,
    (payloadBytes >>> 8) & 255,
    (payloadBytes >>> 16) & 255,
    payloadBytes >>> 24,
    stream & 255,
    (stream >>> 8) & 255,
    (stream >>> 16) & 255,
    stream >>> 24,
    type,
    flags,
  );
}

/** An unsigned 32-bit number, little endian, as four latin-1 characters. */
export function u32(n: number): string {
  return String.fromCharCode(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);
}

/** An unsigned 16-bit number, little endian, as two latin-1 characters. */
export function u16(n: number): string {
  return String.fromCharCode(n & 255, (n >>> 8) & 255);
}
