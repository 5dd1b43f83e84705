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
  body_rate_min: {
    type: 'bytes',
    default: 0,
    min: 0,
    max: 1_073_741_824,
    unit: 'bytes per second',
    about: ['app', 'proxy'],
    help: 'Slowest average rate of a request body here, once `body_rate_grace` is over; then 408. 0: any rate will do.',
    standard: 'as `body_rate_min` in [limits]',
  },
} as const satisfies Record<string, LocationKeyRow>;
