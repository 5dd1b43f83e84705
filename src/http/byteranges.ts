import { randomUUID } from 'node:crypto';
import type { ByteRange } from './range.ts';

/** Several ranges as one body (RFC 9110 14.6). It is: each part's text and then its bytes, and the closing text. */
export interface ByterangesBody {
  /** The value of Content-Type. */
  readonly contentType: string;
  /** What goes before the bytes of each range, in their order; latin-1. */
  readonly before: readonly string[];
  /** What goes after the last range. */
  readonly closing: string;
  /** Of the whole body, bytes. */
  readonly contentLength: number;
}

/**
 * Frames two or more ranges of a representation of `size` bytes. `contentType` is the representation's; '' says none.
 * The boundary is new every time and can't be guessed, so no file can hold it on purpose.
 */
export function byterangesBody(
  ranges: readonly ByteRange[],
  size: number,
  contentType: string,
  boundary: string = randomUUID(),
): ByterangesBody {
  const typeLine = contentType === '' ? '' : `Content-Type: ${contentType}\r\n`;
  const closing = `\r\n--${boundary}--\r\n`;
  let contentLength = closing.length;
  const before = ranges.map((range, index) => {
    const delimiter = index === 0 ? `--${boundary}` : `\r\n--${boundary}`;
    const text = `${delimiter}\r\n${typeLine}Content-Range: ${contentRange(range, size)}\r\n\r\n`;
    contentLength += text.length + range.last - range.first + 1;
    return text;
  });
  return { contentType: `multipart/byteranges; boundary=${boundary}`, before, closing, contentLength };
}

/** The value of Content-Range in a 206 (RFC 9110 14.4). */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.first}-${range.last}/${size}`;
}

/** The value of Content-Range in a 416. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}
