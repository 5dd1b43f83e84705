import type { Log } from '../telemetry/log.ts';
import type { AppPool, CutRequest } from '../upstream/app-pool.ts';
import type { UpstreamFailure } from '../upstream/worker-stream.ts';
import type { GatewayToMaster } from '../wire/gateway-control.ts';

/** So many requests are told by name when the server ends without them; of the others only how many they are. */
const TOLD_MAX = 20;

export interface CutOptions {
  readonly log: Log;
  /** Why the server ends without them. */
  readonly reason: string;
  /** Whether workers are to write down where in Python they are. */
  readonly stacks: boolean;
  readonly send: (message: GatewayToMaster) => void;
}

/** Ends all requests of a server that ends itself, and leaves a trace of each. */
export function cutRequests(pools: Iterable<AppPool>, options: CutOptions): void {
  const { log, reason } = options;
  let told = 0;
  let more = 0;
  const failureOf = (request: CutRequest): UpstreamFailure => {
    // Requests that wait for a worker are told by the access log.
    if (request.queued) return { kind: 'stopped', reason, told: false };
    if (told === TOLD_MAX) {
      more += 1;
      return { kind: 'stopped', reason, told: false };
    }
    told += 1;
    tell(request, options);
    return { kind: 'stopped', reason, told: true };
  };
  for (const pool of pools) pool.cut(failureOf);
  if (more > 0) log.error(`${more} more ${more === 1 ? 'request was' : 'requests were'} cut off (${reason})`);
}

function tell(
  { app, worker, pid, requestId, method, path, waited }: CutRequest & { queued: false },
  { log, reason, stacks, send }: CutOptions,
): void {
  // What somebody waits for is told by whoever answers instead.
  if (!waited)
    log.error(
      `${method} ${path} was cut off in worker ${worker} of ${app}, though nobody waited for it any more: the server stopped (${reason})`,
      { request_id: requestId },
    );
  if (stacks) send({ type: 'late', pid, requestId, reason });
}
