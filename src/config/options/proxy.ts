import type { OptionRow } from '../option.ts';

/** `[proxy]`: servers in front of this one. */
export const PROXY_OPTIONS = {
  forwarded_allow_ips: {
    section: 'proxy',
    type: 'list',
    items: 'string',
    commas: true,
    flags: ['--forwarded-allow-ips'],
    foreignEnv: [{ name: 'FORWARDED_ALLOW_IPS' }],
    default: [],
    metavar: 'IPS',
    help: 'Proxies whose X-Forwarded-* and Forwarded are believed',
    doc: 'Addresses and networks (`10.0.0.0/8`), or `*` for all. Peers on a Unix socket are always believed; `unix` may be written to say so. Headers are read from right to left, past believed addresses.',
    reload: 'live',
  },
} as const satisfies Record<string, OptionRow>;
