import type { LocationKeyRow } from '../location-key-row.ts';

/** What a client may send, and how. */
export const LIMIT_KEYS = {
  body_bytes_max: {
    type: 'bytes',
    default: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    about: ['app', 'proxy'],
    help: 'Largest request body here, be it more or less than elsewhere; then 413. 0: no limit.',
    standard: 'as `body_bytes_max` in [limits]',
  },
  body_timeout: {
    type: 'duration',
    default: 0,
    min: 0.1,
    max: 86_400,
    unit: 'seconds',
    about: ['app', 'proxy'],
    help: 'Longest silence within a request body here; then 408.',
    standard: 'as `body_timeout` in [limits]',
  },
} as const satisfies Record<string, LocationKeyRow>;
