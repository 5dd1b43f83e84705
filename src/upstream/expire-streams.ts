import type { WorkerStream } from './worker-stream.ts';

/** Who hears of streams that have had their time. */
export interface LateListener {
  /** Its worker was told; `waited`: somebody still waited for the answer. */
  late(stream: WorkerStream, waited: boolean): void;
  /** It was told a while ago, and the app has not come to its end. */
  stuck(stream: WorkerStream): void;
}

/** Ends the time of those that have had theirs, and gives up those that do not end `obeyMs` after that. Returns when to look again. */
export function expireStreams(
  streams: Iterable<WorkerStream>,
  now: number,
  obeyMs: number,
  listener: LateListener,
): number {
  let next = Infinity;
  for (const stream of streams) {
    if (stream.deadline <= now) expire(stream, now, obeyMs, listener);
    if (stream.deadline < next) next = stream.deadline;
  }
  return next;
}

function expire(stream: WorkerStream, now: number, obeyMs: number, listener: LateListener): void {
  if (stream.late === 'told') {
    stream.late = 'given_up';
    stream.deadline = Infinity;
    listener.stuck(stream);
    return;
  }
  const waited = stream.state === 'running';
  if (!stream.overdue(now)) return;
  stream.deadline = now + obeyMs;
  listener.late(stream, waited);
}
