import type { KeyRow } from './key-row.ts';

/** Keys that say who answers; one of them is enough, and `app` may stand beside `static`. */
export const HANDLER_KEYS = ['app', 'static', 'proxy', 'redirect', 'respond', 'respond_file'] as const;

export type HandlerKey = (typeof HANDLER_KEYS)[number];

/** A key of `[[site.location]]`. */
export type LocationKeyRow = KeyRow & {
  /** Beside which of those it means something. */
  readonly about: 'any' | readonly HandlerKey[];
};
