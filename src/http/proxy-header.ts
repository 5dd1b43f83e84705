import { parseAddress } from './address.ts';

/**
 * The PROXY protocol (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt): what a proxy says about the client
 * before the first byte of it. Both versions are read, as strictly as they are written.
 */
export interface ProxyHeader {
  /** Null: the proxy speaks for itself, or for somebody without an address. */
  readonly client: { readonly address: string; readonly port: number } | null;
  /** How many bytes it was. */
  readonly bytes: number;
}

const V2_SIGNATURE = Buffer.from([
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d],
  ...[0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
]);
const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V1_BYTES_MAX = 107;
const V2_HEAD_BYTES = 16;
/** Of version 2, with all its additions, which are passed over: certificates may be among them. */
export const PROXY_HEADER_BYTES_MAX = 16_384;

/** Reads the beginning of a connection; `more`: it goes on. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | { readonly fault: string } | 'more' {
  if (begins(bytes, V2_SIGNATURE)) return bytes.length < V2_HEAD_BYTES ? 'more' : readV2(bytes);
  if (begins(bytes, V1_SIGNATURE)) return readV1(bytes);
  return { fault: 'it does not begin with a PROXY header' };
}

/** As far as there is something of it. */
function begins(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function readV1(bytes: Buffer): ReturnType<typeof readProxyHeader> {
  const end = bytes.indexOf('\r\n', 0, 'latin1');
  if (end === -1 || end + 2 > V1_BYTES_MAX)
    return end === -1 && bytes.length < V1_BYTES_MAX ? 'more' : { fault: 'the PROXY line is too long' };
  const line = bytes.toString('latin1', 0, end);
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { client: null, bytes: end + 2 };
  const [, family = '', source = '', , from = '', , ...more] = line.split(' ');
  const match = /^PROXY (TCP[46]) ([^ ]+) ([^ ]+) ([0-9]{1,5}) ([0-9]{1,5})$/.exec(line);
  const [, , , destination = '', , to = ''] = match ?? [];
  const version = family === 'TCP4' ? 4 : 6;
  if (
    match === null ||
    more.length > 0 ||
    !isAddress(source, version) ||
    !isAddress(destination, version) ||
    !isPort(from) ||
    !isPort(to)
  )
    return { fault: 'the PROXY line is not as it should be' };
  return { client: { address: plain(source), port: Number(from) }, bytes: end + 2 };
}

function isAddress(text: string, version: 4 | 6): boolean {
  return text.includes(':') === (version === 6) && parseAddress(text) !== null;
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9][0-9]*)$/.test(text) && Number(text) <= 65_535;
}

const COMMAND_LOCAL = 0x20;
const COMMAND_PROXY = 0x21;
/** Family and transport: the bytes of its addresses. */
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX_STREAM = 0x31;
const UNSPECIFIED = 0x00;

function readV2(bytes: Buffer): ReturnType<typeof readProxyHeader> {
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const length = bytes.readUInt16BE(14);
  const whole = V2_HEAD_BYTES + length;
  if (command !== COMMAND_LOCAL && command !== COMMAND_PROXY)
    return { fault: 'the PROXY header has another version or command' };
  if (whole > PROXY_HEADER_BYTES_MAX) return { fault: 'the PROXY header is too long' };
  if (bytes.length < whole) return 'more';
  // Whatever a LOCAL one has besides is not looked at (section 2.2).
  if (command === COMMAND_LOCAL) return { client: null, bytes: whole };
  const at = V2_HEAD_BYTES;
  switch (family) {
    case TCP4:
      if (length < 12) break;
      return {
        client: { address: [...bytes.subarray(at, at + 4)].join('.'), port: bytes.readUInt16BE(at + 8) },
        bytes: whole,
      };
    case TCP6:
      if (length < 36) break;
      return { client: { address: v6(bytes, at), port: bytes.readUInt16BE(at + 32) }, bytes: whole };
    case UNIX_STREAM:
      if (length < 216) break;
      return { client: null, bytes: whole };
    case UNSPECIFIED:
      return { client: null, bytes: whole };
    default:
      return { fault: 'the PROXY header is not about TCP' };
  }
  return { fault: 'the PROXY header is too short for its addresses' };
}

function v6(bytes: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i).toString(16));
  return plain(groups.join(':'));
}

/** In its short form, and IPv4 as IPv4: apps and logs want that. */
function plain(address: string): string {
  if (!address.includes(':')) return address;
  const groups = parseAddress(address) ?? [];
  const [, , , , , f = 0, g = 0, h = 0] = groups;
  if (groups.slice(0, 5).every((group) => group === 0) && f === 0xffff)
    return `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`;
  return shortened(groups);
}

/** RFC 5952 section 4: the longest run of zeros, the first of equal ones, is left out. */
function shortened(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const text = groups.map((group) => group.toString(16));
  if (best.start === -1) return text.join(':');
  return `${text.slice(0, best.start).join(':')}::${text.slice(best.start + best.length).join(':')}`;
}
