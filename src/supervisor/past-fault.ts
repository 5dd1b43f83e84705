import type { FaultStatus } from './status.ts';

/** Something that failed, kept for `licorne status`. */
export interface PastFault {
  /** In one line. */
  readonly title: string;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

export function faultStatus(fault: PastFault | null): FaultStatus | null {
  return fault === null ? null : { title: fault.title, ageSeconds: (performance.now() - fault.at) / 1000 };
}
