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
  proxy_protocol: {
    section: 'proxy',
    type: 'list',
    items: 'string',
    commas: true,
    flags: ['--proxy-protocol'],
    default: [],
    metavar: 'IPS',
    help: 'Proxies that begin each connection with a PROXY header',
    doc: 'Addresses and networks, `unix`, or `*` for all. What such a proxy says of the client (PROXY protocol, version 1 and 2, before TLS) is believed, and it has to say it: a connection from there without the header is closed after 5 seconds at most. Who is not named speaks HTTP at once; a PROXY header of theirs gets 400. Admin listeners know no such header.',
    reload: 'live',
  },
} as const satisfies Record<string, OptionRow>;
