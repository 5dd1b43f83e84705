import { createHash } from 'node:crypto';
import { isV4, parseAddress } from '../../http/address.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { AccessKey } from '../../wire/access-spec.ts';

/** Longer values are remembered by their hash: clients choose them. */
const VALUE_CHARS_MAX = 64;

/** Whose request it is, for counting. What names different things never is the same text. */
export function compileKey(key: AccessKey): (exchange: Exchange) => string {
  if (key === 'all') return () => '';
  if (key === 'path') return ({ head }) => `p${bounded(head.target.path)}`;
  const colon = key.indexOf(':');
  const name = key.slice(colon + 1);
  if (key.startsWith('header:')) {
    const lower = name.toLowerCase();
    return (exchange) => valueKey(exchange, fieldOf(exchange, lower));
  }
  if (key.startsWith('cookie:')) return (exchange) => valueKey(exchange, cookieOf(exchange, name));
  return clientKey;
}

/** A client is an IPv4 address, or 64 bits of an IPv6 one: whoever has one of those has all of them. */
export function clientKey(exchange: Exchange): string {
  return addressKey(exchange.client.address);
}

export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const zone = address.indexOf('%');
  const groups = parseAddress(zone < 0 ? address : address.slice(0, zone));
  if (groups === null) return address;
  const [a = 0, b = 0, c = 0, d = 0, , , g = 0, h = 0] = groups;
  if (isV4(groups)) return `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`;
  return `${a.toString(16)}:${b.toString(16)}:${c.toString(16)}:${d.toString(16)}::`;
}

/** Who sends no such value is counted by address. */
function valueKey(exchange: Exchange, value: string): string {
  return value === '' ? clientKey(exchange) : `v${bounded(value)}`;
}

function bounded(value: string): string {
  if (value.length <= VALUE_CHARS_MAX) return value;
  return `#${createHash('sha256').update(value, 'latin1').digest('base64url')}`;
}

function fieldOf({ head }: Exchange, lower: string): string {
  const index = head.block.lower.indexOf(lower);
  return index === -1 ? '' : (head.block.fields[2 * index + 1] ?? '');
}

/** The first cookie of the name (RFC 6265 5.4), in any Cookie header. */
function cookieOf({ head }: Exchange, name: string): string {
  const { lower, fields } = head.block;
  for (let i = 0; i < lower.length; i++) {
    if (lower[i] !== 'cookie') continue;
    for (const pair of (fields[2 * i + 1] ?? '').split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return '';
}
