import { BodyReader } from '../../src/http/body-reader.ts';
import { HeadReader } from '../../src/http/head-reader.ts';

/** One request that a parser saw on a connection. */
export interface SeenRequest {
  method: string;
  target: string;
  body: string;
  /** The end of the body was found. */
  complete: boolean;
}

/** What a parser made of a connection's bytes. */
export interface Outcome {
  requests: SeenRequest[];
  /** Why the bytes were refused, in the parser's words; empty when they were not. */
  refused: string;
  /** The connection was over, by the meaning of the last request, before the bytes were. */
  closed: boolean;
}

const HEAD_LIMITS = { requestLineBytesMax: 8190, headerBytesMax: 16_000, headerCountMax: 1000 };
const BODY_LIMITS = { bodyBytesMax: 1_000_000, headerBytesMax: 16_000, headerCountMax: 1000 };

/** Reads a connection with this project's parser; `cut` gives the size of each next piece in bytes. */
export function readWithLicorne(text: string, cut: () => number): Outcome {
  const outcome: Outcome = { requests: [], refused: '', closed: false };
  const reader = new HeadReader(HEAD_LIMITS);
  const bytes = Buffer.from(text, 'latin1');
  let body: BodyReader | null = null;
  let current: SeenRequest | null = null;
  let at = 0;
  let end = Math.min(bytes.length, cut());
  while (at < end || end < bytes.length) {
    if (at === end) end = Math.min(bytes.length, end + cut());
    if (body === null) {
      at = reader.read(bytes, at, end);
      if (reader.fault !== null) return { ...outcome, refused: reader.fault.reason };
      if (reader.head === null) continue;
      const seen: SeenRequest = {
        method: reader.head.method,
        target: reader.head.target.raw,
        body: '',
        complete: false,
      };
      current = seen;
      outcome.requests.push(seen);
      body = new BodyReader(reader.head.block, BODY_LIMITS, {
        data: (chunk, from, to) => {
          seen.body += chunk.toString('latin1', from, to);
        },
      });
      if (body.fault !== null) return { ...outcome, refused: body.fault.reason };
    } else {
      at = body.read(bytes, at, end);
      if (body.fault !== null) return { ...outcome, refused: body.fault.reason };
    }
    if (!body.done || current === null) continue;
    current.complete = true;
    if (reader.head?.block.close === true) return { ...outcome, closed: at < bytes.length };
    reader.reset();
    body = null;
  }
  return outcome;
}
