import { isIP } from 'node:net';

/**
 * The value of the extension nameConstraints (RFC 5280, section 4.2.1.10): an authority with it can vouch for these names and addresses, and
 * for nobody else. DER; names are short, so all lengths are below 128 where they stand in one byte.
 */
export function nameConstraints(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const subtrees = names.map((name) => tlv(0x30, generalName(name)));
  return Uint8Array.from(tlv(0x30, tlv(0xa0, Buffer.concat(subtrees))));
}

function generalName(name: string): Buffer {
  if (isIP(name) === 4) return tlv(0x87, Buffer.from([...name.split('.').map(Number), 255, 255, 255, 255]));
  if (isIP(name) === 6) return tlv(0x87, Buffer.concat([bytes6(name), Buffer.alloc(16, 0xff)]));
  return tlv(0x82, Buffer.from(name, 'latin1'));
}

function bytes6(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
