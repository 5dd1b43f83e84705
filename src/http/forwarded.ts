import { parseAddressAndPort } from './address.ts';
import { parseForwarded } from './forwarded-elements.ts';
import type { HeaderBlock } from './header-block.ts';
import { isHost } from './host.ts';
import { trimOws } from './token.ts';
import { trusts } from './trust.ts';
import type { Trust } from './trust.ts';

export { compileTrust, trusts } from './trust.ts';
export type { Trust } from './trust.ts';

/** Who the client is, as far as trusted proxies know. */
export interface Client {
  /** IP address; that of the peer (empty on a Unix socket) when nobody trusted says otherwise. */
  readonly address: string;
  /** Its port; 0 when unknown. */
  readonly port: number;
  /** What the client speaks to the outermost trusted proxy; empty: as this connection. */
  readonly scheme: '' | 'http' | 'https';
  /** The `host[:port]` the client asked for; empty: as the Host header. */
  readonly host: string;
  /** X-Forwarded-Proto, -Protocol and -Ssl contradict each other: a request to refuse with 400. */
  readonly conflict: boolean;
}

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** A longer chain is not walked further: no honest one is. */
const HOPS_MAX = 64;

/**
 * Finds the client behind trusted proxies. Each proxy appends the address it saw, so the list is walked from its
 * right end and only
 * as long as the hop that wrote an entry is trusted itself; a malformed entry ends the walk at the last good one.
 *
 * X-Forwarded-* win: when any is present, Forwarded (RFC 7239) is not read at all. Most proxies set the former and
 * pass a Forwarded of the client's making through untouched, so believing it would let any client choose its address.
 */
export function resolveClient(block: HeaderBlock, peer: Peer, trust: Trust, isUnix: boolean): Client {
  if (!(isUnix ? trust.unix : trusts(trust, peer.address))) return plain(peer);
  const { lower, fields } = block;
  let forwarded = '';
  let legacy = false;
  const values = { for: '', proto: '', protocol: '', ssl: '', host: '' };
  for (let i = 0; i < lower.length; i++) {
    const name = lower[i] ?? '';
    const value = fields[2 * i + 1] ?? '';
    if (name === 'forwarded') forwarded = join(forwarded, value);
    else if (name.startsWith('x-forwarded-')) {
      const key = name.slice(12);
      if (key === 'for' || key === 'proto' || key === 'protocol' || key === 'ssl' || key === 'host') {
        values[key] = join(values[key], value);
        legacy = true;
      }
    }
  }
  if (legacy) return fromLegacy(values, peer, trust);
  return forwarded === '' ? plain(peer) : fromForwarded(forwarded, peer, trust);
}

function plain(peer: Peer): Client {
  return { address: peer.address, port: peer.port, scheme: '', host: '', conflict: false };
}

function fromLegacy(
  values: { for: string; proto: string; protocol: string; ssl: string; host: string },
  peer: Peer,
  trust: Trust,
): Client {
  let { address, port } = peer;
  let rest = values.for;
  for (let hop = 0; rest !== '' && hop < HOPS_MAX; hop++) {
    const comma = rest.lastIndexOf(',');
    const entry = parseAddressAndPort(trimOws(rest.slice(comma + 1)));
    if (entry === null) break;
    ({ address, port } = entry);
    if (!trusts(trust, address)) break;
    rest = comma < 0 ? '' : rest.slice(0, comma);
  }
  const host = last(values.host);
  const schemes = [asScheme(last(values.proto)), asScheme(last(values.protocol)), asSsl(last(values.ssl))];
  const said = schemes.filter((scheme) => scheme !== '');
  const conflict = said.some((scheme) => scheme !== said[0]);
  return { address, port, scheme: conflict ? '' : (said[0] ?? ''), host: isHost(host) ? host : '', conflict };
}

function fromForwarded(value: string, peer: Peer, trust: Trust): Client {
  let { address, port } = peer;
  let scheme: Client['scheme'] = '';
  let host = '';
  for (const element of parseForwarded(value, HOPS_MAX)) {
    const proto = asScheme(element.proto);
    if (proto !== '') scheme = proto;
    if (isHost(element.host)) host = element.host;
    const entry = parseAddressAndPort(element.for);
    // An obfuscated or unknown node (RFC 7239 6): what is behind it nobody says.
    if (entry === null) break;
    ({ address, port } = entry);
    if (!trusts(trust, address)) break;
  }
  return { address, port, scheme, host, conflict: false };
}

function join(before: string, value: string): string {
  return before === '' ? value : `${before},${value}`;
}

/** The entry that the nearest proxy wrote. */
function last(list: string): string {
  return trimOws(list.slice(list.lastIndexOf(',') + 1));
}

function asScheme(text: string): Client['scheme'] {
  const lower = text.toLowerCase();
  if (lower === 'https' || lower === 'wss' || lower === 'ssl') return 'https';
  return lower === 'http' || lower === 'ws' ? 'http' : '';
}

function asSsl(text: string): Client['scheme'] {
  const lower = text.toLowerCase();
  if (lower === 'on') return 'https';
  return lower === 'off' ? 'http' : '';
}
