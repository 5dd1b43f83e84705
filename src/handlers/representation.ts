import type { FileBody } from '../files/file-entry.ts';
import { byterangesBody, contentRange, unsatisfiedRange } from '../http/byteranges.ts';
import { evaluatePreconditions, ifRangeHolds, isConditional, type Validators } from '../http/conditional.ts';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import { type ByteRange, selectRanges } from '../http/range.ts';
import { type BodyPart, BodySender } from './body-sender.ts';
import { responseHead } from './respond.ts';

/** A body up to this leaves with its head, in one piece. */
const ONE_PIECE_BYTES_MAX = 262_144;

/** A file as the answer to a request: what conditions and ranges apply to (RFC 9110, section 3.2). */
export interface Representation {
  readonly file: FileBody;
  /** The first byte of the file that belongs to it. */
  readonly offset: number;
  readonly size: number;
  readonly validators: Validators;
  readonly contentType: string;
  /** Flat; all fields but Content-Type, Content-Length, Content-Range and Accept-Ranges. */
  readonly fields: readonly string[];
  /** The heads that are the same for every request, once they were needed. */
  whole: ResponseHead | null;
  notModified: ResponseHead | null;
}

/** Answers with a representation: conditions, ranges, HEAD (RFC 9110, sections 13 and 14). The method is GET or HEAD. */
export function answer(
  exchange: Exchange,
  sink: ResponseSink,
  representation: Representation,
  failed: (reason: string) => void,
): void {
  const { method, block } = exchange.head;
  if (isConditional(block)) {
    const verdict = evaluatePreconditions(method, block, representation.validators);
    if (verdict === 'failed') return bodyless(sink, responseHead(412, ['Content-Length', '0']));
    if (verdict === 'not_modified') return bodyless(sink, notModified(representation));
    const ranges = wantedRanges(method, block, representation);
    if (ranges === 'unsatisfiable') return unsatisfiable(sink, representation);
    if (ranges !== null) return partial(exchange, sink, representation, { ranges, failed });
  }
  const head = (representation.whole ??= wholeHead(representation));
  const { file, offset, size } = representation;
  sink.start(head, size);
  const { bytes } = file;
  if (method === 'HEAD' || size === 0) sink.end(null);
  else if (bytes !== null && size <= ONE_PIECE_BYTES_MAX) {
    sink.writeShared(bytes, offset, offset + size);
    sink.end(null);
  } else send(exchange, sink, file, { parts: [part(offset, 0, size - 1)], failed });
}

function send(
  exchange: Exchange,
  sink: ResponseSink,
  file: FileBody,
  rest: { readonly parts: readonly BodyPart[]; readonly failed: (reason: string) => void },
): void {
  new BodySender(exchange, sink, { file, ...rest }).start();
}

function wholeHead({ fields, contentType, size }: Representation): ResponseHead {
  const own = ['Content-Type', contentType, 'Content-Length', String(size), 'Accept-Ranges', 'bytes'];
  return responseHead(200, [...own, ...fields]);
}

/** What a cache needs to go on using what it has (RFC 9110, section 15.4.5). */
function notModified(representation: Representation): ResponseHead {
  return (representation.notModified ??= responseHead(304, representation.fields));
}

function bodyless(sink: ResponseSink, head: ResponseHead): void {
  sink.start(head, 0);
  sink.end(null);
}

/** Ranges are for GET only (section 14.2). */
function wantedRanges(
  method: string,
  block: HeaderBlock,
  representation: Representation,
): readonly ByteRange[] | 'unsatisfiable' | null {
  if (method !== 'GET') return null;
  const index = block.lower.indexOf('range');
  if (index === -1 || !ifRangeHolds(block, representation.validators)) return null;
  return selectRanges(block.fields[2 * index + 1] ?? '', representation.size);
}

function unsatisfiable(sink: ResponseSink, { size, fields }: Representation): void {
  bodyless(
    sink,
    responseHead(416, ['Content-Range', unsatisfiedRange(size), 'Content-Length', '0', ...fields]),
  );
}

function partial(
  exchange: Exchange,
  sink: ResponseSink,
  representation: Representation,
  rest: { readonly ranges: readonly ByteRange[]; readonly failed: (reason: string) => void },
): void {
  const { file, offset, size, contentType, fields } = representation;
  const [only, second] = rest.ranges;
  if (only === undefined) return;
  if (second === undefined) {
    const length = only.last - only.first + 1;
    const own = ['Content-Type', contentType, 'Content-Length', String(length)];
    const range = ['Content-Range', contentRange(only, size)];
    sink.start(responseHead(206, [...own, ...range, ...fields]), length);
    const parts = [part(offset, only.first, only.last)];
    send(exchange, sink, file, { parts, failed: rest.failed });
    return;
  }
  const multipart = byterangesBody(rest.ranges, size, contentType);
  const own = ['Content-Type', multipart.contentType, 'Content-Length', String(multipart.contentLength)];
  const parts: BodyPart[] = [];
  for (const [index, range] of rest.ranges.entries())
    parts.push(textPart(multipart.before[index] ?? ''), part(offset, range.first, range.last));
  parts.push(textPart(multipart.closing));
  sink.start(responseHead(206, [...own, ...fields]), multipart.contentLength);
  send(exchange, sink, file, { parts, failed: rest.failed });
}

function textPart(text: string): BodyPart {
  return { text: Buffer.from(text, 'latin1') };
}

function part(offset: number, first: number, last: number): BodyPart {
  return { text: null, first: offset + first, last: offset + last };
}
