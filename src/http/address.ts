/** An IP address as eight 16-bit groups; an IPv4 address is kept as its v4-mapped form, ::ffff:a.b.c.d. */
export type AddressGroups = readonly number[];

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const GROUPS = 8;

/**
 * Reads an IPv4 (no leading zeros: some readers take them as octal) or IPv6 address (RFC 4291 2.2).
 * Brackets, ports and zone ids are not part of an address. Returns null when it is not one.
 */
export function parseAddress(text: string): AddressGroups | null {
  if (text.includes(':')) return parseV6(text);
  const v4 = parseV4(text);
  return v4 === null ? null : [0, 0, 0, 0, 0, 0xffff, v4[0], v4[1]];
}

/** Whether the groups are an IPv4 address in v4-mapped form. */
export function isV4(groups: AddressGroups): boolean {
  for (let i = 0; i < 5; i++) if (groups[i] !== 0) return false;
  return groups[5] === 0xffff;
}

/**
 * Splits `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` and `[::1]:80`; null when the address or port is malformed. Port 0:
 * none given.
 */
export function parseAddressAndPort(text: string): { address: string; port: number } | null {
  let address = text;
  let port = '';
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    if (close < 0) return null;
    address = text.slice(1, close);
    const rest = text.slice(close + 1);
    if (!address.includes(':') || (rest !== '' && !rest.startsWith(':'))) return null;
    port = rest.slice(1);
    if (rest === ':') return null;
  } else if (text.indexOf(':') === text.lastIndexOf(':') && text.includes(':')) {
    const colon = text.indexOf(':');
    address = text.slice(0, colon);
    port = text.slice(colon + 1);
    if (port === '') return null;
  }
  if (parseAddress(address) === null) return null;
  if (port === '') return { address, port: 0 };
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) > 65_535) return null;
  return { address, port: Number(port) };
}

function parseV4(text: string): [number, number] | null {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return null;
  const octets: number[] = [];
  for (const part of parts) {
    if (!OCTET.test(part) || Number(part) > 255) return null;
    octets.push(Number(part));
  }
  return [(octets[0] ?? 0) * 256 + (octets[1] ?? 0), (octets[2] ?? 0) * 256 + (octets[3] ?? 0)];
}

function parseV6(text: string): AddressGroups | null {
  const halves = text.split('::', 3);
  if (halves.length > 2 || text.length > 45) return null;
  const left = parseGroups(halves[0] ?? '', halves.length === 1);
  const right = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (left === null || right === null) return null;
  const missing = GROUPS - left.length - right.length;
  if (halves.length === 1) return missing === 0 ? left : null;
  if (missing < 1) return null;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** The groups of one side of `::`; only the last side may end in a dotted IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':', GROUPS + 1);
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      groups.push(...v4);
    } else if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}
