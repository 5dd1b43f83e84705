import type { KeyRow } from './key-row.ts';

/** Keys of a site about its certificate. */
export const SITE_TLS_KEYS = {
  certificate: {
    type: 'path',
    default: '',
    help: 'Certificate of the site with its chain, PEM. It is chosen by the names that stand in it, like those of `[tls]`, which come first.',
    standard: 'those of `[tls]`',
  },
  certificate_key: {
    type: 'path',
    default: '',
    help: 'Its private key, PEM.',
    standard: 'in the file of `certificate`',
  },
} as const satisfies Record<string, KeyRow>;
