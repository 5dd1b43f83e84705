import type { KeyRow } from './key-row.ts';

/** A key of `[[site.location]]`. */
export type LocationKeyRow = KeyRow & {
  /** `files`: only beside `static`; `proxy`: only beside `proxy`. */
  readonly about: 'any' | 'files' | 'proxy';
};
