import { type AddressGroups, isV4, parseAddress } from '../http/address.ts';
import type { Exchange } from '../http/exchange.ts';
import type { BalanceSpec } from '../wire/balance-spec.ts';

/**
 * The PROXY protocol of HAProxy, as a peer gets it ahead of the request (proxy-protocol.txt, sections 2.1 and 2.2): who the client is, and what
 * address it connected to.
 */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const VERSION_2 = 0x20;
const LOCAL = 0x00;
const PROXY = 0x01;
const TCP4 = 0x11;
const TCP6 = 0x21;

type Version = BalanceSpec['proxyProtocol'];

/** For a client; null: peers get none. */
export function clientPreface(version: Version, { client, local }: Exchange): Buffer | null {
  if (version === 'off') return null;
  const from = parseAddress(client.address);
  const to = local.unix ? null : parseAddress(local.address);
  // Without addresses of one family on both sides there is nothing that could be said: the peer takes the connection for what it is.
  if (from === null || to === null || isV4(from) !== isV4(to)) return ownPreface(version);
  const four = isV4(from);
  if (version === 'v1') {
    const [family, text] = four ? ['TCP4', v4Text] : ['TCP6', v6Text];
    return Buffer.from(
      `PROXY ${family} ${text(from)} ${text(to)} ${client.port} ${local.port}\r\n`,
      'latin1',
    );
  }
  const groups = four ? [...from.slice(6), ...to.slice(6)] : [...from, ...to];
  return version2(PROXY, four ? TCP4 : TCP6, bigEndian([...groups, client.port, local.port]));
}

/** For what we ask ourselves; null: peers get none. */
export function ownPreface(version: Version): Buffer | null {
  if (version === 'off') return null;
  return version === 'v1' ? Buffer.from('PROXY UNKNOWN\r\n', 'latin1') : version2(LOCAL, 0, Buffer.alloc(0));
}

function version2(command: number, family: number, addresses: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(VERSION_2 | command, 0);
  head.writeUInt8(family, 1);
  head.writeUInt16BE(addresses.length, 2);
  return Buffer.concat([SIGNATURE, head, addresses]);
}

function bigEndian(groups: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 * groups.length);
  groups.forEach((group, i) => void octets.writeUInt16BE(group, 2 * i));
  return octets;
}

function v4Text(groups: AddressGroups): string {
  return bigEndian(groups.slice(6)).join('.');
}

function v6Text(groups: AddressGroups): string {
  return groups.map((group) => group.toString(16)).join(':');
}
