import type { Exchange } from '../http/exchange.ts';
import type { HeaderBlock, RequestHead } from '../http/request.ts';
import { EncodedBlock } from '../upstream/header-slots.ts';
import type { BodySource } from '../upstream/body-source.ts';
import type { WorkerRequest } from '../upstream/worker-stream.ts';

/** A request body as the encoders see it. */
export interface EncodableBody extends BodySource {
  /** All of it as latin-1 text, if it is complete, not more than `bytesMax`, and kept so; nothing is left of it here then. */
  takeText(bytesMax: number): string | null;
  /** All of it, if it is complete, in memory, and not more than `bytesMax`. */
  whole(bytesMax: number): Buffer | null;
  /** -1 while it is still coming. */
  readonly length: number;
}

/** Larger bodies follow their head in frames of their own: a REQUEST frame has to stay below the limit of all frames. */
const INLINE_BODY_BYTES_MAX = 65_536;

/** Up to this a body is cheaper as text beside the rest of its frame than as a part of its own. */
const TEXT_BODY_BYTES_MAX = 4096;

/** A body that may go along with its head; null: it has to follow, or there is none. */
export function inlineBody(body: EncodableBody | null): string | Buffer | null {
  if (body === null) return null;
  const text = body.takeText(INLINE_BODY_BYTES_MAX);
  if (text !== null) return text;
  const whole = body.whole(INLINE_BODY_BYTES_MAX);
  return whole !== null && whole.length <= TEXT_BODY_BYTES_MAX ? whole.toString('latin1') : whole;
}

/** Translates requests for the workers of one app. */
export interface AppEncoder {
  encode(exchange: Exchange, body: EncodableBody | null): WorkerRequest;
}

interface HeadMemo {
  readonly owner: AppEncoder;
  /** A changed copy of a head has the memo of the first, which is not for it. */
  readonly head: RequestHead;
  readonly written: string;
}

/** What `owner` has written down for a head: clients ask for the same thing again, and the parser hands the same head out while they do. */
export function writtenHead(head: RequestHead, owner: AppEncoder): string | null {
  const memo = head.memo as HeadMemo | null;
  return memo !== null && memo.owner === owner && memo.head === head ? memo.written : null;
}

/** Keeps it for the next time. */
export function keepWritten(head: RequestHead, owner: AppEncoder, written: string): string {
  head.memo = { owner, head, written } satisfies HeadMemo;
  return written;
}

/** Marshals the part of a request that depends only on its header text and the connection. */
export interface BlockOwner {
  marshalBlock(exchange: Exchange): string;
}

interface BlockMemo {
  readonly owner: BlockOwner;
  readonly host: string;
  readonly encoded: EncodedBlock;
}

/** Encoded once per distinct header block of a connection; the parser hands the same block out while it repeats. */
export function encodedBlock(exchange: Exchange, owner: BlockOwner): EncodedBlock {
  const { block } = exchange.head;
  const { host } = exchange.client;
  const memo = block.memo as BlockMemo | null;
  // An absolute target may say another host than the request before it with the same headers.
  if (memo !== null && memo.owner === owner && memo.host === host) return memo.encoded;
  const encoded = new EncodedBlock(owner.marshalBlock(exchange));
  block.memo = { owner, host, encoded } satisfies BlockMemo;
  return encoded;
}

/** The fields of a block with one set anew, in its place or at the end. */
export function withField(
  block: HeaderBlock,
  name: string,
  value: string,
): { lower: readonly string[]; fields: readonly string[] } {
  const fields = [...block.fields];
  const lower = [...block.lower];
  const index = lower.indexOf(name.toLowerCase());
  if (index === -1) {
    fields.push(name, value);
    lower.push(name.toLowerCase());
  } else fields[2 * index + 1] = value;
  return { lower, fields };
}
