/**
 * Why a request is refused. The reason is ours, word for word: it goes to the log and never repeats bytes of the
 * client.
 */
export interface RequestFault {
  /** The status to answer with, 400-505. The connection is closed after it. */
  readonly status: number;
  readonly reason: string;
}

/** Builds a refusal. */
export function fault(status: number, reason: string): RequestFault {
  return { status, reason };
}

/** Tells a refusal from a result. Results of this room never have a `status`. */
export function isFault(result: object): result is RequestFault {
  return (result as Partial<RequestFault>).status !== undefined;
}
