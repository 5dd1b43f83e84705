/** The payload of a REQUEST frame: string concatenations only, since it is made for every request. */
import { u16, u32 } from './frame.ts';
import { marshalAscii, marshalBytes, marshalText } from './marshal.ts';

/** The first five items for a WSGI app: method, path_info, query_string, raw_uri, request_id; texts hold latin-1 code points. */
export function wsgiRequestHead(
  method: string,
  pathInfo: string,
  query: string,
  rawUri: string,
  requestId: string,
): string {
  return wsgiRequestLine(method, pathInfo, query, rawUri) + marshalAscii(requestId);
}

/** Of these, the four that a request line asks for. */
export function wsgiRequestLine(method: string, pathInfo: string, query: string, rawUri: string): string {
  return marshalAscii(method) + marshalText(pathInfo) + marshalText(query) + marshalText(rawUri);
}

/** The first five items for an ASGI app; `path` is Unicode, `query` and `rawPath` are latin-1 strings of bytes. */
export function asgiRequestHead(
  method: string,
  path: string,
  query: string,
  rawPath: string,
  requestId: string,
): string {
  return asgiRequestLine(method, path, query, rawPath) + marshalAscii(requestId);
}

/** Of these, the four that a request line asks for. */
export function asgiRequestLine(method: string, path: string, query: string, rawPath: string): string {
  return marshalAscii(method) + marshalText(path) + marshalBytes(query) + marshalBytes(rawPath);
}

/** What stands before and after a body of so many bytes: as `requestPayload`, for bodies that are not worth being made text. */
export function requestAround(
  slot: number,
  head: string,
  bodyBytes: number,
  extra: string | null,
  block: string | null,
): readonly [before: string, after: string] {
  return [
    `${u16(slot)}${block === null ? ')\x07' : ')\x08'}${head}s${u32(bodyBytes)}`,
    (extra === null ? 'N' : extra) + (block === null ? '' : block),
  ];
}

/**
 * The slot (0..BLOCK_SLOTS-1), then the tuple `(*head, body, extra[, block])`. `head` is five marshalled items, `body` a
 * latin-1 string of at most STREAM_CREDIT bytes; `extra` and `block` are dicts that are already marshalled.
 * The frame carries Flag.BLOCK exactly when `block` is given.
 */
export function requestPayload(
  slot: number,
  head: string,
  body: string | null,
  extra: string | null,
  block: string | null,
): string {
  return (
    u16(slot) +
    (block === null ? ')\x07' : ')\x08') +
    head +
    (body === null ? 'N' : marshalBytes(body)) +
    (extra === null ? 'N' : extra) +
    (block === null ? '' : block)
  );
}
