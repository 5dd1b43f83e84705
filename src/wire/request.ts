/** The payload of a REQUEST frame for a WSGI app: one string concatenation, since it is made for every request. */
import { u16 } from './frame.ts';
import { marshalBytes, marshalText } from './marshal.ts';

/**
 * The slot (0..BLOCK_SLOTS-1), then the tuple `(method, path_info, query_string, raw_uri, request_id, body, extra[, block])`.
 * Texts hold latin-1 code points; `body` is a latin-1 string of at most STREAM_CREDIT bytes; `extra` and `block` are dicts that are
 * already marshalled. The frame carries Flag.BLOCK exactly when `block` is given.
 */
export function wsgiRequestPayload(
  slot: number,
  method: string,
  pathInfo: string,
  query: string,
  rawUri: string,
  requestId: string,
  body: string | null,
  extra: string | null,
  block: string | null,
): string {
  return (
    u16(slot) +
    (block === null ? ')\x07' : ')\x08') +
    marshalText(method) +
    marshalText(pathInfo) +
    marshalText(query) +
    marshalText(rawUri) +
    marshalText(requestId) +
    (body === null ? 'N' : marshalBytes(body)) +
    (extra === null ? 'N' : extra) +
    (block === null ? '' : block)
  );
}
