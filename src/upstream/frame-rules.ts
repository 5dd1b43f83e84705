import { FrameType, ResetReason } from '../wire/frame.ts';
import type { UpstreamFailure } from './worker-stream.ts';

/** RFC 6455, section 7.4.1. */
export const CLOSE_NORMAL = 1000;

/** What may come while the worker waits to hear about its file. */
export const WHILE_OFFERED: ReadonlySet<number> = new Set([
  FrameType.DONE,
  FrameType.CREDIT,
  FrameType.RESET,
]);

/** What can be the last frame of a response. */
export const ENDING: ReadonlySet<number> = new Set([FrameType.RESPONSE, FrameType.BODY, FrameType.TRAILERS]);

/** The fewest payload bytes: some frames begin with a number. */
export function payloadBytesMin(type: number): number {
  if (type === FrameType.RESPONSE || type === FrameType.INFORM || type === FrameType.CREDIT) return 4;
  if (type === FrameType.ACCEPT || type === FrameType.FILE) return 4;
  if (type === FrameType.CLOSE) return 2;
  return type === FrameType.RESET ? 1 : 0;
}

/** What a RESET of the worker means for whoever waits. */
export function resetFailure(reason: number | undefined, message: string): UpstreamFailure {
  if (reason === ResetReason.APP_ERROR) return { kind: 'app_error', message };
  if (reason === ResetReason.SHUTTING_DOWN || reason === ResetReason.REFUSED)
    return { kind: 'worker_died', message };
  return { kind: 'protocol', message };
}
