import { FRAME_BYTES_MAX, frameHeader, FrameType } from '../wire/frame.ts';
import { requestAround, requestPayload } from '../wire/request.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { WorkerRequest } from './worker-stream.ts';

/** A longer body is not joined to the text around it: that would be copied once more. */
const JOIN_BYTES_MAX = 1024;

/** Sends a REQUEST frame, with the header block if `block` is given; false when it is longer than a frame may be, and nothing is sent. */
export function sendRequest(
  writer: FrameWriter,
  frame: {
    readonly id: number;
    readonly flags: number;
    readonly slot: number;
    readonly block: string | null;
  },
  { head, inlineBody: body, extra }: WorkerRequest,
): boolean {
  const { id, flags, slot, block } = frame;
  if (body === null || (typeof body === 'string' && body.length <= JOIN_BYTES_MAX)) {
    const payload = requestPayload(slot, head, body, extra, block);
    if (payload.length > FRAME_BYTES_MAX) return false;
    writer.send(frameHeader(payload.length, id, FrameType.REQUEST, flags) + payload);
    return true;
  }
  const [before, after] = requestAround(slot, head, body.length, extra, block);
  const length = before.length + body.length + after.length;
  if (length > FRAME_BYTES_MAX) return false;
  writer.send(frameHeader(length, id, FrameType.REQUEST, flags) + before);
  if (typeof body === 'string') writer.sendText(body);
  else writer.sendBuffer(body);
  writer.send(after);
  return true;
}
