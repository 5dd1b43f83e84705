import type { LocationKeyRow } from '../location-key-row.ts';
import { checkPath } from '../location-path.ts';

/** Which requests are meant. */
export const ROUTING_KEYS = {
  path: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Beginning of the paths it answers, percent-decoded; begins with /. The longest one that fits a request wins.',
    standard: 'none, it is required',
    check: checkPath,
  },
} as const satisfies Record<string, LocationKeyRow>;
