import type { KeyRow } from './key-row.ts';
import { checkNetwork } from './network.ts';

/** Keys of a site that is being worked on. */
export const MAINTENANCE_KEYS = {
  maintenance: {
    type: 'boolean',
    default: false,
    help: 'Whether clients get 503 and the page for it. A location with `maintenance = false` answers all the same.',
    standard: null,
  },
  maintenance_file: {
    type: 'path',
    default: '',
    help: 'File that switches `maintenance` on while it exists; looked for once a second, so no reload is needed.',
    standard: 'none',
  },
  maintenance_page: {
    type: 'path',
    default: '',
    help: 'Page that is sent meanwhile.',
    standard: 'that for 503 in `error_pages`',
  },
  maintenance_allow: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'Addresses and networks of clients that are served all the same, such as `192.0.2.7` or `10.0.0.0/8`; `unix` for a Unix socket.',
    standard: null,
    check: (networks: readonly string[]) => networks.forEach(checkNetwork),
  },
  maintenance_retry: {
    type: 'duration',
    default: 60,
    min: 0,
    max: 31_536_000,
    unit: 'seconds',
    help: 'When clients are told to come again (Retry-After); 0: nothing is said.',
    standard: null,
  },
} as const satisfies Record<string, KeyRow>;
