import type { Exchange } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { UpstreamFailure } from '../upstream/worker-stream.ts';

/** The status that tells the client whose fault it was. */
export function failureStatus(failure: UpstreamFailure): number {
  switch (failure.kind) {
    case 'app_error':
    case 'protocol':
      return 500;
    case 'worker_died':
    case 'stopped':
      return 502;
    case 'request_timeout':
      return 504;
    case 'body_failed':
      return 400;
    case 'too_large':
      return 431;
    default:
      return 503;
  }
}

/** One sentence for the client. */
export function failureText(failure: UpstreamFailure): string {
  switch (failure.kind) {
    case 'app_error':
    case 'protocol':
      return 'The application failed to answer this request.';
    case 'worker_died':
      return 'The process that ran this request came to an end before it had answered.';
    case 'request_timeout':
      return 'The application took too long to answer this request.';
    case 'body_failed':
      return 'The request body did not arrive completely.';
    case 'too_large':
      return 'The request headers are too large.';
    case 'queue_full':
      return 'The server is busy: too many requests are waiting already.';
    case 'stopped':
      return 'The server was stopped before the application had answered.';
    case 'no_worker':
      return 'The application could not be started.';
    default:
      return 'The server is busy: the request waited too long for a free worker.';
  }
}

/** Writes down why a request failed. The app's own exceptions are in the log already, with their traceback. */
export function logFailure(
  log: Log,
  failure: UpstreamFailure,
  exchange: Exchange,
  facts: { readonly app: string; readonly worker: number; readonly outcome: string },
): void {
  const { head, id, appMs } = exchange;
  const request = `${head.method} ${head.target.raw}`;
  if (failure.kind === 'worker_died') {
    log.error(`${failure.message}; it was running ${request} for ${Math.round(appMs)} ms, ${facts.outcome}`, {
      request_id: id,
    });
  } else if (failure.kind === 'request_timeout') {
    const { queueMs } = exchange;
    log.error(
      `${request} took longer than ${failure.limitMs / 1000} s (request_timeout) in worker ${facts.worker} of ${facts.app}: it waited ` +
        `${Math.round(queueMs)} ms and ran ${Math.round(appMs)} ms, ${facts.outcome}`,
      { request_id: id },
    );
  } else if (failure.kind === 'stopped') {
    if (!failure.told) return;
    const ms = Math.round(performance.now() - exchange.receivedAt);
    const where = facts.worker === -1 ? 'waiting' : `in worker ${facts.worker} of ${facts.app}`;
    log.error(
      `${request} was cut off after ${ms} ms (${where}): the server stopped (${failure.reason}), ${facts.outcome}`,
      { request_id: id },
    );
  } else if (failure.kind === 'protocol') {
    const message = `the app broke its protocol in worker ${facts.worker} (${failure.message}) at ${request}`;
    log.error(message, { request_id: id });
  } else if (
    failure.kind === 'queue_full' ||
    failure.kind === 'queue_timeout' ||
    failure.kind === 'no_worker'
  ) {
    log.warning(`${failureText(failure)} ${request} was refused with 503.`, { request_id: id });
  }
}
