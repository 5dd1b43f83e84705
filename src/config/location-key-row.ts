import type { KeyRow } from './key-row.ts';

/** A key of `[[site.location]]`. */
export type LocationKeyRow = KeyRow & {
  /** `files`: only beside `static`. */
  readonly about: 'any' | 'files';
};
