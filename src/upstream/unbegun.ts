import type { WorkerStream } from './worker-stream.ts';

/**
 * Which of the requests of a worker that died may be given to another. A worker begins them in the order they came, and before it begins one with
 * an unsafe method it has sent all answers that it had: so of the requests without an answer only the first few, as many as it has threads, can have been
 * begun if they change something. Those that change nothing may be run twice (RFC 9110, section 9.2.2), but not for ever: once.
 */
export function unbegun(streams: readonly WorkerStream[], threads: number): ReadonlySet<WorkerStream> {
  return new Set(
    streams.slice(threads).filter((stream) => stream.mayBeSentAhead && !stream.answered && !stream.moved),
  );
}
