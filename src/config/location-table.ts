import type { LocationKey } from './location-keys.ts';
import type { Origin } from './origin.ts';

/** A location as somebody wrote it: a table `[[site.location]]`, or what stands for one. */
export interface LocationTable {
  readonly values: { readonly [K in LocationKey]?: LocationValue };
  /** It has keys that were told already; what it lacks may be a consequence. */
  readonly faulty: boolean;
  readonly origin: Origin;
  readonly fromSetting?: boolean;
}

export interface LocationValue {
  readonly raw: unknown;
  readonly origin: Origin;
}
