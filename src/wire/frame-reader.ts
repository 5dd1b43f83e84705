import { FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_TYPE_LAST, FrameType } from './frame.ts';
import { WireError } from './wire-error.ts';

export { WireError } from './wire-error.ts';

/** Receives frames. `data[start, end)` is the payload and is valid only during the call. */
export interface FrameHandler {
  /**
   * `more`: so many bytes of the payload are still to come. Only a long BODY or RESPONSE is handed on in parts: the rest follows as BODY with
   * the same flags, before any other frame. The first part of a RESPONSE holds its head.
   */
  frame(
    type: number,
    flags: number,
    stream: number,
    data: Buffer,
    start: number,
    end: number,
    more: number,
  ): void;
}

/**
 * Cuts the bytes of a link into frames. What lies whole in a chunk is handed on without a copy, and so are the parts of a body that is spread
 * over chunks, unless it is short; other frames are gathered then, so that every byte is copied at most once. After an error the
 * reader must not be used any more, and `push` must not be called from within `frame`.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #header = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES);
  #headerHave = 0;
  #payload: Buffer | null = null;
  #payloadHave = 0;
  #payloadNeed = 0;
  #spare: Buffer | null = null;
  /** Bytes still to come of a frame that is handed on in parts. */
  #more = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Reads `chunk[start, end)`. Throws WireError on a frame of an unknown type or over FRAME_BYTES_MAX. */
  push(chunk: Buffer, start = 0, end = chunk.length): void {
    let at = start;
    if (this.#more > 0) at = this.#pass(FrameType.BODY, chunk, start, end);
    else if (this.#headerHave > 0) at = this.#resume(chunk, start, end);
    while (end - at >= FRAME_HEADER_BYTES) {
      const length = payloadLength(chunk, at);
      const body = at + FRAME_HEADER_BYTES;
      if (end - body < length) {
        chunk.copy(this.#header, 0, at, body);
        if (mayBePassed(chunk, at, end, length)) {
          this.#more = length;
          this.#pass(chunk[body - 2] as number, chunk, body, end);
          return;
        }
        this.#headerHave = FRAME_HEADER_BYTES;
        this.#gather(length);
        this.#payloadHave = chunk.copy(this.#payload as Buffer, 0, body, end);
        return;
      }
      at = body + length;
      this.#handler.frame(
        chunk[body - 2] as number,
        chunk[body - 1] as number,
        streamId(chunk, body - 6),
        chunk,
        body,
        at,
        0,
      );
    }
    if (at < end) this.#headerHave = chunk.copy(this.#header, 0, at, end);
  }

  /** Goes on with the frame that the last chunk left unfinished; returns the index after the bytes used. */
  #resume(chunk: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#headerHave < FRAME_HEADER_BYTES) {
      const taken = chunk.copy(this.#header, this.#headerHave, at, end);
      this.#headerHave += taken;
      at += taken;
      if (this.#headerHave < FRAME_HEADER_BYTES) return at;
      this.#gather(payloadLength(this.#header, 0));
    }
    const payload = this.#payload as Buffer;
    const taken = Math.min(this.#payloadNeed - this.#payloadHave, end - at);
    chunk.copy(payload, this.#payloadHave, at, at + taken);
    this.#payloadHave += taken;
    if (this.#payloadHave < this.#payloadNeed) return at + taken;
    const header = this.#header;
    const stream = streamId(header, 4);
    this.#payload = null;
    this.#headerHave = 0;
    this.#handler.frame(header[8] as number, header[9] as number, stream, payload, 0, this.#payloadNeed, 0);
    return at + taken;
  }

  /** Hands a part of a frame on, whose header is known; returns the index after it. */
  #pass(type: number, chunk: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#more);
    this.#more -= stop - start;
    const header = this.#header;
    if (stop > start)
      this.#handler.frame(type, header[9] as number, streamId(header, 4), chunk, start, stop, this.#more);
    return stop;
  }

  /** Makes room for a payload; a buffer of ordinary size is kept for the next time. */
  #gather(length: number): void {
    this.#payloadNeed = length;
    this.#payloadHave = 0;
    if (length > SPARE_BYTES) {
      this.#payload = Buffer.allocUnsafeSlow(length);
      return;
    }
    this.#spare ??= Buffer.allocUnsafeSlow(SPARE_BYTES);
    this.#payload = this.#spare;
  }
}

const SPARE_BYTES = 65_536;

/** Whether the frame at `at`, whose end is still to come, is long and its first part may be handed on. */
function mayBePassed(data: Buffer, at: number, end: number, length: number): boolean {
  if (length <= SPARE_BYTES) return false;
  const type = data[at + 8];
  if (type === FrameType.BODY) return true;
  const body = at + FRAME_HEADER_BYTES;
  return type === FrameType.RESPONSE && end - body > 4 && end - body > 4 + data.readUInt32LE(body);
}

function payloadLength(data: Buffer, at: number): number {
  const length =
    (data[at] as number) |
    ((data[at + 1] as number) << 8) |
    ((data[at + 2] as number) << 16) |
    ((data[at + 3] as number) << 24);
  // A length of 2^31 or more comes out negative here.
  if (length > FRAME_BYTES_MAX || length < 0) {
    throw new WireError(`a frame of ${length >>> 0} bytes is over the limit of ${FRAME_BYTES_MAX}`);
  }
  const type = data[at + 8] as number;
  if (type > FRAME_TYPE_LAST) throw new WireError(`a frame of unknown type ${type}`);
  return length;
}

function streamId(data: Buffer, at: number): number {
  return (
    ((data[at] as number) |
      ((data[at + 1] as number) << 8) |
      ((data[at + 2] as number) << 16) |
      ((data[at + 3] as number) << 24)) >>>
    0
  );
}
