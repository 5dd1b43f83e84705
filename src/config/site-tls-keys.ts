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
  client_ca: {
    type: 'path',
    default: '',
    help: 'Authorities whose client certificates are accepted for this site, PEM.',
    standard: 'that of `[tls]`',
  },
  client_verify: {
    type: 'choice',
    choices: ['off', 'optional', 'required'],
    default: 'off',
    help: 'Whether clients of this site show a certificate. They are asked by the name in their handshake (SNI): a request for the site over a connection that was made for another one gets 421, and plain HTTP 400 where one is required.',
    standard: 'that of `[tls]`',
  },
  https_redirect: {
    type: 'boolean',
    default: false,
    help: 'Whether plain HTTP is sent to https (308).',
    standard: 'as in `[tls]`',
  },
  hsts: {
    type: 'duration',
    off: true,
    default: -1,
    min: -1,
    max: 63_072_000,
    unit: 'seconds',
    help: 'How long browsers are to come by https only; `hsts_subdomains` and `hsts_preload` are those of `[tls]`.',
    standard: 'that of `[tls]`',
  },
} as const satisfies Record<string, KeyRow>;
