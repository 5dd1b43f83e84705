import type { ServerHttp2Stream } from 'node:http2';

/** Error codes of RFC 9113, section 7. */
export const NO_ERROR = 0x0;
export const INTERNAL_ERROR = 0x2;
export const CANCEL = 0x8;
export const ENHANCE_YOUR_CALM = 0xb;

/**
 * Ends a stream in a way that the client can tell from a complete response. Node's `close` ends the response in order first, and sends that
 * before the reset: what was cut off would look whole. The end of its writable side is therefore made to mean nothing.
 */
export function resetStream(stream: ServerHttp2Stream, code: number): void {
  if (!stream.writableEnded) stream._final = (done) => done();
  stream.close(code);
}
