import { parseAddress } from './address.ts';
import type { AddressGroups } from './address.ts';

/** Peers whose word about the client is taken, compiled. */
export interface Trust {
  /** `*`: every peer. */
  readonly all: boolean;
  /** `unix` (or `*`): peers on Unix sockets, which have no address. */
  readonly unix: boolean;
  readonly networks: readonly Network[];
}

interface Network {
  readonly groups: AddressGroups;
  /** 0 to 128, counted over the v4-mapped form. */
  readonly bits: number;
}

/**
 * Compiles a list of IPv4 and IPv6 addresses and CIDR networks, `*` and `unix`. Bits beyond a prefix are ignored.
 * Throws a RangeError that names the first entry that is none of these.
 */
export function compileTrust(list: readonly string[]): Trust {
  const networks: Network[] = [];
  let all = false;
  let unix = false;
  for (const entry of list) {
    const text = entry.trim();
    if (text === '*') all = true;
    else if (text === 'unix') unix = true;
    else if (text !== '') networks.push(parseNetwork(text));
  }
  return { all, unix: unix || all, networks };
}

/** Whether the address is trusted. What is not an IP address is trusted only under `*`. */
export function trusts(trust: Trust, address: string): boolean {
  if (trust.all) return true;
  if (trust.networks.length === 0) return false;
  const groups = parseAddress(withoutZone(address));
  return groups !== null && trust.networks.some((network) => contains(network, groups));
}

function parseNetwork(text: string): Network {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const groups = parseAddress(host);
  const widthBits = host.includes(':') ? 128 : 32;
  const prefix = slash < 0 ? String(widthBits) : text.slice(slash + 1);
  if (groups === null || !/^[0-9]{1,3}$/.test(prefix) || Number(prefix) > widthBits) {
    throw new RangeError(`"${text}" is not an IP address, a network such as 10.0.0.0/8, "*" or "unix"`);
  }
  return { groups, bits: Number(prefix) + 128 - widthBits };
}

function contains(network: Network, groups: AddressGroups): boolean {
  for (let i = 0, left = network.bits; left > 0; i++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if ((((network.groups[i] ?? 0) ^ (groups[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** Peers with link-local addresses come as fe80::1%eth0. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
